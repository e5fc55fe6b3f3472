// uring enter|defer|sqpoll: sets up a ring, and for each line of its input hands it the entries
// below, waits until all are done, and answers "done".
//
//   7919 NOP, 1009 WRITE and as many READ of a pipe, 503 SEND and as many RECV of a socket pair,
//   101 TIMEOUT; and 13 entries of an opcode that no kernel has, which none takes.
#include <liburing.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kEntries = 64, kNops = 7919, kReads = 1009, kReceives = 503, kTimeouts = 101, kBad = 13 };

static struct io_uring ring;
static int pipe_ends[2];
static int sockets[2];
static char byte;

static int fail(const char* what, int error) {
  fprintf(stderr, "uring: %s: %s\n", what, strerror(error));
  return 1;
}

static void prepare_nop(struct io_uring_sqe* entry) { io_uring_prep_nop(entry); }
static void prepare_write(struct io_uring_sqe* entry) {
  io_uring_prep_write(entry, pipe_ends[1], &byte, 1, 0);
}
static void prepare_read(struct io_uring_sqe* entry) {
  io_uring_prep_read(entry, pipe_ends[0], &byte, 1, 0);
}
static void prepare_send(struct io_uring_sqe* entry) {
  io_uring_prep_send(entry, sockets[0], &byte, 1, 0);
}
static void prepare_receive(struct io_uring_sqe* entry) {
  io_uring_prep_recv(entry, sockets[1], &byte, 1, 0);
}
static void prepare_timeout(struct io_uring_sqe* entry) {
  static struct __kernel_timespec at_once = {0, 1};
  io_uring_prep_timeout(entry, &at_once, 0, 0);
}
static void prepare_bad(struct io_uring_sqe* entry) {
  io_uring_prep_nop(entry);
  entry->opcode = 255;
}

// One at a time: an entry that is refused ends the batch that it is in.
static void hand_over(int count, void (*prepare)(struct io_uring_sqe*)) {
  for (int i = 0; i < count; ++i) {
    struct io_uring_sqe* entry = io_uring_get_sqe(&ring);
    while (entry == NULL) {
      io_uring_sqring_wait(&ring);
      entry = io_uring_get_sqe(&ring);
    }
    prepare(entry);
    io_uring_submit(&ring);
    struct io_uring_cqe* done;
    io_uring_wait_cqe(&ring, &done);
    io_uring_cqe_seen(&ring, done);
  }
}

static unsigned flags_of(const char* mode) {
  if (strcmp(mode, "sqpoll") == 0) return IORING_SETUP_SQPOLL;
  if (strcmp(mode, "defer") == 0) return IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
  return 0;
}

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const int status = io_uring_queue_init(kEntries, &ring, flags_of(argv[1]));
  if (status < 0) return fail("io_uring_setup", -status);
  if (pipe(pipe_ends) != 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) != 0) return 1;
  puts("ready");
  fflush(stdout);
  for (char line[16]; fgets(line, sizeof line, stdin) != NULL;) {
    hand_over(kNops, prepare_nop);
    for (int i = 0; i < kReads; ++i) {
      hand_over(1, prepare_write);
      hand_over(1, prepare_read);
    }
    for (int i = 0; i < kReceives; ++i) {
      hand_over(1, prepare_send);
      hand_over(1, prepare_receive);
    }
    hand_over(kTimeouts, prepare_timeout);
    hand_over(kBad, prepare_bad);
    puts("done");
    fflush(stdout);
  }
  return 0;
}
