// Calls out of the ordinary: by other interfaces, without number, without return, without call.
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/io_uring.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>

#include "tests/kernel/programs/actor.h"

static void on_signal(int number) { (void)number; }

// signals N: N tgkill, each with its rt_sigreturn; 1 getpid, 1 gettid, 1 rt_sigaction.
static void act_signals(const struct command* command) {
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGUSR1, &action, NULL);
  const long pid = raw0(SYS_getpid);
  const long tid = raw0(SYS_gettid);
  for (long i = 0; i < command->word[0]; ++i) raw3(SYS_tgkill, pid, tid, SIGUSR1);
}

// interrupted N: N times a ppoll that a signal ends, which comes in it at the earliest: 1 ppoll of
// EINTR (the kernel's ERESTARTNOHAND), 1 rt_sigreturn, 1 timer_settime; 2 rt_sigprocmask, 1
// rt_sigaction, 1 timer_create, 1 timer_delete.
static void act_interrupted(const struct command* command) {
  struct sigaction action = {.sa_handler = on_signal};
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  struct itimerspec once = {.it_value.tv_nsec = 2000000};
  const unsigned long none = 0;
  const unsigned long blocked = 1UL << (SIGUSR1 - 1);
  int timer = 0;
  sigaction(SIGUSR1, &action, NULL);
  raw6(SYS_rt_sigprocmask, SIG_BLOCK, (long)&blocked, 0, sizeof blocked, 0, 0);
  raw3(SYS_timer_create, 1, (long)&event, (long)&timer);
  for (long i = 0; i < command->word[0]; ++i) {
    raw6(SYS_timer_settime, timer, 0, (long)&once, 0, 0, 0);
    raw6(SYS_ppoll, 0, 0, 0, (long)&none, sizeof none, 0);
  }
  raw3(SYS_timer_delete, timer, 0, 0);
  raw6(SYS_rt_sigprocmask, SIG_UNBLOCK, (long)&blocked, 0, sizeof blocked, 0, 0);
}

#if defined(__x86_64__)
static long call32(int number, int argument) {
  long result;
  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"((long)number), "b"((long)argument)
                   : "memory", "r8", "r9", "r10", "r11");
  return result;
}

// compat N: N calls of i386 getppid (64) and N of i386 close (6), which fail with EBADF.
static void act_compat(const struct command* command) {
  for (long i = 0; i < command->word[0]; ++i) {
    call32(64, 0);
    call32(6, -1);
  }
}
#else
static void act_compat(const struct command* command) { (void)command; }
#endif

// uring N: N io_uring_enter of one NOP each; 1 io_uring_setup, 3 mmap, 3 munmap, 1 close.
static void act_uring(const struct command* command) {
  struct io_uring_params params = {0};
  const long fd = raw3(SYS_io_uring_setup, 4, (long)&params, 0);
  if (fd < 0) die("io_uring_setup");
  const size_t submit_bytes = params.sq_off.array + params.sq_entries * sizeof(unsigned);
  const size_t complete_bytes =
      params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
  const size_t entry_bytes = params.sq_entries * sizeof(struct io_uring_sqe);
  const int protection = PROT_READ | PROT_WRITE;
  char* submit =
      (char*)raw6(SYS_mmap, 0, (long)submit_bytes, protection, MAP_SHARED, fd, IORING_OFF_SQ_RING);
  char* complete = (char*)raw6(SYS_mmap, 0, (long)complete_bytes, protection, MAP_SHARED, fd,
                               IORING_OFF_CQ_RING);
  struct io_uring_sqe* entries = (struct io_uring_sqe*)raw6(
      SYS_mmap, 0, (long)entry_bytes, protection, MAP_SHARED, fd, IORING_OFF_SQES);
  _Atomic unsigned* submit_tail = (_Atomic unsigned*)(submit + params.sq_off.tail);
  _Atomic unsigned* complete_head = (_Atomic unsigned*)(complete + params.cq_off.head);
  unsigned* order = (unsigned*)(submit + params.sq_off.array);
  entries[0] = (struct io_uring_sqe){.opcode = IORING_OP_NOP};
  for (long i = 0; i < command->word[0]; ++i) {
    order[atomic_load(submit_tail) & (params.sq_entries - 1)] = 0;
    atomic_fetch_add(submit_tail, 1);
    if (raw6(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, 0, 0) != 1)
      die("io_uring_enter");
    atomic_fetch_add(complete_head, 1);
  }
  raw3(SYS_munmap, (long)submit, (long)submit_bytes, 0);
  raw3(SYS_munmap, (long)complete, (long)complete_bytes, 0);
  raw3(SYS_munmap, (long)entries, (long)entry_bytes, 0);
  raw3(SYS_close, fd, 0, 0);
}

// restrict: from here on a call whose number is in 400…410 returns as errno what its first
// argument says; 2 prctl.
static void act_restrict(const struct command* command) {
  (void)command;
  struct sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 400, 0, 4),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 410, 3, 0),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
      BPF_STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO),
      BPF_STMT(BPF_RET | BPF_A, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog filter = {.len = sizeof program / sizeof *program, .filter = program};
  raw6(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0);
  if (raw6(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, (long)&filter, 0, 0, 0) != 0)
    die("seccomp");
}

// errnos FIRST LAST: after restrict, each errno 1…4095 once from each number FIRST…LAST.
static void act_errnos(const struct command* command) {
  for (long number = command->word[0]; number <= command->word[1]; ++number)
    for (long error = 1; error < 4096; ++error) raw3(number, error, 0, 0);
}

const struct entry odd_actions[] = {{"signals", act_signals},
                                    {"interrupted", act_interrupted},
                                    {"compat", act_compat},
                                    {"uring", act_uring},
                                    {"restrict", act_restrict},
                                    {"errnos", act_errnos},
                                    {NULL, NULL}};
