/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Futex calls by word: what was asked, what came of it, how long it slept, who woke whom. */
#pragma once

#include <linux/errno.h>
#include <linux/futex.h>

#include "explain_time.h"

#define FUTEX2_PRIVATE_FLAG FUTEX_PRIVATE_FLAG

/* include/linux/errno.h: what the kernel's exit path sees of an interrupted call */
#define ERESTARTSYS_RESULT 512
#define ERESTART_RESTARTBLOCK_RESULT 516

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FUTEX_WORDS);
	__type(key, struct futex_key);
	__type(value, struct futex_word);
} words SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, HAND_OFF_ENTRIES);
	__type(key, struct hand_off_key);
	__type(value, struct hand_off);
} hand_offs SEC(".maps");

/* As a bank: a table that was found full is not tried again, for that costs more than a count. */
__u8 pairs_full[BANKS] OWN; /* cleared by the loader when it has emptied the bank */

struct futex_word zero_word OWN; /* too large for the stack */

struct futex_call {
	__u64 address;
	__u32 operation; /* enum futex_operation */
	__u32 value;
	bool shared;
};

/* struct futex_waitv, include/uapi/linux/futex.h */
struct futex_waiter {
	__u64 value;
	__u64 address;
	__u32 flags;
	__u32 reserved;
};

static __always_inline bool is_futex(__u32 cell)
{
	return cell == NR_FUTEX || is_late_futex(cell);
}

static __always_inline bool is_wait(__u32 operation)
{
	return operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET ||
	       operation == FUTEX_LOCK_PI || operation == FUTEX_LOCK_PI2 ||
	       operation == FUTEX_WAIT_REQUEUE_PI || operation == FUTEX_OP_WAITV ||
	       operation == FUTEX_OP_WAIT2;
}

static __always_inline bool is_wake(__u32 operation)
{
	return operation == FUTEX_WAKE || operation == FUTEX_WAKE_BITSET ||
	       operation == FUTEX_WAKE_OP || operation == FUTEX_REQUEUE ||
	       operation == FUTEX_CMP_REQUEUE || operation == FUTEX_CMP_REQUEUE_PI ||
	       operation == FUTEX_OP_WAKE2 || operation == FUTEX_OP_REQUEUE2;
}

/* Of the several words of a futex_waitv, the one that `index` names, else the first. */
static __always_inline void read_waiter(struct futex_call *call, __u64 list, long index)
{
	struct futex_waiter waiter = {};

	if (index < 0 || index >= FUTEX_WAITV_MAX)
		index = 0;
	bpf_probe_read_user(&waiter, sizeof(waiter), (void *)(list + index * sizeof(waiter)));
	call->address = waiter.address;
	call->value = waiter.value;
	call->shared = !(waiter.flags & FUTEX2_PRIVATE_FLAG);
}

static __always_inline struct futex_call read_futex(struct pt_regs *regs, __u32 cell, long ret)
{
	struct futex_call call = { .address = argument_0(regs), .operation = FUTEX_OP_UNKNOWN };

	if (cell == NR_FUTEX) {
		__u32 operation = argument_1(regs);

		call.shared = !(operation & FUTEX_PRIVATE_FLAG);
		operation &= FUTEX_CMD_MASK;
		if (operation <= FUTEX_LOCK_PI2)
			call.operation = operation;
		call.value = argument_2(regs);
	} else if (cell == NR_FUTEX_WAITV) {
		call.operation = FUTEX_OP_WAITV;
		read_waiter(&call, call.address, ret);
	} else if (cell == NR_FUTEX_WAKE) {
		call.operation = FUTEX_OP_WAKE2;
		call.shared = !(argument_3(regs) & FUTEX2_PRIVATE_FLAG);
	} else if (cell == NR_FUTEX_WAIT) {
		call.operation = FUTEX_OP_WAIT2;
		call.value = argument_1(regs);
		call.shared = !(argument_3(regs) & FUTEX2_PRIVATE_FLAG);
	} else {
		call.operation = FUTEX_OP_REQUEUE2;
		read_waiter(&call, call.address, 0);
		call.value = argument_2(regs);
	}
	return call;
}

static __always_inline __u32 wait_result(long ret)
{
	if (ret >= 0)
		return WAIT_WOKEN;
	if (ret == -EAGAIN)
		return WAIT_CHANGED;
	if (ret == -ETIMEDOUT)
		return WAIT_TIMED_OUT;
	if (ret == -EINTR || (ret <= -ERESTARTSYS_RESULT && ret >= -ERESTART_RESTARTBLOCK_RESULT))
		return WAIT_INTERRUPTED;
	return WAIT_FAILED;
}

static __always_inline __u32 wake_result(long ret)
{
	if (ret < 0)
		return WAKE_FAILED;
	return ret == 0 ? WAKE_NONE : ret == 1 ? WAKE_ONE : WAKE_MANY;
}

/* Of what these return, the rest was not woken but moved: futex_requeue(), kernel/futex/requeue.c.
 */
static __always_inline bool counts_the_moved(__u32 operation)
{
	return operation == FUTEX_REQUEUE || operation == FUTEX_CMP_REQUEUE ||
	       operation == FUTEX_CMP_REQUEUE_PI || operation == FUTEX_OP_REQUEUE2;
}

static __always_inline struct futex_word *find_word(struct futex_key *key)
{
	struct futex_word *word = bpf_map_lookup_elem(&words, key);
	struct explain_loss *loss;

	if (word)
		return word;
	/* Another CPU may have added it meanwhile: that is no failure. */
	bpf_map_update_elem(&words, key, &zero_word, BPF_NOEXIST);
	word = bpf_map_lookup_elem(&words, key);
	if (word)
		return word;
	loss = explain_loss();
	if (loss)
		loss->futex_full++;
	return NULL;
}

static __noinline int count_hand_off(struct futex_key *word, struct thread_state *state,
				     __u32 is_cross)
{
	struct hand_off_key key = {};
	struct hand_off first = { .count = 1, .cross_cpu = is_cross };
	struct hand_off *found;
	struct explain_loss *loss;

	if (!word || !state)
		return 0;
	key.address = word->address;
	key.tgid = word->tgid;
	key.bank = word->bank;
	key.waker = state->waker;
	key.waiter = state->tid;
	found = bpf_map_lookup_elem(&hand_offs, &key);
	if (found) {
		/* Only the waiter itself counts here. */
		found->count++;
		found->cross_cpu += is_cross;
		return 0;
	}
	if (!pairs_full[key.bank & 1] &&
	    bpf_map_update_elem(&hand_offs, &key, &first, BPF_ANY) == 0)
		return 0;
	pairs_full[key.bank & 1] = 1;
	loss = explain_loss();
	if (loss)
		loss->hand_offs_full++;
	return 0;
}

static __always_inline void count_wait(struct futex_word *word, struct futex_key *key,
				       struct thread_state *state, __u32 result)
{
	if (state->blocked_in_call_ns) {
		__u32 slot = histogram_slot(state->blocked_in_call_ns);

		__sync_fetch_and_add(&word->sleeps, 1);
		__sync_fetch_and_add(&word->sleep_ns, state->blocked_in_call_ns);
		if (slot < HISTOGRAM_SLOTS)
			__sync_fetch_and_add(&word->slept.slots[slot], 1);
	}
	if (result == WAIT_WOKEN && state->waker) {
		__u32 is_cross = state->waker_cpu != bpf_get_smp_processor_id();

		__sync_fetch_and_add(&word->hand_offs, 1);
		if (is_cross)
			__sync_fetch_and_add(&word->cross_cpu, 1);
		count_hand_off(key, state, is_cross);
	}
	/* Votes race, which costs one now and then. */
	if (!state->owner)
		return;
	if (word->owner == state->owner) {
		word->owner_votes++;
	} else if (word->owner_votes == 0) {
		word->owner = state->owner;
		word->owner_votes = 1;
	} else {
		word->owner_votes--;
	}
}

static __noinline int count_futex(struct pt_regs *regs, struct thread_state *state, __u32 bank,
				  __u32 tgid, long ret)
{
	struct futex_key key = {};
	struct futex_call call;
	struct futex_word *word;
	__u32 result;

	if (!state)
		return 0;
	call = read_futex(regs, state->cell, ret);
	key.address = call.address;
	key.tgid = tgid;
	key.bank = bank;
	word = find_word(&key);
	if (!word || call.operation >= FUTEX_OPERATIONS)
		return 0;
	__sync_fetch_and_add(&word->operations[call.operation], 1);
	if (call.shared)
		__sync_fetch_and_add(&word->shared, 1);
	word->stack_pointer = regs->sp;
	if (is_wait(call.operation)) {
		result = wait_result(ret);
		if (call.value == 2)
			__sync_fetch_and_add(&word->waits_for_two, 1);
		else if (call.value == 0)
			__sync_fetch_and_add(&word->waits_for_zero, 1);
		if (state->counted)
			__sync_fetch_and_add(&word->waits_counted, 1);
		word->value = call.value;
		count_wait(word, &key, state, result);
	} else if (is_wake(call.operation)) {
		if (counts_the_moved(call.operation) && ret > (long)call.value)
			ret = call.value;
		result = wake_result(ret);
		if (result == WAKE_MANY)
			__sync_fetch_and_add(&word->woken_many, ret);
	} else {
		result = ret < 0 ? OTHER_FAILED : OTHER_DONE;
	}
	__sync_fetch_and_add(&word->results[result], 1);
	return 0;
}

/* Its arguments are in other registers, and its words half as wide. */
static __always_inline void count_foreign_futex(void)
{
	struct explain_loss *loss = explain_loss();

	if (loss)
		loss->other_abi++;
}

/* A wait begins: what stands beside the word tells the owner, where the lock keeps one. */
static __always_inline void look_at_word(struct pt_regs *regs, struct thread_state *state)
{
	__u32 operation = argument_1(regs) & FUTEX_CMD_MASK;
	__u32 value = argument_2(regs), beside = 0;

	state->owner = 0;
	state->counted = 0;
	if (operation == FUTEX_WAIT && value == 2) {
		if (bpf_probe_read_user(&beside, sizeof(beside), (void *)(argument_0(regs) + 8)) ==
		    0)
			state->owner = beside;
	} else if (operation == FUTEX_WAIT_BITSET && value == 0) {
		if (bpf_probe_read_user(&beside, sizeof(beside), (void *)(argument_0(regs) + 4)) ==
		    0)
			state->counted = beside - 1 < 0xffff;
	}
}
