/*
 * Programs that use one lock each in a known way: locks MODE. Prints "ready", waits for a line,
 * works, prints what it knows of itself as "NAME VALUE ..." in one line, and waits for the end of
 * its input.
 */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { kThreads = 4, kRounds = 997 };

pthread_mutex_t convoy_mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t pi_mutex;
pthread_cond_t ping_condition = PTHREAD_COND_INITIALIZER;
pthread_mutex_t ping_mutex = PTHREAD_MUTEX_INITIALIZER;
sem_t pool_semaphore;
pthread_barrier_t round_barrier;
uint32_t spin_word = 7;
uint32_t herd_word;
static pthread_mutex_t* heap_mutex;
static int ping_turn;
static uint64_t woken_in_all, waits_changed;

static long futex(uint32_t* word, int operation, uint32_t value) {
  return syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

static void pause_us(long us) {
  const struct timespec time = {.tv_nsec = us * 1000};
  nanosleep(&time, NULL);
}

/* Sleeps with the lock held, so that the others must wait, on any number of CPUs. */
static void* hold(void* lock) {
  for (int i = 0; i < kRounds / kThreads; i++) {
    pthread_mutex_lock(lock);
    pause_us(100);
    pthread_mutex_unlock(lock);
  }
  return NULL;
}

/* As fast as it can until the program is killed. */
static void* wake_nobody(void* unused) {
  (void)unused;
  for (;;) futex(&spin_word, FUTEX_WAKE, 1);
  return NULL;
}

/* Signals without the mutex, for which the other would wait as it wakes. */
static void* play(void* side) {
  const int mine = side != NULL;
  for (int i = 0; i < kRounds; i++) {
    pthread_mutex_lock(&ping_mutex);
    while (ping_turn != mine) pthread_cond_wait(&ping_condition, &ping_mutex);
    ping_turn = !mine;
    pthread_mutex_unlock(&ping_mutex);
    pthread_cond_signal(&ping_condition);
  }
  return NULL;
}

static void* take_unit(void* unused) {
  (void)unused;
  for (int i = 0; i < kRounds / kThreads; i++) {
    sem_wait(&pool_semaphore);
    pause_us(100);
    sem_post(&pool_semaphore);
  }
  return NULL;
}

static void* meet(void* unused) {
  (void)unused;
  for (int i = 0; i < kRounds / kThreads; i++) pthread_barrier_wait(&round_barrier);
  return NULL;
}

/* The word never holds 8: each wait comes back with EAGAIN at once. */
static void* spin(void* unused) {
  (void)unused;
  for (int i = 0; i < kRounds; i++)
    if (futex(&spin_word, FUTEX_WAIT, 8) == -1 && errno == EAGAIN)
      __atomic_add_fetch(&waits_changed, 1, __ATOMIC_RELAXED);
  return NULL;
}

static void* follow(void* unused) {
  (void)unused;
  for (uint32_t seen = 0; seen < kRounds / kThreads;) {
    while (__atomic_load_n(&herd_word, __ATOMIC_ACQUIRE) == seen)
      futex(&herd_word, FUTEX_WAIT, seen);
    seen = __atomic_load_n(&herd_word, __ATOMIC_ACQUIRE);
  }
  return NULL;
}

__attribute__((noinline)) static void drive_herd(void) {
  for (int i = 0; i < kRounds / kThreads; i++) {
    pause_us(500);
    __atomic_add_fetch(&herd_word, 1, __ATOMIC_RELEASE);
    const long woken = futex(&herd_word, FUTEX_WAKE, INT32_MAX);
    if (woken > 0) woken_in_all += woken;
  }
}

/* Workers that wait for work, of which there is hardly any. */
static void* wait_for_work(void* unused) {
  (void)unused;
  sem_wait(&pool_semaphore);
  return NULL;
}

__attribute__((noinline)) static void drive_idle(void) {
  pause_us(300000);
  for (int i = 0; i < kThreads; i++) sem_post(&pool_semaphore);
  pause_us(1); /* so that the last call is no jump */
}

struct mode {
  const char* name;
  void* (*work)(void*);
  void** argument;
  void (*drive)(void);
  int threads;
};

int main(int argc, char** argv) {
  void* convoy = &convoy_mutex;
  void* none = NULL;
  heap_mutex = calloc(1, sizeof *heap_mutex);
  pthread_mutex_init(heap_mutex, NULL);
  void* heap = heap_mutex;
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
  pthread_mutex_init(&pi_mutex, &attributes);
  void* pi = &pi_mutex;
  const struct mode modes[] = {
      {"convoy", hold, &convoy, NULL, kThreads},
      {"heap", hold, &heap, NULL, kThreads},
      {"pi", hold, &pi, NULL, kThreads},
      {"pingpong", play, &none, NULL, 2},
      {"semaphore", take_unit, &none, NULL, kThreads},
      {"barrier", meet, &none, NULL, kThreads},
      {"endless", wake_nobody, &none, NULL, 2},
      {"eagain", spin, &none, NULL, kThreads},
      {"herd", follow, &none, drive_herd, kThreads},
      {"idle", wait_for_work, &none, drive_idle, kThreads},
  };
  const struct mode* mode = NULL;
  for (size_t i = 0; argc == 2 && i < sizeof modes / sizeof *modes; i++)
    if (strcmp(argv[1], modes[i].name) == 0) mode = &modes[i];
  if (mode == NULL) return 2;
  sem_init(&pool_semaphore, 0, strcmp(mode->name, "semaphore") == 0 ? 1 : 0);
  pthread_barrier_init(&round_barrier, NULL, kThreads);

  char line[64];
  puts("ready");
  fflush(stdout);
  if (fgets(line, sizeof line, stdin) == NULL) return 1;
  pthread_t threads[kThreads];
  for (int i = 0; i < mode->threads; i++) {
    void* argument = mode->work == play ? (i == 0 ? NULL : (void*)1) : *mode->argument;
    pthread_create(&threads[i], NULL, mode->work, argument);
  }
  if (mode->drive != NULL) mode->drive();
  for (int i = 0; i < mode->threads; i++) pthread_join(threads[i], NULL);
  printf("heap %lu changed %lu woken %lu\n", (unsigned long)(uintptr_t)heap_mutex,
         (unsigned long)waits_changed, (unsigned long)woken_in_all);
  fflush(stdout);
  while (fgets(line, sizeof line, stdin) != NULL) {
  }
  return 0;
}
