// libevent: a bufferevent a connection.
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

static size_t buffer_bytes;

// Nothing more is read while the peer leaves more than a buffer of its replies untaken.
static void on_read(struct bufferevent* connection, void* context) {
  (void)context;
  struct evbuffer* output = bufferevent_get_output(connection);
  evbuffer_add_buffer(output, bufferevent_get_input(connection));
  if (evbuffer_get_length(output) > buffer_bytes) bufferevent_disable(connection, EV_READ);
}

static void on_written(struct bufferevent* connection, void* context) {
  (void)context;
  if ((bufferevent_get_enabled(connection) & EV_READ) == 0) bufferevent_enable(connection, EV_READ);
}

static void on_last_written(struct bufferevent* connection, void* context) {
  (void)context;
  bufferevent_free(connection);
}

static void on_event(struct bufferevent* connection, short what, void* context) {
  (void)context;
  const size_t left = evbuffer_get_length(bufferevent_get_output(connection));
  if ((what & BEV_EVENT_EOF) != 0 && left > 0) {
    bufferevent_setcb(connection, NULL, on_last_written, on_event, NULL);
  } else {
    bufferevent_free(connection);
  }
}

static void on_connection(struct evconnlistener* listener, evutil_socket_t fd,
                          struct sockaddr* address, int length, void* context) {
  (void)address;
  (void)length;
  (void)context;
  struct bufferevent* connection =
      bufferevent_socket_new(evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE);
  bufferevent_set_max_single_read(connection, buffer_bytes);
  bufferevent_setcb(connection, on_read, on_written, on_event, NULL);
  bufferevent_enable(connection, EV_READ | EV_WRITE);
}

static void on_pause_over(evutil_socket_t fd, short what, void* listener) {
  (void)fd;
  (void)what;
  evconnlistener_enable(listener);
}

// No descriptor is left.
static void on_accept_error(struct evconnlistener* listener, void* context) {
  (void)context;
  const struct timeval pause = {.tv_sec = 0, .tv_usec = 50000};
  evconnlistener_disable(listener);
  event_base_once(evconnlistener_get_base(listener), -1, EV_TIMEOUT, on_pause_over, listener,
                  &pause);
}

static void on_sigterm(evutil_socket_t number, short what, void* base) {
  (void)number;
  (void)what;
  event_base_loopbreak(base);
}

static struct evconnlistener* listen_on(struct event_base* base, const char* host,
                                        const char* port) {
  const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                                 .ai_socktype = SOCK_STREAM};
  struct addrinfo* address = NULL;
  const int unknown = getaddrinfo(host, port, &hints, &address);
  if (unknown != 0) {
    fprintf(stderr, "libevent: %s: %s\n", host, gai_strerror(unknown));
    exit(1);
  }
  struct evconnlistener* listener = evconnlistener_new_bind(
      base, on_connection, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE,
      4096, address->ai_addr, (int)address->ai_addrlen);
  if (listener == NULL) {
    fprintf(stderr, "libevent: cannot listen on %s:%s: %s\n", host, port, strerror(errno));
    exit(1);
  }
  freeaddrinfo(address);
  evconnlistener_set_error_cb(listener, on_accept_error);
  // Linux gives it on to the sockets accepted from it.
  const int on = 1;
  setsockopt(evconnlistener_get_fd(listener), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return listener;
}

int main(int argc, char** argv) {
  if (argc != 4 || atoll(argv[3]) <= 0) {
    fprintf(stderr, "usage: libevent HOST PORT BUFFER_BYTES\n");
    return 2;
  }
  buffer_bytes = (size_t)atoll(argv[3]);
  struct rlimit descriptors;
  getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = descriptors.rlim_max;
  setrlimit(RLIMIT_NOFILE, &descriptors);
  signal(SIGPIPE, SIG_IGN);

  struct event_base* base = event_base_new();
  struct event* sigterm = evsignal_new(base, SIGTERM, on_sigterm, base);
  event_add(sigterm, NULL);
  struct evconnlistener* listener = listen_on(base, argv[1], argv[2]);
  struct sockaddr_storage bound;
  socklen_t length = sizeof bound;
  getsockname(evconnlistener_get_fd(listener), (struct sockaddr*)&bound, &length);
  printf("%d\n", ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6*)&bound)->sin6_port
                                                   : ((struct sockaddr_in*)&bound)->sin_port));
  fflush(stdout);
  return event_base_dispatch(base);
}
