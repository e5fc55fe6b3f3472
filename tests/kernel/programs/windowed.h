// The work that windowed.c and windowed.cpp do in a window that they open on themselves, and what
// they say of it, as windowed.py does: for a window that is attached around it to say the same.
#pragma once

#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// Says that it is ready, and waits to be told to go on.
static inline void wait_for_word(const char* said) {
  char word = 0;
  printf("%s\n", said);
  fflush(stdout);
  while (read(0, &word, 1) == 1 && word != '\n') {
  }
}

static inline void work(const int* ends) {
  char byte = 0;
  for (int i = 0; i < 10007; ++i) syscall(SYS_getppid);
  for (int i = 0; i < 211; ++i) syscall(SYS_chdir, "/nonexistent");
  for (int i = 0; i < 101; ++i)
    if (write(ends[0], &byte, 1) != 1 || read(ends[1], &byte, 1) != 1) _exit(1);
  const struct timespec pause = {.tv_sec = 0, .tv_nsec = 20000000};
  for (int i = 0; i < 3; ++i) syscall(SYS_nanosleep, &pause, NULL);
}
