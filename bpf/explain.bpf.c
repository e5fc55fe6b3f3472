// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Level `explain`: where each thread's time goes, the futex words it sleeps on,
 * and the counts and times of the levels below. One program at each hook does it
 * all: running one is most of what it costs, and what it says of a call agrees.
 */
#include "explain_stack.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define TASK_DEAD_STATE 0x80 /* include/linux/sched.h */

SEC("tp_btf/sys_enter")
int BPF_PROG(enter_call, struct pt_regs *regs, long number)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct control *settings = control();
	struct thread_state *state;
	__u64 now;

	if (!is_counted(settings, task))
		return 0;
	now = bpf_ktime_get_ns();
	state = thread_state(task);
	if (!state)
		return 0;
	charge(state, settings, current_bank(settings), now);
	state->mode = MODE_KERNEL;
	state->cell = cell_of(read_call(task, regs));
	state->entered_ns = now;
	state->blocked_in_call_ns = 0;
	if (state->cell == NR_FUTEX) {
		state->waker = 0;
		look_at_word(regs, state);
	} else if (is_futex(state->cell)) {
		state->waker = 0;
		state->owner = 0;
		state->counted = 0;
	}
	return 0;
}

/* What a call that returns tells beyond its count. */
static __always_inline void explain_return(struct pt_regs *regs, struct thread_state *state,
					   __u32 bank, __u32 tgid, struct call_id call, __u64 now,
					   long ret)
{
	if (state->mode == MODE_UNKNOWN)
		state->cell = cell_of(call);
	if (state->cell == TIME_OTHER_ABI && is_foreign_futex(call))
		count_foreign_futex();
	if (is_futex(state->cell))
		count_futex(regs, state, bank, tgid, ret);
	if ((state->blocked_in_call_ns && state->cell != TIME_OTHER_ABI) || is_futex(state->cell))
		sample_call(regs, state, bank, now, ret);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(leave_call, struct pt_regs *regs, long ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct control *settings = control();
	struct thread_state *state;
	__u64 now, ns = UNTIMED;
	struct call_id call;
	__u32 bank;

	if (!is_counted(settings, task))
		return 0;
	now = bpf_ktime_get_ns();
	bank = current_bank(settings);
	call = read_return(task, regs, &ret);
	state = thread_state(task);
	if (state) {
		charge(state, settings, bank, now);
		explain_return(regs, state, bank, task->tgid, call, now, ret);
		if (state->entered_ns)
			ns = now - state->entered_ns;
		state->entered_ns = 0;
		state->blocked_in_call_ns = 0;
		state->mode = MODE_USER;
		state->cell = TIME_NO_CALL;
	}
	if (!is_other_side(call, ret))
		count_call(task, bank, call, ret, ns);
	return 0;
}

static __always_inline void switch_out(struct control *settings, struct task_struct *task,
				       bool preempt, unsigned int task_state, bool for_own,
				       __u32 bank, __u64 now)
{
	struct thread_state *state = thread_state(task);
	struct thread_time *time;

	if (!state || state->mode == MODE_GONE)
		return;
	charge(state, settings, bank, now);
	if (state->mode == MODE_UNKNOWN)
		state->cell = cell_of(read_call(task, (struct pt_regs *)bpf_task_pt_regs(task)));
	state->cpu = bpf_get_smp_processor_id();
	state->has_run = 1;
	time = thread_time(state, settings, bank);
	if (!preempt && task_state) {
		time->voluntary++;
		state->mode = MODE_BLOCKED;
	} else {
		time->involuntary++;
		if (for_own && state->cell != NR_SCHED_YIELD)
			time->involuntary_by_own++;
		state->mode = MODE_RUNNABLE;
	}
	state->wake_ns = 0;
}

static __always_inline void switch_in(struct control *settings, struct task_struct *task,
				      __u32 bank, __u64 now)
{
	struct thread_state *state = thread_state(task);
	__u32 cpu = bpf_get_smp_processor_id();
	struct thread_time *time;

	if (!state || state->mode == MODE_GONE)
		return;
	charge(state, settings, bank, now);
	time = thread_time(state, settings, bank);
	if (state->mode == MODE_UNKNOWN)
		state->cell = cell_of(read_call(task, (struct pt_regs *)bpf_task_pt_regs(task)));
	if (state->has_run && state->cpu != cpu)
		time->migrations++;
	state->cpu = cpu;
	state->has_run = 1;
	if (state->wake_ns) {
		__u32 row = cpu * BANKS + bank;
		struct time_histogram *histogram = bpf_map_lookup_elem(&wakeups, &row);
		__u64 waited = now - state->wake_ns;
		__u32 slot = histogram_slot(waited);

		time->wakeups++;
		time->wakeup_ns += waited;
		if (histogram && slot < HISTOGRAM_SLOTS)
			histogram->slots[slot]++;
		state->wake_ns = 0;
	}
	state->mode = state->cell == TIME_NO_CALL ? MODE_USER : MODE_KERNEL;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(switch_threads, bool preempt, struct task_struct *prev, struct task_struct *next,
	     unsigned int prev_state)
{
	struct control *settings = control();
	bool leaves, comes;
	__u32 bank;
	__u64 now;

	leaves = is_counted(settings, prev) && !(prev_state & TASK_DEAD_STATE);
	comes = is_counted(settings, next);
	if (!leaves && !comes)
		return 0;
	now = bpf_ktime_get_ns();
	bank = current_bank(settings);
	if (leaves)
		switch_out(settings, prev, preempt, prev_state, comes, bank, now);
	if (comes)
		switch_in(settings, next, bank, now);
	return 0;
}

/* In the waker's context, unless an interrupt wakes. */
SEC("tp_btf/sched_waking")
int BPF_PROG(wake_thread, struct task_struct *task)
{
	struct control *settings = control();
	struct task_struct *waker;
	struct thread_state *state, *waker_state;
	__u64 now;

	if (!is_counted(settings, task))
		return 0;
	now = bpf_ktime_get_ns();
	state = thread_state(task);
	if (!state)
		return 0;
	if (state->mode == MODE_BLOCKED) {
		__u64 since = state->last_ns;

		charge(state, settings, current_bank(settings), now);
		state->mode = MODE_RUNNABLE;
		state->wake_ns = now;
		if (now > since)
			state->blocked_in_call_ns += now - since;
	}
	if (!is_futex(state->cell))
		return 0;
	waker = bpf_get_current_task_btf();
	if (!is_counted(settings, waker))
		return 0;
	waker_state = bpf_task_storage_get(&threads, waker, NULL, 0);
	if (waker_state && waker_state->mode == MODE_KERNEL && is_futex(waker_state->cell)) {
		state->waker = waker_state->tid;
		state->waker_cpu = bpf_get_smp_processor_id();
	}
	return 0;
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(start_thread, struct task_struct *task)
{
	struct control *settings = control();
	struct thread_state *state;

	if (!is_counted(settings, task))
		return 0;
	state = thread_state(task);
	if (state)
		state->mode = MODE_RUNNABLE;
	return 0;
}

static __always_inline void describe(struct thread_record *record, struct task_struct *task,
				     struct thread_state *state)
{
	record->tgid = task->tgid;
	record->tid = state->tid;
	record->pid = reader_number(task->group_leader->thread_pid);
	record->began_ns = task->start_time;
	record->mode = state->mode;
	record->cell = state->cell;
	bpf_probe_read_kernel(record->name, sizeof(record->name), task->comm);
}

/* Whether the time of the window that closed as `bank` opened is still to be told: asked once. */
static __always_inline bool is_untold(struct thread_state *state, struct control *settings,
				      __u32 bank)
{
	__u64 cut = settings->opened_ns[bank];

	return __sync_lock_test_and_set(&state->told_ns, cut) != cut;
}

/* Its time in the window of `bank`; null: it did nothing in it, or was not there. */
static __always_inline struct thread_time *known_time(struct thread_state *state,
						      struct control *settings, __u32 bank)
{
	struct thread_time *time = &state->time[bank & 1];

	return time->opened_ns == settings->opened_ns[bank & 1] ? time : NULL;
}

static __always_inline void keep_record(struct thread_record *record, __u32 bank, __u32 tid)
{
	struct ended_key key = { .bank = bank, .tid = tid };
	struct explain_loss *loss;

	if (bpf_map_update_elem(&ended, &key, record, BPF_ANY) == 0)
		return;
	loss = explain_loss();
	if (loss)
		loss->ended_full++;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(end_thread, struct task_struct *task)
{
	struct control *settings = control();
	struct thread_record record = {};
	struct thread_state *state;
	struct thread_time *before;
	__u32 bank;
	__u64 now;

	if (!is_counted(settings, task))
		return 0;
	now = bpf_ktime_get_ns();
	bank = current_bank(settings);
	count_last_call(task, bank);
	state = thread_state(task);
	if (!state)
		return 0;
	charge(state, settings, bank, now);
	describe(&record, task, state);
	before = known_time(state, settings, bank ^ 1);
	if (before && is_untold(state, settings, bank)) {
		record.time = *before;
		keep_record(&record, bank ^ 1, task->pid);
	}
	record.time = *thread_time(state, settings, bank);
	keep_record(&record, bank, task->pid);
	state->mode = MODE_GONE;
	return 0;
}

/* After a cut: writes each thread of the window that was closed. */
SEC("iter/task")
int dump_threads(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	struct control *settings = control();
	struct thread_record record = {};
	struct thread_state *state;
	struct thread_time *time;
	__u64 cut, before, last;
	__u32 bank;

	if (!task || !is_counted(settings, task))
		return 0;
	if (task->exit_state || task->flags & (PF_KTHREAD | PF_IO_WORKER))
		return 0;
	bank = current_bank(settings);
	cut = settings->opened_ns[bank];
	before = settings->opened_ns[bank ^ 1];
	state = thread_state(task);
	if (!state || state->mode == MODE_GONE || !is_untold(state, settings, bank))
		return 0;
	describe(&record, task, state);
	last = state->last_ns;
	if (last < cut && __sync_val_compare_and_swap(&state->last_ns, last, cut) == last)
		record.pending_ns = cut - (last > before ? last : before);
	time = known_time(state, settings, bank ^ 1);
	if (time)
		record.time = *time;
	if (time || record.pending_ns)
		bpf_seq_write(context->meta->seq, &record, sizeof(record));
	return 0;
}
