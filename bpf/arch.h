/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What differs by architecture: where a call's number is, and which table it counts in. */
#pragma once

#include "abi.h"
#include "kernel.h"

struct call_id {
	int number; /* -1: the kernel forgot it, as rt_sigreturn makes it do; or it was given so */
	__u32 abi;
};

#if defined(__TARGET_ARCH_x86)

#define TS_COMPAT 0x0002 /* arch/x86/include/asm/thread_info.h */
#define X32_SYSCALL_BIT 0x40000000
#define NR_CLONE 56
#define NR_FORK 57
#define NR_VFORK 58
#define NR_CLONE3 435
#define NR_EXIT 60
#define NR_EXIT_GROUP 231
#define NR_RT_SIGRETURN 15
#define NR_FUTEX 202
#define NR_COMPAT_FORK 2
#define NR_COMPAT_CLONE 120
#define NR_COMPAT_VFORK 190
#define NR_COMPAT_EXIT 1
#define NR_COMPAT_EXIT_GROUP 252
#define NR_COMPAT_RT_SIGRETURN 173
#define NR_COMPAT_FUTEX 240
#define NR_SCHED_YIELD 24
#define NR_READ 0
#define NR_READV 19
#define NR_RECVFROM 45
#define NR_RECVMSG 47
#define NR_RECVMMSG 299
#define NR_WRITE 1
#define NR_WRITEV 20
#define NR_SENDTO 44
#define NR_SENDMSG 46
#define NR_SENDMMSG 307

static __always_inline struct call_id read_call(struct task_struct *task, struct pt_regs *regs)
{
	/* The low half is the number: do_syscall_64(), arch/x86/entry/syscall_64.c. */
	struct call_id call = { .number = (int)regs->orig_ax, .abi = ABI_NATIVE };

	if (task->thread_info.status & TS_COMPAT) {
		call.abi = ABI_COMPAT32;
	} else if (call.number >= X32_SYSCALL_BIT) {
		call.abi = ABI_X32;
		call.number &= ~X32_SYSCALL_BIT;
	}
	return call;
}

/* The first three arguments, as they were at the entry, also when the call returns. */
static __always_inline __u64 argument_0(struct pt_regs *regs)
{
	return regs->di;
}
static __always_inline __u64 argument_1(struct pt_regs *regs)
{
	return regs->si;
}
static __always_inline __u64 argument_2(struct pt_regs *regs)
{
	return regs->dx;
}
static __always_inline __u64 argument_3(struct pt_regs *regs)
{
	return regs->r10;
}

/* DWARF numbers: System V ABI, AMD64 supplement, figure 3.36. Those that a call preserves. */
static __always_inline void read_registers(struct stack_sample *sample, struct pt_regs *regs)
{
	__builtin_memset(sample->registers, 0, sizeof(sample->registers));
	sample->registers[3] = regs->bx;
	sample->registers[6] = regs->bp;
	sample->registers[7] = regs->sp;
	sample->registers[12] = regs->r12;
	sample->registers[13] = regs->r13;
	sample->registers[14] = regs->r14;
	sample->registers[15] = regs->r15;
	sample->registers[REGISTER_PC] = regs->ip;
}

/* pthread_self() of glibc, as long as nobody writes it past the kernel (WRFSBASE). */
static __always_inline __u64 thread_pointer(struct task_struct *task)
{
	return task->thread.fsbase;
}

#elif defined(__TARGET_ARCH_arm64)

#define TIF_32BIT 22 /* arch/arm64/include/asm/thread_info.h */
#define NR_CLONE 220
#define NR_FORK -2
#define NR_VFORK -2
#define NR_CLONE3 435
#define NR_EXIT 93
#define NR_EXIT_GROUP 94
#define NR_RT_SIGRETURN 139
#define NR_FUTEX 98
#define NR_COMPAT_FORK 2
#define NR_COMPAT_CLONE 120
#define NR_COMPAT_VFORK 190
#define NR_COMPAT_EXIT 1
#define NR_COMPAT_EXIT_GROUP 248
#define NR_COMPAT_RT_SIGRETURN 173
#define NR_COMPAT_FUTEX 240
#define NR_SCHED_YIELD 124
#define NR_READ 63
#define NR_READV 65
#define NR_RECVFROM 207
#define NR_RECVMSG 212
#define NR_RECVMMSG 243
#define NR_WRITE 64
#define NR_WRITEV 66
#define NR_SENDTO 206
#define NR_SENDMSG 211
#define NR_SENDMMSG 269

static __always_inline struct call_id read_call(struct task_struct *task, struct pt_regs *regs)
{
	struct call_id call = { .number = regs->syscallno, .abi = ABI_NATIVE };

	if (task->thread_info.flags & (1UL << TIF_32BIT))
		call.abi = ABI_COMPAT32;
	return call;
}

/* The first three arguments, as they were at the entry: the result takes the place of regs[0]. */
static __always_inline __u64 argument_0(struct pt_regs *regs)
{
	return regs->orig_x0;
}
static __always_inline __u64 argument_1(struct pt_regs *regs)
{
	return regs->regs[1];
}
static __always_inline __u64 argument_2(struct pt_regs *regs)
{
	return regs->regs[2];
}
static __always_inline __u64 argument_3(struct pt_regs *regs)
{
	return regs->regs[3];
}

/* DWARF numbers are the registers' own; 31 is the stack pointer. */
static __always_inline void read_registers(struct stack_sample *sample, struct pt_regs *regs)
{
#pragma unroll
	for (int i = 0; i < 31; i++)
		sample->registers[i] = regs->regs[i];
	sample->registers[31] = regs->sp;
	sample->registers[REGISTER_PC] = regs->pc;
}

/* It is in a register that the kernel saves at a switch only. */
static __always_inline __u64 thread_pointer(struct task_struct *task)
{
	return 0;
}

#else
#error "no syscall numbers for this architecture"
#endif

/* Calls whose return is also seen, as 0, in the new task: kernel_clone(), ret_from_fork(). */
static __always_inline bool makes_task(struct call_id call)
{
	if (call.abi == ABI_COMPAT32)
		return call.number == NR_COMPAT_CLONE || call.number == NR_COMPAT_FORK ||
		       call.number == NR_COMPAT_VFORK || call.number == NR_CLONE3;
	return call.number == NR_CLONE || call.number == NR_CLONE3 || call.number == NR_FORK ||
	       call.number == NR_VFORK;
}

#define NR_COMPAT_FUTEX_TIME64 422
#define NR_FUTEX_WAITV 449 /* the same on all architectures from here on */
#define NR_FUTEX_WAKE 454
#define NR_FUTEX_WAIT 455
#define NR_FUTEX_REQUEUE 456

static __always_inline bool is_late_futex(__u32 number)
{
	return number == NR_FUTEX_WAITV || (number >= NR_FUTEX_WAKE && number <= NR_FUTEX_REQUEUE);
}

/* By another ABI than the native. */
static __always_inline bool is_foreign_futex(struct call_id call)
{
	if (call.abi == ABI_COMPAT32)
		return call.number == NR_COMPAT_FUTEX || call.number == NR_COMPAT_FUTEX_TIME64 ||
		       is_late_futex(call.number);
	return call.abi == ABI_X32 && (call.number == NR_FUTEX || is_late_futex(call.number));
}

/* Calls that never return. */
static __always_inline bool ends_task(struct call_id call)
{
	if (call.abi == ABI_COMPAT32)
		return call.number == NR_COMPAT_EXIT || call.number == NR_COMPAT_EXIT_GROUP;
	return call.number == NR_EXIT || call.number == NR_EXIT_GROUP;
}

static __always_inline int rt_sigreturn_number(__u32 abi)
{
	return abi == ABI_COMPAT32 ? NR_COMPAT_RT_SIGRETURN : NR_RT_SIGRETURN;
}
