/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The calls of each thread, counted by the program that counts them all, at the same instant and
 * into the same bank: so they add up to the total, to the call.
 */
#pragma once

#include "thread.h"

/* Only its own thread writes an entry. max_entries is set by the loader. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct thread_key);
	__type(value, struct thread_calls);
} thread_calls SEC(".maps");

/* What finds no room is in the total alone, and the loader sees the difference. */
static __noinline int count_thread_call(struct task_struct *task, __u32 bank, __u32 cell,
					bool failed, __u64 ns)
{
	struct thread_calls *calls;
	struct thread_key key;

	if (!task)
		return 0;
	key = thread_key(task, bank);
	key.cell = cell;
	calls = bpf_map_lookup_elem(&thread_calls, &key);
	if (!calls) {
		struct thread_calls fresh = {};

		identify(&fresh.who, task, bpf_ktime_get_ns());
		bpf_map_update_elem(&thread_calls, &key, &fresh, BPF_NOEXIST);
		calls = bpf_map_lookup_elem(&thread_calls, &key);
		if (!calls)
			return 0;
	}
	calls->calls++;
	calls->errors += failed;
	calls->ns += ns;
	return 0;
}
