/* units MESSAGES: what a message costs that is sent and received, and the time in each call, in C.
 *   cc units.c -lmsgstat -o units */
#include <msgstat/msgstat.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail(void) {
  fprintf(stderr, "%s\n", msgstat_error());
  return 1;
}

int main(int argc, char** argv) {
  const int messages = argc > 1 ? atoi(argv[1]) : 1000;
  int ends[2];
  char byte = 0;
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 1;

  const char* const units[] = {"sock:recv", "syscall:write", NULL};
  const struct msgstat_options options = {.units = units, .level = MSGSTAT_LEVEL_LATENCY};
  msgstat_collector* collector = msgstat_new_with(&options);
  if (!collector || msgstat_open(collector) != 0) return fail();
  for (int i = 0; i < messages; ++i)
    if (write(ends[0], &byte, 1) != 1 || read(ends[1], &byte, 1) != 1) return 1;
  msgstat_window* window = msgstat_close(collector);
  if (!window) return fail();

  struct msgstat_units seen;
  for (size_t i = 0; msgstat_unit_at(window, i, &seen) == 0; ++i)
    if (seen.is_counted)
      printf("%s: %llu, by %s\n", seen.expression, (unsigned long long)seen.count, seen.source);
    else
      printf("%s: not counted: %s\n", seen.expression, seen.reason);
  const int64_t received = msgstat_units_of(window, "sock:recv");
  if (received <= 0) return fail();
  struct msgstat_syscall call;
  struct msgstat_time time;
  for (size_t i = 0; msgstat_syscall_at(window, i, &call) == 0; ++i)
    if (msgstat_syscall_time(window, i, &time) == 0)
      printf("%s %.3f a message, p50 %.0f ns, p99 %.0f ns\n", call.name,
             (double)call.calls / (double)received, time.p50_ns, time.p99_ns);
  msgstat_window_free(window);
  msgstat_free(collector);
  return 0;
}
