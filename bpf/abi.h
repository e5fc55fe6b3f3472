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
	CGROUP_LEVELS = 32, /* of nesting that are searched */
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
	__u32 excluded_tid; /* init-namespace tid whose calls are not counted; 0: none */
	__u32 by_thread;    /* the bits of `targets` are thread ids, else thread group ids */
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

struct loss {
	__u64 error_map_full; /* errors counted in syscall_count.errors, their errno in no entry */
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
