/*
 * A program that a thread other than the first executes anew, when the first has ended: so that
 * thread takes the first one's id. Prints "ready", waits for a line, does it after a nap, prints
 * "again", and waits for the end of its input.
 */
#include <pthread.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void* usurp(void* program) {
  const struct timespec nap = {.tv_nsec = 50000000};
  char* const arguments[] = {program, "again", NULL};
  nanosleep(&nap, NULL);
  execve(program, arguments, NULL);
  return NULL;
}

int main(int argc, char** argv) {
  char line[16];
  puts(argc > 1 ? argv[1] : "ready");
  fflush(stdout);
  if (fgets(line, sizeof line, stdin) == NULL || argc > 1) return 0;
  pthread_t thread;
  if (pthread_create(&thread, NULL, usurp, argv[0]) != 0) return 1;
  syscall(SYS_exit, 0);
}
