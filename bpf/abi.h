/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The words that the kernel side and the collector share: map layouts and
 * sizes. Included by bpf/ programs and by tracer/probe/ loaders alike.
 */
#pragma once

#include <linux/types.h>

enum {
	PID_LIMIT = 4 * 1024 * 1024, /* PID_MAX_LIMIT on 64 bit, include/linux/threads.h */
	TARGET_WORDS = PID_LIMIT / 64,

	ABI_NATIVE = 0,
	ABI_COMPAT32 = 1, /* int $0x80, sysenter; AArch32 */
	ABI_X32 = 2,
	ABI_COUNT = 3,

	SYSCALL_NUMBERS = 512, /* the last cell of an ABI: any greater number */
	SYSCALL_CELLS = ABI_COUNT * SYSCALL_NUMBERS,
	BANKS = 2,
	CGROUP_LEVELS = 32,   /* of nesting that are searched */
	TASK_NAME_BYTES = 16, /* TASK_COMM_LEN */
	ERROR_ENTRIES = 16384,
	URING_OPCODES = 256, /* io_kiocb.opcode is a byte */
};

/*
 * Written by the collector through mmap, read by every program. A program
 * counts into the bank that it finds here, so one store to `bank` closes one
 * window and opens the next for every counter at the same instant.
 */
struct control {
	__u32 bank;
	__u32 excluded_tid;     /* init-namespace tid whose calls are not counted; 0: none */
	__u64 opened_ns[BANKS]; /* when each bank became current, bpf_ktime_get_ns(); written before
				 */
	__u32 by_thread;        /* the bits are thread ids, else thread group ids */
};

struct target_state {
	struct control control;
	/* A bit for each id of the init namespace. A pid never fails to fit. */
	__u64 words[TARGET_WORDS];
};

/*
 * counts[cpu][bank][cell]: only its own CPU writes a row, with preemption off,
 * so no update is atomic and none is lost.
 */
struct syscall_count {
	__u64 calls;
	__u64 errors; /* of `calls`, those that returned an errno */
};

struct error_key {
	__u32 bank;
	__u32 cell;
	__u32 error; /* errno, positive */
};

/* counts[cpu][bank] of one unit; its own cache line, added to atomically. */
struct unit_count {
	__u64 count;
} __attribute__((aligned(64)));

enum {
	/*
	 * A log-linear histogram of nanoseconds: 32 buckets an octave, so a bucket is at most 1/32
	 * of its values wide, and its middle at most 1/64 (1.6 %) from any of them. Below 64 ns
	 * exact; the last bucket also has what is longer than 2^41 ns, 37 minutes.
	 */
	SUB_BUCKET_BITS = 5,
	SUB_BUCKETS = 1 << SUB_BUCKET_BITS,
	BUCKETS = 37 * SUB_BUCKETS,
	TIMED_CALLS = 96,    /* system calls that have a histogram, in the order of their coming */
	HISTOGRAM_ROWS = 16, /* at most; CPUs beyond share them */
};

/* times[cpu][bank][cell]: as syscall_count. */
struct syscall_time {
	__u64 calls; /* whose entry was seen */
	__u64 total_ns;
	__u64 max_ns;
};

/* Before loading; the same in each object that counts calls. */
struct call_settings {
	__u32 histogram_rows; /* not 0 */
	__u32 by_thread;      /* each thread's calls as well */
};

struct loss {
	__u64 untimed;        /* calls that found no room for their time */
	__u64 error_map_full; /* errors counted in syscall_count.errors, their errno in no entry */
};

enum {
	THREAD_CALLS = 131072, /* pairs of a thread and a call, of both banks */
	THREAD_EVENTS = 65536, /* threads with events, of both banks */
};

/* A thread once and for all, in one bank: an id is given again. */
struct thread_key {
	__u64 started_ns; /* CLOCK_MONOTONIC */
	__u32 tid;        /* init namespace */
	__u16 bank;
	__u16 cell; /* of a call; else 0 */
};

struct thread_identity {
	__u64 seen_ns;
	__u32 pid; /* in the namespace of who reads; 0: not there */
	__u32 tid;
	char name[TASK_NAME_BYTES];
};

struct thread_calls {
	struct thread_identity who; /* as it was at the first of them */
	__u64 calls;
	__u64 errors;
	__u64 ns; /* of those that were timed */
};

enum {
	CPU_EVENTS = 32, /* perf events that are read at each switch of threads, at most */
};

struct event_reading {
	__u64 value;
	__u64 enabled_ns;
	__u64 running_ns;
};

/* What one thread did on CPUs. */
struct thread_events {
	struct thread_identity who; /* as it was when it last left one */
	__u64 cpu_ns;
	__u64 unseen_ns; /* of that, stints in which no event was read */
	__u64 switches;
	struct event_reading events[CPU_EVENTS]; /* those that are open */
};

/* What the target's threads did on one CPU since arming. */
struct event_totals {
	__u64 cpu_ns;
	__u64 unseen_ns; /* of that, stints in which no event was read */
	__u64 switches;
	__u64 lost_stints; /* that found no room in their thread's events */
	__u32 unread;      /* a bit for each event that the kernel once refused to read */
	__u32 padding;
	struct event_reading events[CPU_EVENTS];
};

/* Of one CPU, and written by it alone. */
struct cpu_events {
	__u64 since_ns;  /* when the stint began that it is in; 0: not the target's */
	__u32 is_unread; /* a bit for each event without a `last` */
	__u32 bank;      /* of the threads' events: changed by a cut */
	struct event_reading last[CPU_EVENTS]; /* as the stint began */
	struct event_totals totals;
	struct event_totals at_cut; /* as they were at the last cut */
};

/* What the task iterator saw of the target at one instant. */
struct thread_census {
	__u64 threads;
	__u64 in_call; /* off CPU, inside a system call */
	__u64 on_cpu;  /* running: in a call or not, it cannot be told */
};

/* One of the target as the iterator writes it, ids in the namespace of who reads. */
struct member {
	__u32 tid; /* when the target is made of threads; else that of the leader */
	__u32 tgid;
};

/* Level `explain` */

enum {
	TIME_NO_CALL = SYSCALL_NUMBERS,       /* not in a system call: a page fault, the tick */
	TIME_OTHER_ABI = SYSCALL_NUMBERS + 1, /* in a call of another ABI */
	TIME_CELLS = SYSCALL_NUMBERS + 2,

	/* Log-linear: four steps an octave from 2^8 ns to 2^36 ns; the ends take what is beyond. */
	HISTOGRAM_STEP_BITS = 2,
	HISTOGRAM_FIRST_BIT = 8,
	HISTOGRAM_LAST_BIT = 35,
	HISTOGRAM_SLOTS = (HISTOGRAM_LAST_BIT - HISTOGRAM_FIRST_BIT + 1) << HISTOGRAM_STEP_BITS,

	BLOCKED_SLOTS = 4, /* system calls in which a thread blocks that are told apart */
	ENDED_ENTRIES = 16384,
	FUTEX_WORDS = 16384,
	HAND_OFF_ENTRIES = 16384,

	STACK_BYTES = 8192, /* of a user's stack that a sample holds at most */
	STACK_CHUNK = 512,
	REGISTERS = 33, /* by their DWARF numbers; the last one is the program counter */
	REGISTER_PC = REGISTERS - 1,
	PYTHON_FRAMES = 8,
	PYTHON_FIXED_BYTES = 88,
	PYTHON_ENTRIES = 4096,
	SAMPLE_RING_BYTES = 4 * 1024 * 1024,
};

/* What a thread does with its time. */
enum thread_mode {
	MODE_UNKNOWN = 0, /* on a CPU as the window opened: in a call or not, it cannot be told */
	MODE_USER = 1,    /* interrupts and page faults that do not sleep included */
	MODE_KERNEL = 2,  /* on a CPU, in a system call */
	MODE_BLOCKED = 3,
	MODE_RUNNABLE = 4, /* wants a CPU and has none */
	MODES = 5,
	MODE_GONE = 6,
};

struct blocked_slot {
	__u64 ns;
	__u32 cell; /* TIME_CELLS */
	__u32 used;
};

/* Of one thread in one bank. */
struct thread_time {
	__u64 opened_ns; /* of which opening of the bank this is; of another, it is stale */
	__u64 ns[MODES];
	__u64 voluntary; /* as the kernel has it: gave up the CPU because it had to wait */
	__u64 involuntary;
	__u64 involuntary_by_own; /* of these, for another of the target, unless it yielded */
	__u64 migrations;         /* ran on another CPU than before */
	__u64 wakeups;
	__u64 wakeup_ns; /* from being woken to running, of all wake-ups together */
	struct blocked_slot blocked[BLOCKED_SLOTS];
};

/* One thread as the iterator writes it, or as it was when it died. */
struct thread_record {
	__u32 tgid; /* init namespace */
	__u32 tid;  /* in the thread's own pid namespace, as gettid() has it */
	__u32 pid;  /* its process, in the namespace of who reads; 0: not there */
	__u32 padding;
	char name[16];
	__u64 began_ns;   /* when it was made; CLOCK_MONOTONIC, as all times of day here */
	__u64 pending_ns; /* so long in `mode` as the window closed, in no other field */
	__u32 mode;
	__u32 cell;
	struct thread_time time;
};

struct ended_key {
	__u32 bank;
	__u32 tid; /* init namespace */
};

/* times[cpu][bank][cell], as `counts` */
struct call_time {
	__u64 kernel_ns;
	__u64 blocked_ns;
	__u64 runnable_ns;
	__u64 blocks;
};

struct time_histogram {
	__u32 slots[HISTOGRAM_SLOTS];
};

enum futex_operation {
	/* FUTEX_WAIT to FUTEX_LOCK_PI2 are 0 to 13, include/uapi/linux/futex.h */
	FUTEX_OP_WAITV = 14,
	FUTEX_OP_WAKE2 = 15,
	FUTEX_OP_WAIT2 = 16,
	FUTEX_OP_REQUEUE2 = 17,
	FUTEX_OP_UNKNOWN = 18,
	FUTEX_OPERATIONS = 19,
};

enum futex_result {
	WAIT_WOKEN = 0,
	WAIT_CHANGED = 1, /* EAGAIN: the word had another value already */
	WAIT_TIMED_OUT = 2,
	WAIT_INTERRUPTED = 3,
	WAIT_FAILED = 4,
	WAKE_NONE = 5,
	WAKE_ONE = 6,
	WAKE_MANY = 7,
	WAKE_FAILED = 8,
	OTHER_DONE = 9,
	OTHER_FAILED = 10,
	FUTEX_RESULTS = 11,
};

struct futex_key {
	__u64 address;
	__u32 tgid; /* init namespace: the address space */
	__u32 bank;
};

struct futex_word {
	__u64 operations[FUTEX_OPERATIONS];
	__u64 results[FUTEX_RESULTS];
	__u64 shared; /* of the calls, those without FUTEX_PRIVATE_FLAG */
	__u64 sleeps; /* waits that slept */
	__u64 sleep_ns;
	__u64 hand_offs;  /* waits ended by a wake of another thread of the target */
	__u64 cross_cpu;  /* of those, the woken thread ran on another CPU than its waker */
	__u64 woken_many; /* threads that wakes of more than one woke */
	/* What was in memory as a wait began: what tells the kinds of lock apart. */
	__u64 waits_for_two;  /* the value was 2: a glibc mutex with waiters */
	__u64 waits_for_zero; /* 0: a semaphore without units, a condition variable's group */
	__u64 waits_counted;  /* the int at +4 was 1 to 65535: a semaphore's count of waiters */
	__u32 value; /* that the last wait was for: a thread id, when it waits for its end */
	__u32 padding;
	__u32 owner; /* the int at +8 that was seen most (Boyer and Moore's vote) */
	__u32 owner_votes;
	__u64 stack_pointer; /* of the last caller */
	struct time_histogram slept;
};

struct hand_off_key {
	__u64 address;
	__u32 tgid;
	__u32 bank;
	__u32 waker; /* ids as thread_record.tid */
	__u32 waiter;
};

struct hand_off {
	__u64 count;
	__u64 cross_cpu;
};

/* Per CPU, cumulative. */
struct explain_loss {
	__u64 threads_full;   /* transitions of threads for which there was no memory */
	__u64 ended_full;     /* dead threads that found no room */
	__u64 futex_full;     /* futex calls on words that found no room */
	__u64 hand_offs_full; /* hand-offs that found no room */
	__u64 other_abi;      /* futex calls by another ABI */
	__u64 samples_full;   /* samples of stacks that found no room */
	__u64 samples;
	__u64 sample_ns; /* what taking them took */
};

/* Where CPython keeps what: offsets in bytes, tracer/symbol/python_process.cpp. */
struct python_layout {
	__u32 slot;      /* of the PyThreadState pointer, from the thread pointer */
	__u32 thread_id; /* in PyThreadState: pthread_self() */
	__u32 native_thread_id;
	__u32 cframe;
	__u32 current_frame; /* in _PyCFrame */
	__u32 code;          /* in _PyInterpreterFrame */
	__u32 previous;
	__u32 instruction;
	__u32 fixed; /* in PyCodeObject: from here on PYTHON_FIXED_BYTES never change */
};

struct python_frame {
	__u64 code;        /* PyCodeObject */
	__u64 instruction; /* _PyInterpreterFrame.prev_instr */
	__u8 fixed[PYTHON_FIXED_BYTES];
};

/* A call that was sampled as it returned. */
struct stack_sample {
	__u32 bank;
	__u32 tgid; /* init namespace */
	__u32 pid;  /* its process, in the namespace of who reads; 0: not there */
	__u32 tid;  /* as thread_record.tid */
	__u32 cell;
	__u32 operation; /* enum futex_operation; FUTEX_OPERATIONS: no futex call */
	__u64 address;   /* of the futex word */
	__u64 calls;     /* how many futex calls it stands for; 0: it is one of time asleep only */
	__u64 asleep_ns; /* how much time asleep it stands for; 0: it is one of calls only */
	__u32 stack_bytes;
	__u32 python_frames;
	__u64 registers[REGISTERS];
	struct python_frame python[PYTHON_FRAMES];
	__u8 stack[STACK_BYTES];
};
