/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who a thread is to those who read the results. */
#pragma once

#include "target.h"

__u32 reader_level OWN; /* of nesting, of the pid namespace of who reads; set by the loader */

#define MOST_NUMBERS_BYTES 4096 /* a power of two above MAX_PID_NS_LEVEL times struct upid */

/*
 * 0 when the namespace at that level does not show it. The kernel's struct upid is larger than
 * ours, so the element is found by its size there. Linux 6.1 adds nothing to a pointer whose bounds
 * it does not know.
 */
static __always_inline __u32 id_at_level(struct pid *ids, __u32 level)
{
	__u64 at;
	int number = 0;

	if (!ids || level > BPF_CORE_READ(ids, level))
		return 0;
	at = (__u64)level * bpf_core_type_size(struct upid) & (MOST_NUMBERS_BYTES - 1);
	bpf_probe_read_kernel(&number, sizeof(number),
			      (char *)ids + bpf_core_field_offset(struct pid, numbers) + at);
	return number;
}

/* As who reads the results knows it. */
static __always_inline __u32 reader_number(struct pid *ids)
{
	return id_at_level(ids, reader_level);
}

static __always_inline struct thread_key thread_key(struct task_struct *task, __u32 bank)
{
	struct thread_key key = { .started_ns = task->start_time, .tid = task->pid, .bank = bank };

	return key;
}

static __always_inline void identify(struct thread_identity *who, struct task_struct *task,
				     __u64 now_ns)
{
	who->seen_ns = now_ns;
	who->pid = reader_number(task->group_leader->thread_pid);
	who->tid = reader_number(task->thread_pid);
	bpf_probe_read_kernel(who->name, sizeof(who->name), task->comm);
}
