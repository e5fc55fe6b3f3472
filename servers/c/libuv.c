// libuv: callbacks on one loop.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <uv.h>

static char* buffer;  // of the one read that is going on
static size_t buffer_bytes;

static void check(int status, const char* what) {
  if (status == 0) return;
  fprintf(stderr, "libuv: %s: %s\n", what, uv_strerror(status));
  exit(1);
}

static void lend_buffer(uv_handle_t* handle, size_t suggested, uv_buf_t* lent) {
  (void)handle;
  (void)suggested;
  *lent = uv_buf_init(buffer, (unsigned)buffer_bytes);
}

static void on_closed(uv_handle_t* connection) { free(connection); }

static void close_connection(uv_stream_t* connection) {
  if (!uv_is_closing((uv_handle_t*)connection)) uv_close((uv_handle_t*)connection, on_closed);
}

static void on_read(uv_stream_t* connection, ssize_t received, const uv_buf_t* lent);

// What the socket did not take at once; nothing is read meanwhile.
struct rest {
  uv_write_t request;
  char bytes[];
};

static void on_written(uv_write_t* request, int status) {
  uv_stream_t* connection = request->handle;
  free(request);
  if (status < 0) {
    close_connection(connection);
  } else {
    uv_read_start(connection, lend_buffer, on_read);
  }
}

static void on_read(uv_stream_t* connection, ssize_t received, const uv_buf_t* lent) {
  if (received < 0) close_connection(connection);
  if (received <= 0) return;
  const uv_buf_t message = uv_buf_init(lent->base, (unsigned)received);
  int written = uv_try_write(connection, &message, 1);
  if (written == received) return;
  if (written < 0 && written != UV_EAGAIN) {
    close_connection(connection);
    return;
  }
  if (written < 0) written = 0;
  const size_t left = (size_t)(received - written);
  struct rest* rest = malloc(sizeof *rest + left);
  memcpy(rest->bytes, lent->base + written, left);
  const uv_buf_t bytes = uv_buf_init(rest->bytes, (unsigned)left);
  uv_read_stop(connection);
  uv_write(&rest->request, connection, &bytes, 1, on_written);
}

static void on_connection(uv_stream_t* listener, int status) {
  if (status < 0) return;
  uv_tcp_t* connection = malloc(sizeof *connection);
  uv_tcp_init(listener->loop, connection);
  if (uv_accept(listener, (uv_stream_t*)connection) != 0) {
    close_connection((uv_stream_t*)connection);
    return;
  }
  uv_tcp_nodelay(connection, 1);
  uv_read_start((uv_stream_t*)connection, lend_buffer, on_read);
}

static void on_sigterm(uv_signal_t* handle, int number) {
  (void)handle;
  (void)number;
  exit(0);
}

static void listen_on(uv_tcp_t* listener, const char* host, int port) {
  struct sockaddr_storage address;
  if (uv_ip4_addr(host, port, (struct sockaddr_in*)&address) != 0) {
    check(uv_ip6_addr(host, port, (struct sockaddr_in6*)&address), host);
  }
  char what[300];
  snprintf(what, sizeof what, "cannot listen on %s:%d", host, port);
  check(uv_tcp_bind(listener, (const struct sockaddr*)&address, 0), what);
  check(uv_listen((uv_stream_t*)listener, 4096, on_connection), what);
}

int main(int argc, char** argv) {
  if (argc != 4 || atoll(argv[3]) <= 0) {
    fprintf(stderr, "usage: libuv HOST PORT BUFFER_BYTES\n");
    return 2;
  }
  buffer_bytes = (size_t)atoll(argv[3]);
  buffer = malloc(buffer_bytes);
  struct rlimit descriptors;
  getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = descriptors.rlim_max;
  setrlimit(RLIMIT_NOFILE, &descriptors);

  uv_loop_t* loop = uv_default_loop();
  uv_signal_t sigterm;
  uv_signal_init(loop, &sigterm);
  uv_signal_start(&sigterm, on_sigterm, SIGTERM);
  uv_tcp_t listener;
  uv_tcp_init(loop, &listener);
  listen_on(&listener, argv[1], atoi(argv[2]));

  struct sockaddr_storage bound;
  int length = sizeof bound;
  uv_tcp_getsockname(&listener, (struct sockaddr*)&bound, &length);
  const int port = ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6*)&bound)->sin6_port
                                                     : ((struct sockaddr_in*)&bound)->sin_port);
  printf("%d\n", port);
  fflush(stdout);
  return uv_run(loop, UV_RUN_DEFAULT);
}
