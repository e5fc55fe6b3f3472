/* example CALLS: what CALLS calls of getppid cost this process, in C.
 *   cc example.c -lmsgstat -o example */
#include <msgstat/msgstat.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fail(void) {
  fprintf(stderr, "%s\n", msgstat_error());
  return 1;
}

int main(int argc, char** argv) {
  const int requests = argc > 1 ? atoi(argv[1]) : 1000;
  msgstat_collector* collector = msgstat_new(0, "task-clock,page-faults");
  if (!collector || msgstat_open(collector) != 0) return fail();
  for (int i = 0; i < requests; ++i) syscall(SYS_getppid);
  msgstat_window* window = msgstat_close(collector);
  if (!window) return fail();

  struct msgstat_syscall call;
  for (size_t i = 0; msgstat_syscall_at(window, i, &call) == 0; ++i)
    printf("%-12s %8llu  %.3f a request\n", call.name, (unsigned long long)call.calls,
           (double)call.calls / requests);
  struct msgstat_event event;
  for (size_t i = 0; msgstat_event_at(window, i, &event) == 0; ++i)
    if (event.state <= MSGSTAT_SCALED)
      printf("%-12s %8.0f  %.3f a request\n", event.name, event.value, event.value / requests);
    else
      printf("%-12s not counted: %s\n", event.name, event.reason);
  if (msgstat_syscalls_reason(window)) printf("no calls: %s\n", msgstat_syscalls_reason(window));
  msgstat_window_free(window);
  msgstat_free(collector);
  return 0;
}
