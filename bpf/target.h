/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which processes, or threads, are measured. The maps are one for all objects: the loader shares
 * them. */
#pragma once

#include "abi.h"
#include "kernel.h"

/* A bit for each id of the init namespace, of thread groups or of threads. A pid never fails to
 * fit. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, TARGET_WORDS);
	__type(key, __u32);
	__type(value, __u64);
} targets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct control);
} control_map SEC(".maps");

static __always_inline __u64 *target_word(__u32 id)
{
	__u32 word = id / 64;

	return bpf_map_lookup_elem(&targets, &word);
}

static __always_inline bool is_target_id(__u32 id)
{
	__u64 *word = target_word(id);

	return word && (*word >> (id % 64)) & 1;
}

static __always_inline struct control *control(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&control_map, &key);
}

static __always_inline __u32 filtered_id(struct control *settings, struct task_struct *task)
{
	return settings->by_thread ? task->pid : task->tgid;
}

static __always_inline bool is_target(struct control *settings, struct task_struct *task)
{
	return is_target_id(filtered_id(settings, task));
}

/*
 * Target, and not the thread that measures. The ids are those of the init namespace: what /proc of
 * a container shows are others.
 */
static __always_inline bool is_counted(struct control *settings, struct task_struct *task)
{
	return is_target(settings, task) && task->pid != settings->excluded_tid;
}
