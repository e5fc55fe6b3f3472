// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Follows the target: its children become target, its dead leave; who it is, what it is doing. */
#include "arch.h"
#include "target.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Runs before the child can: kernel_clone() calls wake_up_new_task() after it. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(follow_fork, struct task_struct *parent, struct task_struct *child)
{
	__u32 tgid = child->tgid;
	__u64 *word;

	if (parent->tgid == child->tgid || !is_target(parent->tgid))
		return 0;
	word = target_word(tgid);
	if (word)
		__sync_fetch_and_or(word, 1ULL << (tgid % 64));
	return 0;
}

/*
 * When the leader's task_struct is freed, no thread of the group is on its way out any more, as
 * one may be when signal->live is 0. Only some milliseconds have gone since its id was given back,
 * and ids are given out in turn.
 */
SEC("tp_btf/sched_process_free")
int BPF_PROG(forget_dead, struct task_struct *task)
{
	__u32 tgid = task->tgid;
	__u64 *word;

	if (task->pid != task->tgid || !is_target(tgid))
		return 0;
	word = target_word(tgid);
	if (word)
		__sync_fetch_and_and(word, ~(1ULL << (tgid % 64)));
	return 0;
}

struct thread_census census;

SEC("iter/task")
int take_census(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	struct control *settings = control();

	if (!task || !settings || !is_target(task->tgid) || task->pid == settings->excluded_tid)
		return 0;
	if (task->exit_state || task->flags & (PF_KTHREAD | PF_IO_WORKER))
		return 0;
	census.threads++;
	if (task->on_cpu)
		census.on_cpu++;
	else if (read_call(task, (struct pt_regs *)bpf_task_pt_regs(task)).number >= 0)
		census.in_call++;
	return 0;
}

/* The ids of the thread that the iterator is restricted to, whatever namespace asks. */
__u32 found_tgid;
__u32 found_tid;

SEC("iter/task")
int find_task(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;

	if (task) {
		found_tgid = task->tgid;
		found_tid = task->pid;
	}
	return 0;
}

__u64 caller_pid_tgid;

SEC("syscall")
int identify_caller(void *context)
{
	caller_pid_tgid = bpf_get_current_pid_tgid();
	return 0;
}
