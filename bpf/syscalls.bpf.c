// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Level `counts`: every system call of the target, and its errors.
 *
 * A call is counted when it returns. Of the calls that never return, exit and
 * exit_group are counted when the thread dies in them; one that is cut short
 * by a deadly signal returns to the kernel's exit path first, and counts as
 * any other (ERESTARTSYS).
 */
#include "calls.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Set by the loader: at level `latency`. */
const volatile __u8 timed; /* a flag: the skeleton is C++, which has no _Bool */
__u64 armed_ns OWN; /* what was entered before is not timed: its entry may be of an older window */

/*
 * By thread id of the init namespace, when the call began that it is in; 0: not seen. An array, for
 * it is looked up without a helper: with task storage a call costs a tenth more. A thread that
 * takes another's id, by execve, finds that one's place empty: its call is not timed.
 * max_entries is set by the loader: more than any id.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} entered SEC(".maps");

static __always_inline __u64 time_since_entry(struct task_struct *task)
{
	__u32 tid = task->pid;
	__u64 *start = bpf_map_lookup_elem(&entered, &tid);
	__u64 ns = UNTIMED;

	if (!start) {
		count_untimed();
		return ns;
	}
	if (*start >= armed_ns)
		ns = bpf_ktime_get_ns() - *start;
	*start = 0;
	return ns;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(count_return, struct pt_regs *regs, long ret)
{
	/* The only helper that is called: each return from one costs more than all of the counting.
	 */
	struct task_struct *task = bpf_get_current_task_btf();
	struct control *settings = control();
	struct call_id call;

	if (!is_counted(settings, task))
		return 0;
	call = read_return(task, regs, &ret);
	if (!is_other_side(call, ret))
		count_call(task, current_bank(settings), call, ret,
			   timed ? time_since_entry(task) : UNTIMED);
	return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(note_entry)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct control *settings = control();
	__u64 *start;
	__u32 tid = task->pid;

	if (!is_counted(settings, task))
		return 0;
	start = bpf_map_lookup_elem(&entered, &tid);
	if (start)
		*start = bpf_ktime_get_ns();
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(count_exit)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct control *settings = control();
	__u32 tid = task->pid;
	__u64 *start;

	if (!is_counted(settings, task))
		return 0;
	count_last_call(task, current_bank(settings));
	start = bpf_map_lookup_elem(&entered, &tid);
	if (start)
		*start = 0;
	return 0;
}
