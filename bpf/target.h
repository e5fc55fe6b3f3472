/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which processes, or threads, are measured, and how. One for all objects: the loader shares it. */
#pragma once

#include "abi.h"
#include "kernel.h"

/*
 * A global, so that its address is in the instructions: a map is looked up at each use. It alone is
 * in .bss, the section that is shared; an object's own globals are in one of their own.
 */
struct target_state target_state;
#define OWN SEC(".data.own")

static __always_inline struct control *control(void)
{
	return &target_state.control;
}

/* Null for an id beyond PID_LIMIT, which no kernel gives. */
static __always_inline __u64 *target_word(__u32 id)
{
	__u32 word = id / 64;

	return word < TARGET_WORDS ? &target_state.words[word] : NULL;
}

static __always_inline bool is_target_id(__u32 id)
{
	__u64 *word = target_word(id);

	return word && (*word >> (id % 64)) & 1;
}

/* Read once for all that one event is counted in, for a cut may come between. */
static __always_inline __u32 current_bank(struct control *settings)
{
	return *(volatile __u32 *)&settings->bank & 1;
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
