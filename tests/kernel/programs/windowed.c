// By the C interface.
#include "tests/kernel/programs/windowed.h"

#include <errno.h>
#include <string.h>

#include "tracer/include/msgstat/msgstat.h"

static int fail(void) {
  fprintf(stderr, "%s\n", msgstat_error());
  return 1;
}

int main(void) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 1;
  const char* const units[] = {"sock:recv", "syscall:getppid", NULL};
  const struct msgstat_options options = {
      .events = "task-clock", .units = units, .level = MSGSTAT_LEVEL_LATENCY};
  msgstat_collector* collector = msgstat_new_with(&options);
  if (!collector) return fail();
  wait_for_word("ready");
  if (msgstat_open(collector) != 0) return fail();
  work(ends);
  msgstat_window* window = msgstat_close(collector);
  if (!window) return fail();

  uint64_t missing = 0;
  uint64_t slept_ns = 0;
  uint64_t timed = 0;
  struct msgstat_syscall call;
  struct msgstat_time time;
  for (size_t i = 0; msgstat_syscall_at(window, i, &call) == 0; ++i) {
    int error = 0;
    uint64_t calls = 0;
    if (strcmp(call.name, "chdir") == 0)
      for (size_t j = 0; msgstat_syscall_error(window, i, j, &error, &calls) == 0; ++j)
        if (error == ENOENT) missing = calls;
    if (msgstat_syscall_time(window, i, &time) != 0) return fail();
    if (strcmp(call.name, "nanosleep") == 0) slept_ns = time.total_ns;
    if (strcmp(call.name, "getppid") == 0) timed = time.calls;
  }
  char said[256];
  snprintf(said, sizeof said, "%lld %lld %llu %lld %lld %llu %llu",
           (long long)msgstat_calls(window, "getppid"), (long long)msgstat_calls(window, "chdir"),
           (unsigned long long)missing, (long long)msgstat_units_of(window, "sock:recv"),
           (long long)msgstat_units_of(window, "syscall:getppid"), (unsigned long long)timed,
           (unsigned long long)slept_ns);
  wait_for_word(said);
  msgstat_window_free(window);
  msgstat_free(collector);
  return 0;
}
