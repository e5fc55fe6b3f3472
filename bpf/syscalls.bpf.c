// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Level `counts`: every system call of the target, and its errors.
 *
 * A call is counted when it returns. Of the calls that never return, exit and
 * exit_group are counted when the thread dies in them; one that is cut short
 * by a deadly signal returns to the kernel's exit path first, and counts as
 * any other (ERESTARTSYS).
 */
#include <linux/errno.h>

#include "arch.h"
#include "target.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* [cpu][bank][cell]; max_entries is set by the loader. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct syscall_count);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, ERROR_ENTRIES);
	__type(key, struct error_key);
	__type(value, __u64);
} errors SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct loss);
} losses SEC(".maps");

static __noinline void count_error(__u32 bank, __u32 cell, long ret)
{
	struct error_key key = { .bank = bank, .cell = cell, .error = -ret };
	__u64 *count = bpf_map_lookup_elem(&errors, &key);

	if (!count) {
		__u64 zero = 0;

		/* Another CPU may have added it meanwhile: that is no failure. */
		bpf_map_update_elem(&errors, &key, &zero, BPF_NOEXIST);
		count = bpf_map_lookup_elem(&errors, &key);
	}
	if (count) {
		(*count)++;
	} else {
		__u32 first = 0;
		struct loss *loss = bpf_map_lookup_elem(&losses, &first);

		if (loss)
			loss->error_map_full++;
	}
}

static __always_inline void count_call(struct control *settings, struct call_id call, long ret)
{
	__u32 bank = settings->bank & 1;
	struct syscall_count *count;
	__u32 cell, row;

	cell = (__u32)call.number < SYSCALL_NUMBERS - 1 ? call.number : SYSCALL_NUMBERS - 1;
	cell += call.abi * SYSCALL_NUMBERS;
	row = (bpf_get_smp_processor_id() * BANKS + bank) * SYSCALL_CELLS + cell;
	count = bpf_map_lookup_elem(&counts, &row);
	if (!count)
		return;
	count->calls++;
	/* MAX_ERRNO, include/linux/err.h: only these values are errors. */
	if (ret < 0 && ret >= -4095) {
		count->errors++;
		count_error(bank, cell, ret);
	}
}

SEC("tp_btf/sys_exit")
int BPF_PROG(count_return, struct pt_regs *regs, long ret)
{
	/* The only helper that is called: each return from one costs more than all of the counting. */
	struct task_struct *task = bpf_get_current_task_btf();
	struct control *settings = control();
	struct call_id call;

	if (!settings || !is_counted(settings, task))
		return 0;
	call = read_call(task, regs);
	/*
	 * A return from a signal gives back whatever the interrupted code had in that register:
	 * never an error of its own. A call that was given the number -1 fails with ENOSYS.
	 */
	if (call.number == -1 && ret != -ENOSYS) {
		call.number = rt_sigreturn_number(call.abi);
		ret = 0;
	}
	if (ret == 0 && makes_task(call)) /* the new task's side of its parent's call */
		return 0;
	count_call(settings, call, ret);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(count_last_call, struct task_struct *task)
{
	struct control *settings = control();
	struct call_id call;

	if (!settings || !is_counted(settings, task))
		return 0;
	call = read_call(task, (struct pt_regs *)bpf_task_pt_regs(task));
	if (ends_task(call))
		count_call(settings, call, 0);
	return 0;
}
