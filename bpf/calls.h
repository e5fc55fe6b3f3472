/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every system call of the target, its errors, and how long it took.
 *
 * One program counts a call, and all that is said of it is of one instant and in one bank: at level
 * `explain` that is another program than at those below, and the loader shares these maps with it.
 */
#pragma once

#include <linux/errno.h>

#include "arch.h"
#include "thread_calls.h"

const volatile struct call_settings settings_of_calls; /* set by the loader */

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

/* [cpu][bank][cell] */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct syscall_time);
} times SEC(".maps");

/* Which histogram a cell has, plus 1; 0: none yet. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SYSCALL_CELLS);
	__type(key, __u32);
	__type(value, __u64);
} histogram_of SEC(".maps");

/* [row][bank][histogram][bucket] */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} histograms SEC(".maps");

__u64 histograms_used OWN;

/* 0 for 0. */
static __always_inline __u32 floor_log2(__u64 value)
{
	__u32 bit = 0;

	if (value >> 32) {
		bit += 32;
		value >>= 32;
	}
	if (value >> 16) {
		bit += 16;
		value >>= 16;
	}
	if (value >> 8) {
		bit += 8;
		value >>= 8;
	}
	if (value >> 4) {
		bit += 4;
		value >>= 4;
	}
	if (value >> 2) {
		bit += 2;
		value >>= 2;
	}
	return bit + (value >> 1);
}

static __always_inline __u32 find_bucket(__u64 ns)
{
	__u32 exponent;

	if (ns < SUB_BUCKETS)
		return ns;
	exponent = floor_log2(ns) - SUB_BUCKET_BITS;
	/* ns >> exponent is 32 to 63 */
	exponent = exponent * SUB_BUCKETS + (__u32)(ns >> exponent);
	return exponent < BUCKETS ? exponent : BUCKETS - 1;
}

/* Plus 1; 0 when all are taken. Two CPUs may take one each for the same cell: one is lost. */
static __always_inline __u32 find_histogram(__u32 cell)
{
	__u64 *slot = bpf_map_lookup_elem(&histogram_of, &cell);
	__u64 taken;

	if (!slot)
		return 0;
	if (*slot)
		return *slot;
	if (histograms_used >= TIMED_CALLS)
		return 0;
	taken = __sync_fetch_and_add(&histograms_used, 1) + 1;
	if (taken > TIMED_CALLS)
		return 0;
	__sync_val_compare_and_swap(slot, 0, taken);
	return *slot;
}

static __always_inline struct loss *loss_of_calls(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&losses, &first);
}

static __noinline int count_untimed(void)
{
	struct loss *loss = loss_of_calls();

	if (loss)
		loss->untimed++;
	return 0;
}

static __noinline int time_call(__u32 bank, __u32 cell, __u64 ns)
{
	__u32 cpu = bpf_get_smp_processor_id();
	__u32 histogram = find_histogram(cell);
	__u32 row = (cpu * BANKS + bank) * SYSCALL_CELLS + cell;
	struct syscall_time *time = bpf_map_lookup_elem(&times, &row);
	__u64 *bucket;

	if (!histogram || !time)
		return count_untimed();
	time->calls++;
	time->total_ns += ns;
	if (ns > time->max_ns)
		time->max_ns = ns;
	row = (cpu % settings_of_calls.histogram_rows) * BANKS + bank;
	row = (row * TIMED_CALLS + histogram - 1) * BUCKETS + find_bucket(ns);
	bucket = bpf_map_lookup_elem(&histograms, &row);
	if (bucket)
		__sync_fetch_and_add(bucket, 1);
	return 0;
}

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
		struct loss *loss = loss_of_calls();

		if (loss)
			loss->error_map_full++;
	}
}

static __always_inline __u32 find_cell(struct call_id call)
{
	__u32 cell = (__u32)call.number < SYSCALL_NUMBERS - 1 ? call.number : SYSCALL_NUMBERS - 1;

	return cell + call.abi * SYSCALL_NUMBERS;
}

/* MAX_ERRNO, include/linux/err.h: only these values are errors. */
static __always_inline bool is_error(long ret)
{
	return ret < 0 && ret >= -4095;
}

/*
 * Which call it is that returns, and with what. A return from a signal gives back whatever the
 * interrupted code had in that register: never an error of its own. A call that was given the
 * number -1 fails with ENOSYS.
 */
static __always_inline struct call_id read_return(struct task_struct *task, struct pt_regs *regs,
						  long *ret)
{
	struct call_id call = read_call(task, regs);

	if (call.number == -1 && *ret != -ENOSYS) {
		call.number = rt_sigreturn_number(call.abi);
		*ret = 0;
	}
	return call;
}

/* The new task's side of its parent's call, which is counted once. */
static __always_inline bool is_other_side(struct call_id call, long ret)
{
	return ret == 0 && makes_task(call);
}

#define UNTIMED (~0ULL)

/* By the thread that made it. */
static __always_inline void count_call(struct task_struct *task, __u32 bank, struct call_id call,
				       long ret, __u64 ns)
{
	__u32 cell = find_cell(call);
	__u32 row = (bpf_get_smp_processor_id() * BANKS + bank) * SYSCALL_CELLS + cell;
	struct syscall_count *count = bpf_map_lookup_elem(&counts, &row);

	if (!count)
		return;
	count->calls++;
	if (is_error(ret)) {
		count->errors++;
		count_error(bank, cell, ret);
	}
	if (ns != UNTIMED)
		time_call(bank, cell, ns);
	if (settings_of_calls.by_thread)
		count_thread_call(task, bank, cell, is_error(ret), ns == UNTIMED ? 0 : ns);
}

/* Of the calls that never return, those that are seen: as the thread dies in them. */
static __always_inline void count_last_call(struct task_struct *task, __u32 bank)
{
	struct call_id call = read_call(task, (struct pt_regs *)bpf_task_pt_regs(task));

	if (ends_task(call))
		count_call(task, bank, call, 0, UNTIMED);
}
