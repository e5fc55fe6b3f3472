/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where a thread's time goes. A thread is in one mode at any instant; each hook
 * charges the time since the last one to the mode that ends, so the modes add
 * up to the whole. An interval that spans a cut is split at it.
 */
#pragma once

#include "calls.h"

struct thread_state {
	__u64 last_ns;            /* since when in `mode`, or since the cut */
	__u64 armed_ns;           /* of which arming this is; of another, it is stale */
	__u64 told_ns;            /* the cut up to which its time has been handed over */
	__u64 wake_ns;            /* 0: not woken since it last ran */
	__u64 entered_ns;         /* the call it is in; 0: not seen */
	__u64 blocked_in_call_ns; /* since the call's entry */
	__u32 mode;
	__u32 cell;  /* the system call it is in */
	__u32 cpu;   /* where it ran last */
	__u32 tid;   /* in its own pid namespace */
	__u32 waker; /* of the thread that woke it in a futex call, as `tid`; 0: none */
	__u32 waker_cpu;
	__u32 owner;   /* what stood at word + 8 as a futex wait began */
	__u32 counted; /* what stood at word + 4 then was a small number */
	__u32 has_run; /* `cpu` is known */
	struct thread_time time[BANKS];
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct thread_state);
} threads SEC(".maps");

/* [cpu][bank][cell]; max_entries is set by the loader. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct call_time);
} call_times SEC(".maps");

/* [cpu][bank]; from being woken to running */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct time_histogram);
} wakeups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, ENDED_ENTRIES);
	__type(key, struct ended_key);
	__type(value, struct thread_record);
} ended SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct explain_loss);
} explain_losses SEC(".maps");

/* Set by the loader before it attaches: states of an earlier arming are stale. */
volatile __u64 armed_ns OWN;

static __always_inline struct explain_loss *explain_loss(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&explain_losses, &first);
}

static __always_inline __u32 histogram_slot(__u64 ns)
{
	__u32 bit, slot;

	if (ns < 1ULL << HISTOGRAM_FIRST_BIT)
		return 0;
	if (ns >= 1ULL << (HISTOGRAM_LAST_BIT + 1))
		return HISTOGRAM_SLOTS - 1;
	bit = floor_log2(ns);
	slot = ((bit - HISTOGRAM_FIRST_BIT) << HISTOGRAM_STEP_BITS) |
	       ((ns >> (bit - HISTOGRAM_STEP_BITS)) & ((1 << HISTOGRAM_STEP_BITS) - 1));
	return slot < HISTOGRAM_SLOTS ? slot : HISTOGRAM_SLOTS - 1;
}

static __always_inline __u32 cell_of(struct call_id call)
{
	if (call.number < 0)
		return TIME_NO_CALL;
	if (call.abi != ABI_NATIVE)
		return TIME_OTHER_ABI;
	return call.number < SYSCALL_NUMBERS - 1 ? call.number : SYSCALL_NUMBERS - 1;
}

static __always_inline __u32 own_namespace_tid(struct task_struct *task)
{
	struct pid *ids = task->thread_pid;

	return ids ? id_at_level(ids, BPF_CORE_READ(ids, level)) : task->pid;
}

/*
 * Of a thread that no hook has seen since arming: it has done one thing since then, or since it
 * was made. Of one on a CPU it is not known whether that was in a call.
 */
static __noinline struct thread_state *new_thread_state(struct thread_state *state,
							struct task_struct *task)
{
	struct control *settings = control();
	__u64 opened;

	if (!state || !task)
		return NULL;
	opened = settings->opened_ns[current_bank(settings)];
	__builtin_memset(state->time, 0, sizeof(state->time));
	state->armed_ns = armed_ns;
	state->last_ns = task->start_time > opened ? task->start_time : opened;
	state->told_ns = 0;
	state->wake_ns = 0;
	state->entered_ns = 0;
	state->blocked_in_call_ns = 0;
	state->mode = MODE_UNKNOWN;
	state->cell = TIME_NO_CALL;
	if (!task->on_cpu) {
		state->mode = task->__state ? MODE_BLOCKED : MODE_RUNNABLE;
		state->cell = cell_of(read_call(task, (struct pt_regs *)bpf_task_pt_regs(task)));
	}
	state->tid = own_namespace_tid(task);
	state->waker = 0;
	state->has_run = 0;
	return state;
}

static __always_inline struct thread_state *thread_state(struct task_struct *task)
{
	struct thread_state *state =
		bpf_task_storage_get(&threads, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	struct explain_loss *loss;

	if (!state) {
		loss = explain_loss();
		if (loss)
			loss->threads_full++;
		return NULL;
	}
	if (state->armed_ns != armed_ns)
		return new_thread_state(state, task);
	return state;
}

static __always_inline struct thread_time *thread_time(struct thread_state *state,
						       struct control *settings, __u32 bank)
{
	struct thread_time *time = &state->time[bank & 1];

	if (time->opened_ns != settings->opened_ns[bank & 1]) {
		__builtin_memset(time, 0, sizeof(*time));
		time->opened_ns = settings->opened_ns[bank & 1];
	}
	return time;
}

static __always_inline void charge_blocked(struct thread_time *time, __u32 cell, __u64 ns)
{
	for (int i = 0; i < BLOCKED_SLOTS; i++) {
		struct blocked_slot *slot = &time->blocked[i];

		if (slot->used && slot->cell != cell)
			continue;
		slot->used = 1;
		slot->cell = cell;
		slot->ns += ns;
		return;
	}
}

/* `mode` is known where it is called, and its branches fold. */
static __always_inline void charge_bank(struct thread_state *state, struct control *settings,
					__u32 bank, __u32 mode, __u64 ns)
{
	struct thread_time *time = thread_time(state, settings, bank);
	struct call_time *call;
	__u32 row;

	if (mode >= MODES)
		return;
	time->ns[mode] += ns;
	if (mode == MODE_BLOCKED)
		charge_blocked(time, state->cell, ns);
	if (mode == MODE_USER || mode == MODE_UNKNOWN)
		return;
	row = (bpf_get_smp_processor_id() * BANKS + (bank & 1)) * TIME_CELLS + state->cell;
	call = bpf_map_lookup_elem(&call_times, &row);
	if (!call)
		return;
	if (mode == MODE_KERNEL)
		call->kernel_ns += ns;
	else if (mode == MODE_BLOCKED)
		call->blocked_ns += ns;
	else
		call->runnable_ns += ns;
}

/* Rare: what lies before the cut goes to the window that was open then. */
static __noinline int charge_before_cut(struct thread_state *state, struct control *settings,
					__u32 bank, __u64 last)
{
	__u32 mode;
	__u64 opened, opened_before;

	if (!state || !settings)
		return 0;
	bank &= 1;
	mode = state->mode;
	opened = settings->opened_ns[bank];
	opened_before = settings->opened_ns[bank ^ 1];
	if (last < opened_before)
		last = opened_before;
	if (opened > last)
		charge_bank(state, settings, bank ^ 1, mode, opened - last);
	return 0;
}

/* `now` was read before `bank`, so no time from after a cut goes to before it. */
static __always_inline void charge(struct thread_state *state, struct control *settings, __u32 bank,
				   __u64 now)
{
	__u64 opened = settings->opened_ns[bank], last = state->last_ns;

	if (last < opened) {
		/* Unless who hands its time over has taken what lies before. */
		last = __sync_lock_test_and_set(&state->last_ns, now);
		if (last < opened) {
			charge_before_cut(state, settings, bank, last);
			last = opened;
		}
	} else {
		state->last_ns = now;
	}
	if (now > last)
		charge_bank(state, settings, bank, state->mode, now - last);
}
