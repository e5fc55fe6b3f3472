// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Units of work that the kernel can see. One object counts one unit: the loader loads one of the
 * programs, and the others not.
 */
#include "arch.h"
#include "target.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define MSG_PEEK 2 /* include/linux/socket.h */
#define S_IFMT 00170000
#define S_IFSOCK 0140000

/* [cpu][bank]; max_entries is set by the loader. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct unit_count);
} unit_counts SEC(".maps");

/* Programs of uprobes may be preempted, so the addition is atomic. */
static __always_inline void count(__u64 units)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct control *settings = control();
	struct unit_count *counter;
	__u32 row;

	if (!is_counted(settings, task))
		return;
	row = bpf_get_smp_processor_id() * BANKS + current_bank(settings);
	counter = bpf_map_lookup_elem(&unit_counts, &row);
	if (counter)
		__sync_fetch_and_add(&counter->count, units);
}

struct sock;

SEC("tp_btf/sock_recv_length")
int BPF_PROG(count_received, struct sock *sk, int ret, int flags)
{
	if (ret > 0 && !(flags & MSG_PEEK))
		count(1);
	return 0;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(count_sent, struct sock *sk, int ret, int flags)
{
	if (ret > 0)
		count(1);
	return 0;
}

/* Another thread may have closed the descriptor since, and opened another: it is asked too late. */
static __always_inline bool is_socket(struct task_struct *task, __u32 descriptor)
{
	struct fdtable *table = task->files->fdt;
	struct file **files, *file = 0;
	__u16 mode;

	if (descriptor >= table->max_fds)
		return false;
	files = table->fd;
	bpf_probe_read_kernel(&file, sizeof file, files + descriptor);
	mode = BPF_CORE_READ(file, f_inode, i_mode);
	return (mode & S_IFMT) == S_IFSOCK;
}

/* The number of a native call of the target that returned more than 0; of any other, -1. */
static __always_inline int read_fruitful(struct task_struct *task, struct pt_regs *regs, long ret)
{
	struct call_id call;

	if (ret <= 0 || !is_counted(control(), task))
		return -1;
	call = read_call(task, regs);
	return call.abi == ABI_NATIVE ? call.number : -1;
}

/* Before kernel 6.3 there is no sock_recv_length: successful calls, then, as they return. */
SEC("tp_btf/sys_exit")
int BPF_PROG(count_receiving_calls, struct pt_regs *regs, long ret)
{
	struct task_struct *task = bpf_get_current_task_btf();

	switch (read_fruitful(task, regs, ret)) {
	case NR_READ:
	case NR_READV:
		if (is_socket(task, argument_0(regs)))
			count(1);
		break;
	case NR_RECVFROM:
		if (!(argument_3(regs) & MSG_PEEK))
			count(1);
		break;
	case NR_RECVMSG:
		if (!(argument_2(regs) & MSG_PEEK))
			count(1);
		break;
	case NR_RECVMMSG:
		if (!(argument_3(regs) & MSG_PEEK))
			count(ret);
		break;
	}
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(count_sending_calls, struct pt_regs *regs, long ret)
{
	struct task_struct *task = bpf_get_current_task_btf();

	switch (read_fruitful(task, regs, ret)) {
	case NR_WRITE:
	case NR_WRITEV:
		if (is_socket(task, argument_0(regs)))
			count(1);
		break;
	case NR_SENDTO:
	case NR_SENDMSG:
		count(1);
		break;
	case NR_SENDMMSG:
		count(ret);
		break;
	}
	return 0;
}

/* Of any tracepoint: the loader says of which. */
SEC("tp_btf")
int count_typed_tracepoint(void *context)
{
	count(1);
	return 0;
}

SEC("tracepoint")
int count_tracepoint(void *context)
{
	count(1);
	return 0;
}

SEC("uprobe")
int count_uprobe(void *context)
{
	count(1);
	return 0;
}
