/*
 * Futex operations that glibc makes seldom or never, each a known number of times, on a word of its
 * own. Prints "ready", waits for a line, calls, prints how often it did what as "NAME VALUE ..." in
 * one line, and waits for the end of its input. What the kernel does not have is called once, and
 * printed so, or not at all.
 */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif
enum { kFutexWake = 454, kFutexWait = 455, kFutexRequeue = 456, kU32Private = 2 | 128 };

uint32_t pi_word, requeue_word, requeue_other, wake_op_word, wake_op_other;
uint32_t waitv_first, waitv_second, new_word, new_other;

static long futex(uint32_t* word, int operation, uint32_t value, uintptr_t value2, uint32_t* other,
                  uint32_t value3) {
  return syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, value2, other, value3);
}

static void lock_pi(void) {
  int locked = 0, unlocked = 0, refused = 0;
  for (int i = 0; i < 101; i++)
    locked += futex(&pi_word, FUTEX_LOCK_PI, 0, 0, NULL, 0) == 0 &&
              futex(&pi_word, FUTEX_UNLOCK_PI, 0, 0, NULL, 0) == 0;
  unlocked = locked;
  /* Not ours any more. */
  for (int i = 0; i < 7; i++) refused += futex(&pi_word, FUTEX_UNLOCK_PI, 0, 0, NULL, 0) == -1;
  printf("LOCK_PI %d UNLOCK_PI %d ", locked, unlocked + refused);
}

static void* sleep_on_requeue_word(void* unused) {
  (void)unused;
  /* Woken on the other word, to which it was moved. */
  futex(&requeue_word, FUTEX_WAIT, 0, 0, NULL, 0);
  return NULL;
}

static void pause_ms(long ms) {
  const struct timespec time = {.tv_nsec = ms * 1000000};
  nanosleep(&time, NULL);
}

static void requeue(void) {
  int done = 0, compared = 0, changed = 0;
  for (int i = 0; i < 103; i++)
    done += futex(&requeue_word, FUTEX_REQUEUE, 1, 1, &requeue_other, 0) == 0;
  for (int i = 0; i < 11; i++)
    changed +=
        futex(&requeue_word, FUTEX_CMP_REQUEUE, 1, 1, &requeue_other, 5) == -1 && errno == EAGAIN;
  /* Three sleepers: one is woken and two are moved, then woken from where they are. */
  pthread_t threads[3];
  for (int i = 0; i < 3; i++) pthread_create(&threads[i], NULL, sleep_on_requeue_word, NULL);
  long moved = 0;
  while (moved < 3) {
    pause_ms(20);
    /* More and more as they fall asleep: those that are there are counted without being woken. */
    moved += futex(&requeue_word, FUTEX_CMP_REQUEUE, moved == 0, 3, &requeue_other, 0);
    compared++;
  }
  long woken = futex(&requeue_other, FUTEX_WAKE, INT32_MAX, 0, NULL, 0);
  for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
  printf("REQUEUE %d CMP_REQUEUE %d requeue_failed %d requeue_woken %ld ", done, compared + changed,
         changed, 3 - woken);
}

static void wake_op(void) {
  int done = 0;
  for (int i = 0; i < 107; i++)
    done += futex(&wake_op_word, FUTEX_WAKE_OP, 1, 1, &wake_op_other,
                  FUTEX_OP(FUTEX_OP_SET, 0, FUTEX_OP_CMP_EQ, 1)) == 0;
  printf("WAKE_OP %d ", done);
}

static long wait_on_two(uint32_t first, uint32_t second) {
  struct futex_waitv words[2] = {
      {.val = first, .uaddr = (uintptr_t)&waitv_first, .flags = FUTEX_32 | FUTEX_PRIVATE_FLAG},
      {.val = second, .uaddr = (uintptr_t)&waitv_second, .flags = FUTEX_32 | FUTEX_PRIVATE_FLAG}};
  return syscall(SYS_futex_waitv, words, 2, 0, NULL, 0);
}

static void* sleep_on_two(void* unused) {
  (void)unused;
  return (void*)(wait_on_two(0, 0) + 1);
}

static void waitv(void) {
  int changed = 0, woken = 0;
  if (wait_on_two(1, 0) == -1 && errno == ENOSYS) return;
  changed++;
  for (int i = 1; i < 109; i++) changed += wait_on_two(1, 0) == -1 && errno == EAGAIN;
  for (int i = 0; i < 3; i++) {
    pthread_t thread;
    void* index = NULL;
    pthread_create(&thread, NULL, sleep_on_two, NULL);
    while (futex(&waitv_second, FUTEX_WAKE, 1, 0, NULL, 0) == 0) pause_ms(1);
    pthread_join(thread, &index);
    woken += index == (void*)2;
  }
  printf("waitv_changed %d waitv_woken %d ", changed, woken);
}

static void new_calls(void) {
  if (syscall(kFutexWake, &new_word, 0xffffffffUL, 1, kU32Private) == -1 && errno == ENOSYS) {
    printf("futex_wake 1 ");
    return;
  }
  int woke = 1, changed = 0, moved = 0;
  for (int i = 1; i < 113; i++)
    woke += syscall(kFutexWake, &new_word, 0xffffffffUL, 1, kU32Private) == 0;
  for (int i = 0; i < 127; i++)
    changed += syscall(kFutexWait, &new_word, 5UL, 0xffffffffUL, kU32Private, NULL, 0) == -1 &&
               errno == EAGAIN;
  struct futex_waitv words[2] = {
      {.val = 0, .uaddr = (uintptr_t)&new_word, .flags = FUTEX_32 | FUTEX_PRIVATE_FLAG},
      {.val = 0, .uaddr = (uintptr_t)&new_other, .flags = FUTEX_32 | FUTEX_PRIVATE_FLAG}};
  for (int i = 0; i < 131; i++) moved += syscall(kFutexRequeue, words, 0, 1, 1) == 0;
  printf("futex_wake %d futex_wait %d futex_requeue %d ", woke, changed, moved);
}

/* The 32-bit interface from a program of 64 bits: a word below 4 GiB. */
static void foreign(void) {
#ifdef __x86_64__
  uint32_t* word =
      mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  if (word == MAP_FAILED) return;
  int done = 0;
  for (int i = 0; i < 137; i++) {
    long result = 240; /* futex */
    /* Such a call leaves nothing in r8 to r11. */
    __asm__ volatile("int $0x80"
                     : "+a"(result)
                     : "b"(word), "c"(FUTEX_WAKE | FUTEX_PRIVATE_FLAG), "d"(1), "S"(0), "D"(0)
                     : "memory", "r8", "r9", "r10", "r11");
    if (result == -ENOSYS) return;
    done += result == 0;
  }
  printf("foreign %d ", done);
#endif
}

int main(void) {
  char line[64];
  puts("ready");
  fflush(stdout);
  if (fgets(line, sizeof line, stdin) == NULL) return 1;
  lock_pi();
  requeue();
  wake_op();
  waitv();
  new_calls();
  foreign();
  puts("");
  fflush(stdout);
  while (fgets(line, sizeof line, stdin) != NULL) {
  }
  return 0;
}
