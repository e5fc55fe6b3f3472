// Threads: those that wait for work, and those that live for seven calls.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "tests/kernel/programs/actor.h"

enum { kStackBytes = 16384, kCrewLimit = 64, kBatch = 50, kCallsOfStorm = 5 };

struct worker {
  char* stack;
  int order[2];   // a pipe: a byte is work, its end is the end
  int answer[2];  // a pipe: a byte is work done
  _Atomic int tid;
};

static struct worker crew[kCrewLimit];
static int crew_size;
static const struct command* work;

// 1 clone; and 1 exit at its end. Only raw calls are allowed in `body`: it has no TLS of its own.
static void start(struct worker* worker, int (*body)(void*)) {
  const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
                    CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
  if (clone(body, worker->stack + kStackBytes, flags, worker, &worker->tid, NULL, &worker->tid) < 0)
    die("clone");
}

// No system call: the kernel clears the word when the thread is off its stack.
static void join(struct worker* worker) {
  while (atomic_load(&worker->tid) != 0) relax();
}

// As join(), asleep: the kernel wakes the word that it clears.
static void join_asleep(struct worker* worker) {
  for (int tid = atomic_load(&worker->tid); tid != 0; tid = atomic_load(&worker->tid))
    raw6(SYS_futex, (long)&worker->tid, FUTEX_WAIT, tid, 0, 0, 0);
}

static int crew_body(void* argument) {
  struct worker* self = argument;
  char byte;
  while (raw3(SYS_read, self->order[0], (long)&byte, 1) == 1) {
    make_calls(work, 0);
    raw3(SYS_write, self->answer[1], (long)&byte, 1);
  }
  return 0;
}

// crew N: N threads more, each waiting in read. 2 pipe2, 1 mmap, 1 clone for each.
static void act_crew(const struct command* command) {
  for (long i = 0; i < command->word[0]; ++i) {
    if (crew_size == kCrewLimit) die("crew");
    struct worker* worker = &crew[crew_size++];
    raw3(SYS_pipe2, (long)worker->order, 0, 0);
    raw3(SYS_pipe2, (long)worker->answer, 0, 0);
    worker->stack = (char*)raw6(SYS_mmap, 0, kStackBytes, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    start(worker, crew_body);
  }
}

// work NUMBER COUNT …: by every thread of the crew. For each: 1 write and 1 read of the main
// thread; 1 read that had begun before, the calls, and 1 write of its own.
static void act_work(const struct command* command) {
  char byte = 0;
  work = command;
  for (int i = 0; i < crew_size; ++i) raw3(SYS_write, crew[i].order[1], (long)&byte, 1);
  for (int i = 0; i < crew_size; ++i) raw3(SYS_read, crew[i].answer[0], (long)&byte, 1);
}

// dismiss: the crew ends. For each: 5 calls of the main thread; 1 read and 1 exit of its own.
static void act_dismiss(const struct command* command) {
  (void)command;
  for (int i = 0; i < crew_size; ++i) {
    raw3(SYS_close, crew[i].order[1], 0, 0);
    join(&crew[i]);
    raw3(SYS_close, crew[i].order[0], 0, 0);
    raw3(SYS_close, crew[i].answer[0], 0, 0);
    raw3(SYS_close, crew[i].answer[1], 0, 0);
    raw3(SYS_munmap, (long)crew[i].stack, kStackBytes, 0);
  }
  crew_size = 0;
}

// leave: the main thread ends, and the crew stays. 1 exit, and no answer.
static void act_leave(const struct command* command) {
  (void)command;
  raw3(SYS_exit, 0, 0, 0);
}

static int storm_body(void* argument) {
  struct worker* self = argument;
  char byte = 0;
  for (int i = 0; i < kCallsOfStorm; ++i) raw0(SYS_getppid);
  raw3(SYS_write, self->answer[1], (long)&byte, 1);
  return 0;
}

// storm N: N threads, 50 at a time, of 7 calls each: 5 getppid, 1 write, 1 exit. The main thread
// makes 1 clone and 1 read for each, and 1 pipe2 and 2 close in all.
static void act_storm(const struct command* command) {
  static struct worker workers[kBatch];
  static char stacks[kBatch][kStackBytes] __attribute__((aligned(16)));
  int answer[2];
  char byte;
  raw3(SYS_pipe2, (long)answer, 0, 0);
  for (long done = 0; done < command->word[0]; done += kBatch) {
    for (int i = 0; i < kBatch; ++i) {
      workers[i].stack = stacks[i];
      workers[i].answer[1] = answer[1];
      start(&workers[i], storm_body);
    }
    for (int i = 0; i < kBatch; ++i) raw3(SYS_read, answer[0], (long)&byte, 1);
    for (int i = 0; i < kBatch; ++i) join(&workers[i]);
  }
  raw3(SYS_close, answer[0], 0, 0);
  raw3(SYS_close, answer[1], 0, 0);
}

static int touch_body(void* argument) {
  (void)argument;
  touch_pages(work->word[1]);
  return 0;
}

static int loop_body(void* argument) {
  (void)argument;
  loop(work->word[1]);
  return 0;
}

// word[0] threads, one after the other.
static void run_threads(const struct command* command, int (*body)(void*)) {
  static char stack[kStackBytes] __attribute__((aligned(16)));
  static struct worker worker = {.stack = stack};
  work = command;
  for (long i = 0; i < command->word[0]; ++i) {
    start(&worker, body);
    join_asleep(&worker);
  }
}

// threads-touch N PAGES: N threads that touch so many pages each.
static void act_threads_touch(const struct command* command) { run_threads(command, touch_body); }

// threads-loop N COUNT: N threads that loop so often each.
static void act_threads_loop(const struct command* command) { run_threads(command, loop_body); }

static int named_body(void* argument) {
  (void)argument;
  raw3(SYS_prctl, PR_SET_NAME, (long)work->text, 0);
  make_calls(work, 1);
  return 0;
}

// named NAME NUMBER COUNT …: a thread that calls itself so, makes the calls, and ends. Its own: 1
// prctl, the calls, 1 exit.
static void act_named(const struct command* command) {
  static char stack[kStackBytes] __attribute__((aligned(16)));
  static struct worker worker = {.stack = stack};
  work = command;
  start(&worker, named_body);
  join_asleep(&worker);
}

static int sleep_body(void* argument) {
  static int never;
  (void)argument;
  for (;;) raw6(SYS_futex, (long)&never, FUTEX_WAIT, 0, 0, 0, 0);
  return 0;
}

// herd N: N threads that sleep for ever, in futex. 1 mmap, and 1 clone for each.
static void act_herd(const struct command* command) {
  static struct worker worker;
  const long bytes = 4096;
  char* stacks = (char*)raw6(SYS_mmap, 0, command->word[0] * bytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  for (long i = 0; i < command->word[0]; ++i) {
    worker.stack = stacks + (i + 1) * bytes - kStackBytes;
    start(&worker, sleep_body);
  }
}

const struct entry thread_actions[] = {{"crew", act_crew},
                                       {"work", act_work},
                                       {"dismiss", act_dismiss},
                                       {"herd", act_herd},
                                       {"leave", act_leave},
                                       {"named", act_named},
                                       {"storm", act_storm},
                                       {"threads-touch", act_threads_touch},
                                       {"threads-loop", act_threads_loop},
                                       {NULL, NULL}};
