// What can be counted as units of work.
#define _GNU_SOURCE
#include <sys/sdt.h>
#include <sys/socket.h>

#include "tests/kernel/programs/actor.h"

// receive N: N messages over a socket pair, sent by sendto and write, received by recvfrom and read
// in turn; and with each, what is no message: a look at it (MSG_PEEK), a read that would block, and
// a byte through a pipe. 1 socketpair and 1 pipe2; for each 1 recvfrom, 1 read and 1 write more.
static void act_receive(const struct command* command) {
  int ends[2];
  int pipe[2];
  char bytes[8] = "message";
  raw6(SYS_socketpair, AF_UNIX, SOCK_DGRAM, 0, (long)ends, 0, 0);
  raw3(SYS_pipe2, (long)pipe, 0, 0);
  for (long i = 0; i < command->word[0]; ++i) {
    if (i % 2 == 0)
      raw6(SYS_sendto, ends[0], (long)bytes, sizeof bytes, 0, 0, 0);
    else
      raw3(SYS_write, ends[0], (long)bytes, sizeof bytes);
    raw6(SYS_recvfrom, ends[1], (long)bytes, sizeof bytes, MSG_PEEK, 0, 0);
    if (i % 2 == 0)
      raw3(SYS_read, ends[1], (long)bytes, sizeof bytes);
    else
      raw6(SYS_recvfrom, ends[1], (long)bytes, sizeof bytes, 0, 0, 0);
    raw6(SYS_recvfrom, ends[1], (long)bytes, sizeof bytes, MSG_DONTWAIT, 0, 0);
    raw3(SYS_write, pipe[1], (long)bytes, 1);
    raw3(SYS_read, pipe[0], (long)bytes, 1);
  }
  raw3(SYS_close, ends[0], 0, 0);
  raw3(SYS_close, ends[1], 0, 0);
  raw3(SYS_close, pipe[0], 0, 0);
  raw3(SYS_close, pipe[1], 0, 0);
}

__attribute__((noinline)) void unit_function(void) { __asm__ volatile(""); }

// function N: so many calls of unit_function. No system call.
static void act_function(const struct command* command) {
  for (long i = 0; i < command->word[0]; ++i) unit_function();
}

// probe N: so many passes of the static probe actor:unit, at two places in turn. No system call.
static void act_probe(const struct command* command) {
  for (long i = 0; i < command->word[0]; ++i) {
    if (i % 2 == 0)
      DTRACE_PROBE1(actor, unit, i);
    else
      DTRACE_PROBE1(actor, unit, -i);
  }
}

const struct entry unit_actions[] = {
    {"receive", act_receive}, {"function", act_function}, {"probe", act_probe}, {0, 0}};
