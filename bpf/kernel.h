/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel types that the programs read, each with only the fields that are
 * touched. CO-RE relocates every access to the running kernel's layout
 * (preserve_access_index), so neither order nor size here means anything.
 */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct thread_info {
	unsigned long flags;
	__u32 status; /* x86: TS_COMPAT */
};

struct kernfs_node {
	__u64 id; /* of a cgroup v2: the inode number of its directory */
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp; /* in the hierarchy of version 2 */
};

struct upid {
	int nr;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

struct inode {
	__u16 i_mode;
};

struct file {
	struct inode *f_inode;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct thread_struct {
#if defined(__TARGET_ARCH_x86)
	unsigned long fsbase;
#endif
};

struct sched_entity {
	__u64 sum_exec_runtime;
	__u64 prev_sum_exec_runtime; /* as it came onto the CPU: set_next_entity() */
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int flags; /* PF_* */
	int exit_state;     /* not 0: dead */
	int on_cpu;
	unsigned int policy; /* SCHED_*, linux/sched.h */
	struct sched_entity se;
	int pid;
	int tgid;
	struct task_struct *group_leader;
	unsigned int __state; /* 0: runnable */
	struct pid *thread_pid;
	struct css_set *cgroups;
	struct files_struct *files;
	__u64 start_time; /* CLOCK_MONOTONIC, ns */
	char comm[16];
	struct thread_struct thread;
};

struct pt_regs {
#if defined(__TARGET_ARCH_x86)
	unsigned long orig_ax;
	unsigned long di, si, dx, r10, sp;
	unsigned long bx, bp, r12, r13, r14, r15, ip;
#elif defined(__TARGET_ARCH_arm64)
	__u64 regs[31];
	__u64 sp;
	__u64 pc;
	__u64 orig_x0;
	int syscallno;
#endif
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct io_kiocb {
	__u8 opcode; /* enum io_uring_op, linux/io_uring.h */
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

#pragma clang attribute pop

/* include/linux/sched.h */
#define PF_KTHREAD 0x00200000
#define PF_IO_WORKER 0x00000010
