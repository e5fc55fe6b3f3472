// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Perf events of a target of any number of threads.
 *
 * Each event is open once on each CPU and counts whoever runs there. A stint is the time of a
 * thread on a CPU, from one switch of threads to the next, or to a cut. When one ends that was the
 * target's, what the events have gone on by is added to the totals of the CPU. Whose a stint is, is
 * decided as it begins.
 *
 * All of it runs on the CPU that it is about with interrupts off: from the scheduler, or as the
 * interrupt that a cut sends. So no update is atomic and none is lost.
 */
#include <linux/sched.h>

#include "thread.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Set by the loader. */
const volatile __u32 event_count; /* open ones, at most CPU_EVENTS */
const volatile __u32 cpu_count;
const volatile __u8 by_thread; /* a flag: the skeleton is C++ */
__u32 next_bank OWN;           /* of the threads' events, from the next cut on */
__u32 left_out OWN; /* init-namespace tid of a thread of the target that is not measured; 0: none */

/* [event][cpu] */
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} open_events SEC(".maps");

/* [cpu]; max_entries is set by the loader. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cpu_events);
} on_cpus SEC(".maps");

/* Only the CPU on which its thread was writes an entry. max_entries and the size of a value, which
 * holds as many events as are open, are set by the loader.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct thread_key);
	__type(value, struct thread_events);
} thread_events SEC(".maps");

static const struct thread_events nothing_yet;

/* Of the thread that measures only an agent's own is left out: what another does between its cuts
 * is its process's.
 */
static __always_inline bool is_measured(struct task_struct *task)
{
	return is_target(control(), task) && task->pid != left_out;
}

static __always_inline void add(struct event_reading *to, const struct bpf_perf_event_value *now,
				const struct event_reading *last)
{
	to->value += now->counter - last->value;
	to->enabled_ns += now->enabled - last->enabled_ns;
	to->running_ns += now->running - last->running_ns;
}

static __always_inline struct thread_events *events_of(struct cpu_events *here,
						       struct task_struct *task, __u64 now_ns)
{
	struct thread_key key = thread_key(task, here->bank);
	struct thread_events *thread = bpf_map_lookup_elem(&thread_events, &key);

	if (!thread) {
		bpf_map_update_elem(&thread_events, &key, &nothing_yet, BPF_NOEXIST);
		thread = bpf_map_lookup_elem(&thread_events, &key);
	}
	if (thread)
		identify(&thread->who, task, now_ns);
	else
		here->totals.lost_stints++;
	return thread;
}

/*
 * How long a thread is on the CPU whose coming was not seen: some kernels run no program in the
 * context of some who leave (init, of a machine that is watched from within). The scheduler knows.
 */
static __always_inline __u64 unseen_ns(struct task_struct *task)
{
	bool is_fair = task->policy == SCHED_NORMAL || task->policy == SCHED_BATCH ||
		       task->policy == SCHED_IDLE;

	return is_fair ? task->se.sum_exec_runtime - task->se.prev_sum_exec_runtime : 0;
}

/* Ends the stint of `left`, if it had one, and begins the next, when `task` is of the target. */
static __always_inline void turn(struct cpu_events *here, __u32 cpu, struct task_struct *left,
				 bool switched, struct task_struct *task)
{
	bool comes = is_measured(task), leaves = here->since_ns;
	bool is_unseen = !leaves && is_measured(left);
	struct thread_events *thread = NULL;
	struct bpf_perf_event_value now;
	__u64 now_ns;

	if (!comes && !leaves && !is_unseen)
		return;
	now_ns = bpf_ktime_get_ns();
	if (leaves || is_unseen) {
		__u64 ns = leaves ? now_ns - here->since_ns : unseen_ns(left);

		here->totals.cpu_ns += ns;
		here->totals.switches += switched;
		if (is_unseen)
			here->totals.unseen_ns += ns;
		if (by_thread)
			thread = events_of(here, left, now_ns);
		if (thread) {
			thread->cpu_ns += ns;
			thread->switches += switched;
			if (is_unseen)
				thread->unseen_ns += ns;
		}
	}
	for (__u32 i = 0; i < CPU_EVENTS && i < event_count; i++) {
		struct event_reading *last = &here->last[i];

		if (bpf_perf_event_read_value(&open_events, i * cpu_count + cpu, &now,
					      sizeof(now))) {
			here->totals.unread |= 1U << i;
			here->is_unread |= 1U << i;
			continue;
		}
		if (leaves && !(here->is_unread & 1U << i)) {
			add(&here->totals.events[i], &now, last);
			if (thread)
				add(&thread->events[i], &now, last);
		}
		here->is_unread &= ~(1U << i);
		last->value = now.counter;
		last->enabled_ns = now.enabled;
		last->running_ns = now.running;
	}
	here->since_ns = comes ? now_ns : 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(switch_threads, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct cpu_events *here = bpf_map_lookup_elem(&on_cpus, &cpu);

	if (!here)
		return 0;
	/* The events of a dead thread are gone before its last switch: perf_event_exit_task(). */
	turn(here, cpu, prev, !prev->exit_state, next);
	return 0;
}

/* Run by the collector on every CPU (BPF_F_TEST_RUN_ON_CPU), in an interrupt of who runs there. */
SEC("raw_tp")
int cut(void *context)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct cpu_events *here = bpf_map_lookup_elem(&on_cpus, &cpu);
	struct task_struct *task;

	if (!here)
		return 0;
	task = bpf_get_current_task_btf();
	turn(here, cpu, task, false, task);
	here->bank = next_bank & 1;
	here->at_cut.cpu_ns = here->totals.cpu_ns;
	here->at_cut.unseen_ns = here->totals.unseen_ns;
	here->at_cut.switches = here->totals.switches;
	here->at_cut.lost_stints = here->totals.lost_stints;
	here->at_cut.unread = here->totals.unread;
	for (__u32 i = 0; i < CPU_EVENTS && i < event_count; i++)
		here->at_cut.events[i] = here->totals.events[i];
	return 0;
}
