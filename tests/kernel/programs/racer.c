// Starts and ends threads and children as fast as it can: racer FILE.
//
// The file is shared memory (struct race). Every thread and child that finds `marked` set makes
// getsid calls and counts them there itself, so that who attaches in the midst of it and then sets
// `marked` can ask for each of them. Some are born before and wait for that. Prints "ready", and
// "done" once `stop` is set and all have ended.
#define _GNU_SOURCE
#include "tests/kernel/programs/racer.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kernel/programs/raw.h"

enum { kAtOnce = 24, kThreadsOfChild = 2, kWaiters = 4, kChildren = 8, kCalls = 3 };

static struct race* race;

static void mark(void) {
  for (int i = 0; i < kCalls; ++i) {
    raw0(SYS_getsid);
    atomic_fetch_add(&race->calls, 1);
  }
}

static void* run(void* waits) {
  while (waits != NULL && !atomic_load(&race->marked)) usleep(500);
  if (atomic_load(&race->marked)) mark();
  return NULL;
}

static void run_threads(int count, int waiters) {
  pthread_t threads[kAtOnce];
  for (int i = 0; i < count; ++i)
    if (pthread_create(&threads[i], NULL, run, i < waiters ? race : NULL) != 0) exit(1);
  for (int i = 0; i < count; ++i) pthread_join(threads[i], NULL);
}

static void bear(void) {
  const pid_t pid = fork();
  if (pid < 0) exit(1);
  if (pid > 0) return;
  run_threads(kThreadsOfChild, 0);
  run(NULL);
  _exit(0);
}

// One generation of threads waits for the mark while others come and go.
static void* wait_in_crowd(void* unused) {
  (void)unused;
  run_threads(kWaiters, kWaiters);
  return NULL;
}

int main(int argc, char** argv) {
  const int file = argc == 2 ? open(argv[1], O_RDWR) : -1;
  race = mmap(NULL, sizeof *race, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (race == MAP_FAILED) return 1;
  printf("ready\n");
  fflush(stdout);
  pthread_t crowd;
  pthread_create(&crowd, NULL, wait_in_crowd, NULL);
  for (int round = 0; !atomic_load(&race->stop); ++round) {
    for (int i = 0; i < kChildren; ++i) bear();
    run_threads(kAtOnce, 0);
    while (wait(NULL) > 0) {
    }
  }
  pthread_join(crowd, NULL);
  printf("done\n");
  return 0;
}
