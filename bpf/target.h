/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which processes are measured. The maps are one for all objects: the loader shares them. */
#pragma once

#include "abi.h"
#include "kernel.h"

/* A bit for each thread group id of the init namespace. A pid never fails to fit. */
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

static __always_inline __u64 *target_word(__u32 tgid)
{
	__u32 word = tgid / 64;

	return bpf_map_lookup_elem(&targets, &word);
}

static __always_inline bool is_target(__u32 tgid)
{
	__u64 *word = target_word(tgid);

	return word && (*word >> (tgid % 64)) & 1;
}

static __always_inline struct control *control(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&control_map, &key);
}
