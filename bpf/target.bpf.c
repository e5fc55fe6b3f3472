// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Follows the target: its children become target, its dead leave; who it is, what it is doing. */
#include "arch.h"
#include "thread.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* The cgroup (version 2) whose processes are the target; 0: it is not a cgroup. */
__u64 cgroup_id OWN;

static __always_inline void add(__u32 id)
{
	__u64 *word = target_word(id);

	if (word)
		__sync_fetch_and_or(word, 1ULL << (id % 64));
}

static __always_inline void remove(__u32 id)
{
	__u64 *word = target_word(id);

	if (word)
		__sync_fetch_and_and(word, ~(1ULL << (id % 64)));
}

/* In the cgroup or below it. A process is where its main thread is. */
static __always_inline bool is_in_cgroup(struct task_struct *task)
{
	struct cgroup *cgroup = task->group_leader->cgroups->dfl_cgrp;

	for (int level = 0; level < CGROUP_LEVELS && cgroup; level++) {
		struct cgroup_subsys_state *parent;

		if (cgroup->kn->id == cgroup_id)
			return true;
		parent = cgroup->self.parent;
		if (!parent)
			return false;
		cgroup = parent->cgroup;
	}
	return false;
}

/* Runs before the child can: kernel_clone() calls wake_up_new_task() after it. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(follow_fork, struct task_struct *parent, struct task_struct *child)
{
	struct control *settings = control();

	if (settings->by_thread) {
		if (is_target_id(parent->pid))
			add(child->pid);
	} else if (parent->tgid == child->tgid) {
		return 0;
	} else if (cgroup_id ? is_in_cgroup(child) : is_target_id(parent->tgid)) {
		add(child->tgid);
	}
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
	struct control *settings = control();

	if (!is_target(settings, task))
		return 0;
	if (settings->by_thread || task->pid == task->tgid)
		remove(filtered_id(settings, task));
	return 0;
}

/* Also called for the hierarchies of version 1: so the task is asked, not the destination. */
SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(follow_move, struct cgroup *destination, const char *path, struct task_struct *task)
{
	if (!cgroup_id)
		return 0;
	if (is_in_cgroup(task))
		add(task->tgid);
	else
		remove(task->tgid);
	return 0;
}

SEC("iter/task")
int find_members(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;

	if (task && task->pid == task->tgid && !(task->flags & PF_KTHREAD) && is_in_cgroup(task))
		add(task->tgid);
	return 0;
}

struct thread_census census OWN;

SEC("iter/task")
int take_census(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	struct control *settings = control();

	if (!task || !is_counted(settings, task))
		return 0;
	if (task->pid == task->tgid || settings->by_thread) {
		struct member member = { .tid = reader_number(task->thread_pid),
					 .tgid = reader_number(task->group_leader->thread_pid) };

		bpf_seq_write(context->meta->seq, &member, sizeof member);
	}
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
__u32 found_tgid OWN;
__u32 found_tid OWN;
__u32 found_level OWN;

SEC("iter/task")
int find_task(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;

	if (task) {
		found_tgid = task->tgid;
		found_tid = task->pid;
		found_level = task->thread_pid ? task->thread_pid->level : 0;
	}
	return 0;
}

/* One thread of the target by its name (comm), the last such. */
char wanted_name[TASK_NAME_BYTES] OWN;
__u32 named_tid OWN;
__u32 named_tid_of_reader OWN;

SEC("iter/task")
int find_named(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	char name[TASK_NAME_BYTES] = {};

	if (!task || !is_target(control(), task))
		return 0;
	bpf_core_read(&name, sizeof name, &task->comm);
	for (int i = 0; i < TASK_NAME_BYTES; i++) {
		if (name[i] != wanted_name[i])
			return 0;
		if (!name[i])
			break;
	}
	named_tid = task->pid;
	named_tid_of_reader = reader_number(task->thread_pid);
	return 0;
}

__u64 caller_pid_tgid OWN;

SEC("syscall")
int identify_caller(void *context)
{
	caller_pid_tgid = bpf_get_current_pid_tgid();
	return 0;
}
