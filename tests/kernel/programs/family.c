// Children, by every call that makes them.
#define _GNU_SOURCE
#include <linux/sched.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "tests/kernel/programs/actor.h"

enum { kCallsOfChild = 7 };

static void wait_for(long pid) {
  if (raw6(SYS_wait4, pid, 0, 0, 0, 0, 0) != pid) die("wait4");
}

static void be_child(void) {
  for (int i = 0; i < kCallsOfChild; ++i) raw0(SYS_getppid);
  raw3(SYS_exit_group, 0, 0, 0);
}

static long make_by_clone(void) { return raw6(SYS_clone, SIGCHLD, 0, 0, 0, 0, 0); }
static long make_by_clone3(void) {
  struct clone_args arguments = {.exit_signal = SIGCHLD};
  return raw3(SYS_clone3, (long)&arguments, sizeof arguments, 0);
}

static void make(long (*maker)(void), long count) {
  for (long i = 0; i < count; ++i) {
    const long pid = maker();
    if (pid == 0) be_child();
    if (pid < 0) die("fork");
    wait_for(pid);
  }
}

static long make_by_fork(void) { return fork(); }

// fork N is libc's: 1 clone and 1 set_robust_list (of the child) for each.
// clone N, clone3 N, vfork N: N children one after the other, of 7 getppid and 1 exit_group each;
// 1 call of that name and 1 wait4 for each.
static void act_fork(const struct command* command) { make(make_by_fork, command->word[0]); }
static void act_clone(const struct command* command) { make(make_by_clone, command->word[0]); }
static void act_clone3(const struct command* command) { make(make_by_clone3, command->word[0]); }
// The child shares our stack, so nothing but the call may stand between it and its end.
__attribute__((noinline)) static long make_by_vfork(void) {
  const pid_t pid = vfork();
  if (pid == 0) be_child();
  return pid;
}
static void act_vfork(const struct command* command) { make(make_by_vfork, command->word[0]); }

// generations N: a child that has a child that has a child …, N deep: 1 clone, 1 wait4, 7 getppid
// and 1 exit_group for each.
static void act_generations(const struct command* command) {
  long left = command->word[0];
  while (left-- > 0) {
    const long pid = make_by_clone();
    if (pid < 0) die("fork");
    if (pid > 0) {
      wait_for(pid);
      if (left + 1 == command->word[0]) return;
      be_child();
    }
  }
  be_child();
}

static int order[2];
static long waiting_child;

// bear: 1 child that waits for reap in a read. 1 pipe2, 1 clone, 1 close.
static void act_bear(const struct command* command) {
  char byte;
  (void)command;
  raw3(SYS_pipe2, (long)order, 0, 0);
  waiting_child = make_by_clone();
  if (waiting_child != 0) return;
  raw3(SYS_close, order[1], 0, 0);  // so that the child does not outlive us
  raw3(SYS_read, order[0], (long)&byte, 1);
  be_child();
}

// reap: 1 write, 1 wait4, 2 close; of the child 1 read that had begun before, 7 getppid, 1
// exit_group.
static void act_reap(const struct command* command) {
  char byte = 0;
  (void)command;
  raw3(SYS_write, order[1], (long)&byte, 1);
  wait_for(waiting_child);
  raw3(SYS_close, order[0], 0, 0);
  raw3(SYS_close, order[1], 0, 0);
}

// children-touch N PAGES: N children, one after the other, that touch so many pages each.
static void act_children_touch(const struct command* command) {
  for (long i = 0; i < command->word[0]; ++i) {
    const long pid = make_by_clone();
    if (pid == 0) {
      touch_pages(command->word[1]);
      be_child();
    }
    wait_for(pid);
  }
}

// execute PATH N: N children one after the other: 1 clone, 1 execve and 1 wait4 for each.
static void act_execute(const struct command* command) {
  for (long i = 0; i < command->word[1]; ++i) {
    const long pid = make_by_clone();
    if (pid == 0) {
      const char* arguments[] = {command->text, NULL};
      raw3(SYS_execve, (long)command->text, (long)arguments, 0);
      raw3(SYS_exit_group, 127, 0, 0);
    }
    if (pid < 0) die("fork");
    wait_for(pid);
  }
}

// become PATH: 1 execve, and no answer.
static void act_become(const struct command* command) {
  const char* arguments[] = {command->text, NULL};
  raw3(SYS_execve, (long)command->text, (long)arguments, 0);
  die("execve");
}

const struct entry family_actions[] = {{"fork", act_fork},
                                       {"clone", act_clone},
                                       {"clone3", act_clone3},
                                       {"vfork", act_vfork},
                                       {"generations", act_generations},
                                       {"execute", act_execute},
                                       {"become", act_become},
                                       {"bear", act_bear},
                                       {"reap", act_reap},
                                       {"children-touch", act_children_touch},
                                       {NULL, NULL}};
