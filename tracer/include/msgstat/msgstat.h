/* msgstat in process, for C and for whatever can call C: what a piece of work cost, in events and
 * system calls, per unit.
 *
 *   msgstat_collector *collector = msgstat_new(0, NULL);
 *   if (!collector || msgstat_open(collector) != 0) die(msgstat_error());
 *   for (int i = 0; i < requests; ++i) serve();
 *   msgstat_window *window = msgstat_close(collector);
 *   printf("%.3f receives a request\n", (double)msgstat_calls(window, "recvfrom") / requests);
 *
 * A collector is used by one thread at a time; a window is a value, for any thread. Both are freed
 * by whoever got them. Strings belong to what they were got from, and live as long. A function
 * that fails returns NULL or -1, and msgstat_error() of the same thread says why in one line.
 * Link with -lmsgstat; in CMake, find_package(msgstat) and the target msgstat::msgstat. */
#ifndef MSGSTAT_H
#define MSGSTAT_H

#include <stddef.h>
#include <stdint.h>

#define MSGSTAT_API_C __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

/* NOLINTBEGIN(readability-identifier-naming): named as C libraries are */

typedef struct msgstat_collector msgstat_collector;
typedef struct msgstat_window msgstat_window;

/* One perf event of a window. */
struct msgstat_event {
  const char* name;
  int state;          /* one of enum msgstat_state */
  double value;       /* when it was counted or scaled */
  const char* unit;   /* "ns" for clocks, else "" */
  double running;     /* the part of the time for which it was counted, 0 to 1 */
  const char* reason; /* why there is no value, else "" */
};

enum msgstat_state {
  MSGSTAT_COUNTED,
  MSGSTAT_SCALED,
  MSGSTAT_NOT_COUNTED,
  MSGSTAT_NOT_SUPPORTED,
  MSGSTAT_NOT_PERMITTED,
};

/* One system call of a window. */
struct msgstat_syscall {
  const char* name; /* "futex"; by the 32-bit interface "compat32:futex" */
  uint64_t calls;
  uint64_t errors;    /* of them, those that returned an errno */
  size_t error_kinds; /* how many errnos msgstat_syscall_error() gives */
};

/* Units of one kind, of a window that was asked for them. */
struct msgstat_units {
  const char* expression; /* as asked for */
  int is_counted;         /* 0: `reason` says why they were not */
  uint64_t count;
  const char* source; /* what counts them: "tracepoint sock:sock_recv_length, with data" */
  const char* reason;
};

/* Time in one system call, of the calls that were timed: those whose entry was seen. Percentiles
 * are within 1.6 %. */
struct msgstat_time {
  uint64_t calls;
  uint64_t total_ns;
  double p50_ns;
  double p90_ns;
  double p99_ns;
  double p99_9_ns;
  uint64_t max_ns;
};

/* The last error of the calling thread as one line, "" when there was none. */
MSGSTAT_API_C const char* msgstat_error(void);

/* Measures process `pid` with its threads and children; 0: this one. `events`: names with commas
 * between, as perf has them; NULL for the default eight. */
MSGSTAT_API_C msgstat_collector* msgstat_new(int pid, const char* events);

enum msgstat_level {
  MSGSTAT_LEVEL_COUNTS,  /* calls and errors */
  MSGSTAT_LEVEL_LATENCY, /* and the time in each system call */
};

/* All that can be asked for. A field that is 0 or NULL is as if it were not there. */
struct msgstat_options {
  int pid;                  /* 0: this process */
  const char* events;       /* as above */
  const char* const* units; /* to be counted, "sock:recv" (msgstat list units); ends with NULL */
  int level;                /* one of enum msgstat_level */
};
MSGSTAT_API_C msgstat_collector* msgstat_new_with(const struct msgstat_options* options);
MSGSTAT_API_C void msgstat_free(msgstat_collector* collector);

/* Opens a window; 0, or -1. */
MSGSTAT_API_C int msgstat_open(msgstat_collector* collector);
/* Closes the window and opens the next at the same instant. */
MSGSTAT_API_C msgstat_window* msgstat_lap(msgstat_collector* collector);
MSGSTAT_API_C msgstat_window* msgstat_close(msgstat_collector* collector);
MSGSTAT_API_C void msgstat_window_free(msgstat_window* window);

MSGSTAT_API_C double msgstat_seconds(const msgstat_window* window);
MSGSTAT_API_C double msgstat_user_seconds(const msgstat_window* window);
MSGSTAT_API_C double msgstat_system_seconds(const msgstat_window* window);

MSGSTAT_API_C size_t msgstat_event_count(const msgstat_window* window);
/* 0, or -1 when `index` is too high; as in what follows. */
MSGSTAT_API_C int msgstat_event_at(const msgstat_window* window, size_t index,
                                   struct msgstat_event* event);

/* Why no system call was counted, or NULL when they were. */
MSGSTAT_API_C const char* msgstat_syscalls_reason(const msgstat_window* window);
MSGSTAT_API_C size_t msgstat_syscall_count(const msgstat_window* window);
MSGSTAT_API_C int msgstat_syscall_at(const msgstat_window* window, size_t index,
                                     struct msgstat_syscall* syscall);
MSGSTAT_API_C int msgstat_syscall_error(const msgstat_window* window, size_t syscall, size_t index,
                                        int* error, uint64_t* calls);
/* Calls of that name; -1 when system calls were not counted. */
MSGSTAT_API_C int64_t msgstat_calls(const msgstat_window* window, const char* name);
/* -1 besides when the window is not of level latency. */
MSGSTAT_API_C int msgstat_syscall_time(const msgstat_window* window, size_t syscall,
                                       struct msgstat_time* time);

/* In the order in which they were asked for. */
MSGSTAT_API_C size_t msgstat_unit_count(const msgstat_window* window);
MSGSTAT_API_C int msgstat_unit_at(const msgstat_window* window, size_t index,
                                  struct msgstat_units* units);
/* Units of that expression; -1 when they were not counted. */
MSGSTAT_API_C int64_t msgstat_units_of(const msgstat_window* window, const char* expression);

/* What the counts cannot see, as sentences. */
MSGSTAT_API_C size_t msgstat_blind_spot_count(const msgstat_window* window);
MSGSTAT_API_C const char* msgstat_blind_spot_at(const msgstat_window* window, size_t index);

/* NOLINTEND(readability-identifier-naming) */

#ifdef __cplusplus
}
#endif

#endif
