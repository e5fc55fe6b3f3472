/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where calls come from: of a sample of futex calls, and of the time that threads sleep in any
 * call, the registers and the top of the user's stack, and the Python frames where they are known.
 * Taken as the call returns: the thread itself is in the kernel, so nothing of it can move.
 */
#pragma once

#include "explain_futex.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, SAMPLE_RING_BYTES);
} samples SEC(".maps");

/* By thread group of the init namespace: written by the collector once it has seen the process. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, PYTHON_ENTRIES);
	__type(key, __u32);
	__type(value, struct python_layout);
} pythons SEC(".maps");

/*
 * One in 2^shift is taken. The shift grows each time that a quota is used up, and shrinks after a
 * slice of time in which not a quarter of it was: what is rare is taken whole, what is frequent
 * costs a bounded number of samples a second.
 */
struct sampler {
	__u64 slice;
	__u32 taken;
	__u32 shift;
};

/*
 * Calls in sequence, of which the sample is one at random. So each call's chance is one in `size`,
 * whatever came of those before it, and where a block has ended its sample stands for all of it.
 */
struct call_block {
	__u32 size;
	__u32 left;
	__u32 chosen; /* sampled when so many are left */
};

struct cpu_samplers {
	struct sampler calls; /* takes blocks */
	struct call_block block;
	struct sampler time;
	__u64 asleep_ns; /* since the last sample of time */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cpu_samplers);
} samplers SEC(".maps");

#define SLICE_SHIFT 27 /* of ns: 134 ms */
#define MOST_SHIFT 30
#define LEAST_ASLEEP_NS 16384ULL

/* Set by the loader: samples of each kind that a CPU may take in a slice. */
const volatile __u32 sample_quota = 12;

/* Returns whether the shift is another. */
static __always_inline bool begin_slice(struct sampler *sampler, __u64 now)
{
	__u64 slice = now >> SLICE_SHIFT;
	bool shrinks;

	if (sampler->slice == slice)
		return false;
	sampler->slice = slice;
	shrinks = sampler->taken * 4 < sample_quota && sampler->shift;
	if (shrinks)
		sampler->shift--;
	sampler->taken = 0;
	return shrinks;
}

static __always_inline void note_taken(struct sampler *sampler)
{
	if (++sampler->taken < sample_quota)
		return;
	sampler->taken = sample_quota / 2;
	if (sampler->shift < MOST_SHIFT)
		sampler->shift++;
}

/* Returns how many calls a sample of this one stands for; 0: it is not to be taken. */
static __always_inline __u32 pass_call(struct cpu_samplers *cpu, __u64 now)
{
	struct call_block *block = &cpu->block;

	if (begin_slice(&cpu->calls, now))
		block->left = 0;
	if (!block->left) {
		block->size = 1U << (cpu->calls.shift & 31);
		block->left = block->size;
		block->chosen = bpf_get_prandom_u32() & (block->size - 1);
		note_taken(&cpu->calls);
	}
	block->left--;
	return block->left == block->chosen ? block->size : 0;
}

static __always_inline void read_stack(struct stack_sample *sample, __u64 from)
{
	__u32 got = 0;

#pragma unroll
	for (int i = 0; i < STACK_BYTES / STACK_CHUNK; i++) {
		if (bpf_probe_read_user(sample->stack + i * STACK_CHUNK, STACK_CHUNK,
					(void *)(from + i * STACK_CHUNK)) != 0)
			break;
		got += STACK_CHUNK;
	}
	sample->stack_bytes = got;
}

static __always_inline __u64 read_word(__u64 address)
{
	__u64 value = 0;

	bpf_probe_read_user(&value, sizeof(value), (void *)address);
	return value;
}

/*
 * The calling thread's own frames, innermost first. Its PyThreadState is what CPython keeps for it
 * by pthread_setspecific(); that it is the right one is shown by the two ids in it.
 */
static __always_inline void read_python(struct stack_sample *sample, struct task_struct *task)
{
	__u32 tgid = task->tgid;
	struct python_layout *layout = bpf_map_lookup_elem(&pythons, &tgid);
	__u64 pointer = thread_pointer(task), thread, frame;

	sample->python_frames = 0;
	if (!layout || !pointer)
		return;
	thread = read_word(pointer + layout->slot);
	if (!thread || read_word(thread + layout->thread_id) != pointer ||
	    read_word(thread + layout->native_thread_id) != sample->tid)
		return;
	frame = read_word(read_word(thread + layout->cframe) + layout->current_frame);
#pragma unroll
	for (int i = 0; i < PYTHON_FRAMES; i++) {
		struct python_frame *to = &sample->python[i];

		if (!frame)
			break;
		to->code = read_word(frame + layout->code);
		to->instruction = read_word(frame + layout->instruction);
		if (!to->code || bpf_probe_read_user(to->fixed, sizeof(to->fixed),
						     (void *)(to->code + layout->fixed)) != 0)
			break;
		sample->python_frames = i + 1;
		frame = read_word(frame + layout->previous);
	}
}

/* What a sample stands for; 0: nothing of the kind. */
struct weight {
	__u64 calls;
	__u64 asleep_ns;
};

static __noinline int take_sample(struct pt_regs *regs, struct thread_state *state, __u32 bank,
				  struct weight *weight, long ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 began = bpf_ktime_get_ns();
	struct explain_loss *loss = explain_loss();
	struct stack_sample *sample;

	if (!state || !weight || !loss)
		return 0;
	sample = bpf_ringbuf_reserve(&samples, sizeof(*sample), 0);
	if (!sample) {
		loss->samples_full++;
		return 0;
	}
	sample->bank = bank;
	sample->tgid = task->tgid;
	sample->pid = reader_number(task->group_leader->thread_pid);
	sample->tid = state->tid;
	sample->cell = state->cell;
	sample->operation = FUTEX_OPERATIONS;
	sample->address = 0;
	if (is_futex(state->cell)) {
		struct futex_call call = read_futex(regs, state->cell, ret);

		sample->operation = call.operation;
		sample->address = call.address;
	}
	sample->calls = weight->calls;
	sample->asleep_ns = weight->asleep_ns;
	read_registers(sample, regs);
	read_stack(sample, regs->sp);
	read_python(sample, task);
	bpf_ringbuf_submit(sample, BPF_RB_NO_WAKEUP);
	loss->samples++;
	loss->sample_ns += bpf_ktime_get_ns() - began;
	return 0;
}

/* As a call returns that is a futex call or has slept. */
static __always_inline void sample_call(struct pt_regs *regs, struct thread_state *state,
					__u32 bank, __u64 now, long ret)
{
	struct weight weight = {};
	__u32 first = 0;
	struct cpu_samplers *cpu = bpf_map_lookup_elem(&samplers, &first);

	if (!cpu)
		return;
	if (is_futex(state->cell))
		weight.calls = pass_call(cpu, now);
	if (state->blocked_in_call_ns) {
		begin_slice(&cpu->time, now);
		cpu->asleep_ns += state->blocked_in_call_ns;
		if (cpu->asleep_ns >= LEAST_ASLEEP_NS << (cpu->time.shift & 31)) {
			weight.asleep_ns = cpu->asleep_ns;
			cpu->asleep_ns = 0;
			note_taken(&cpu->time);
		}
	}
	if (weight.calls || weight.asleep_ns)
		take_sample(regs, state, bank, &weight, ret);
}
