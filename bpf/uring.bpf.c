// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Level `counts`: what the target hands to io_uring, by opcode.
 *
 * An entry is counted when the kernel takes it off the submission queue and
 * finds it well formed: io_submit_sqe(), io_uring/io_uring.c. The thread that
 * takes it is the one that called io_uring_enter or, with IORING_SETUP_SQPOLL,
 * one that the kernel made in the process that set up the ring.
 */
#include "target.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* [cpu][bank][opcode]; max_entries is set by the loader. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} entries SEC(".maps");

static __always_inline int count_entry(struct io_kiocb *request)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct control *settings = control();
	__u64 *count;
	__u32 row;

	if (!is_counted(settings, task))
		return 0;
	row = bpf_get_smp_processor_id() * BANKS + current_bank(settings);
	row = row * URING_OPCODES + request->opcode;
	count = bpf_map_lookup_elem(&entries, &row);
	if (count)
		(*count)++;
	return 0;
}

/* Since Linux 6.4. */
SEC("tp_btf/io_uring_submit_req")
int BPF_PROG(count_submitted, struct io_kiocb *request)
{
	return count_entry(request);
}

/* The same tracepoint from Linux 6.0 to 6.3. */
SEC("tp_btf/io_uring_submit_sqe")
int BPF_PROG(count_submitted_6_0, struct io_kiocb *request)
{
	return count_entry(request);
}
