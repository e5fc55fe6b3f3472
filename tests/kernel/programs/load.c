// Work that perf events count.
#define _GNU_SOURCE
#include <stddef.h>
#include <sys/mman.h>
#include <time.h>

#include "tests/kernel/programs/actor.h"

static long cpu_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// spin MS: so many milliseconds of CPU time.
static void act_spin(const struct command* command) {
  const long end = cpu_ms() + command->word[0];
  while (cpu_ms() < end) {
    for (int i = 0; i < 10000; ++i) relax();
  }
}

void touch_pages(long count) {
  const long bytes = count * 4096;
  char* pages =
      (char*)raw6(SYS_mmap, 0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  raw3(SYS_madvise, (long)pages, bytes, MADV_NOHUGEPAGE);
  for (long i = 0; i < bytes; i += 4096) pages[i] = 1;
  raw3(SYS_munmap, (long)pages, bytes, 0);
}

// touch N: N pages.
static void act_touch(const struct command* command) { touch_pages(command->word[0]); }

// nap N: N times asleep for 100 microseconds: a voluntary context switch each.
static void act_nap(const struct command* command) {
  const struct timespec pause = {.tv_nsec = 100000};
  for (long i = 0; i < command->word[0]; ++i) raw3(SYS_nanosleep, (long)&pause, 0, 0);
}

// loop N: N times two instructions in user mode.
static void act_loop(const struct command* command) { loop(command->word[0]); }

const struct entry load_actions[] = {
    {"spin", act_spin}, {"touch", act_touch}, {"nap", act_nap}, {"loop", act_loop}, {NULL, NULL}};
