#include "servers/load/loop.hpp"

#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include <fmt/format.h>

namespace load {
namespace {

constexpr std::uint64_t kStartTag = ~std::uint64_t{0};
constexpr std::uint64_t kStopTag = kStartTag - 1;
constexpr std::size_t kEventsAtOnce = 512;
constexpr std::size_t kBufferBytes = std::size_t{256} << 10;
constexpr std::size_t kOpenAtOnce = 32;
constexpr std::uint32_t kHangUp = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

struct Share {
  std::size_t first, count;
};

Share share_of(const Plan& plan, std::size_t thread) {
  const std::size_t threads = plan.publisher.threads();
  const std::size_t all = plan.options.connections;
  const std::size_t first = all * thread / threads;
  return {first, all * (thread + 1) / threads - first};
}

FileDescriptor make_epoll() {
  FileDescriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) throw Error(fmt::format("cannot make an epoll set: {}", std::strerror(errno)));
  return epoll;
}

std::vector<Connection> make_connections(const Share& share, std::size_t message_bytes) {
  std::vector<Connection> connections(share.count);
  for (std::size_t place = 0; place < share.count; ++place) {
    connections[place].index = share.first + place;
    connections[place].sent = connections[place].received = message_bytes;
  }
  return connections;
}

[[noreturn]] void throw_lost(const Connection& connection, int error) {
  if (error == ECONNRESET || error == EPIPE)
    throw ConnectionError(ErrorKind::kReset,
                          fmt::format("server reset connection {} after {} messages",
                                      connection.index, connection.messages));
  throw ConnectionError(ErrorKind::kReset,
                        fmt::format("connection {} failed after {} messages: {}", connection.index,
                                    connection.messages, std::strerror(error)));
}

[[noreturn]] void throw_closed(const Connection& connection) {
  throw ConnectionError(ErrorKind::kClosed,
                        fmt::format("server closed connection {} after {} messages",
                                    connection.index, connection.messages));
}

[[noreturn]] void throw_mismatch(const Connection& connection, std::span<const std::byte> got,
                                 std::span<const std::byte> wanted) {
  const auto place = std::mismatch(got.begin(), got.end(), wanted.begin());
  throw ConnectionError(
      ErrorKind::kMismatch,
      fmt::format("connection {}, message {}: byte {} was sent as {:#04x} and came back as {:#04x}",
                  connection.index, connection.messages,
                  connection.received + static_cast<std::size_t>(place.first - got.begin()),
                  static_cast<unsigned>(*place.second), static_cast<unsigned>(*place.first)));
}

}  // namespace

Loop::Loop(const Plan& plan, std::size_t thread)
    : plan_(plan),
      block_(plan.publisher.block(thread)),
      published_(plan.publisher.connections().subspan(share_of(plan, thread).first,
                                                      share_of(plan, thread).count)),
      connections_(make_connections(share_of(plan, thread), plan.options.message_bytes)),
      epoll_(make_epoll()),
      opener_(plan.destination, connections_, block_, epoll_.get(),
              std::max<std::size_t>(1, kOpenAtOnce / plan.publisher.threads()),
              plan.options.timeout.count()),
      message_bytes_(plan.options.message_bytes),
      message_limit_(
          plan.options.messages_per_connection.value_or(std::numeric_limits<std::uint64_t>::max())),
      timeout_ns_(plan.options.timeout.count()),
      unfinished_(connections_.size()),
      buffer_(std::min(message_bytes_, kBufferBytes)),
      events_(kEventsAtOnce) {
  watch(plan.gates.start, kStartTag);
  watch(plan.gates.stop, kStopTag);
}

void Loop::run() {
  // The default slack of 50 us would make every message of an open loop late.
  ::prctl(PR_SET_TIMERSLACK, 1);
  opener_.advance(now_ns());
  while (!stopped_) {
    wait_for_events();
    if (mode_ == Mode::kOpenLoop) send_due();
    if (mode_ == Mode::kOpening) opener_.advance(now_ns());
  }
}

void Loop::watch(const Gate& gate, std::uint64_t tag) {
  epoll_event interest{};
  interest.events = EPOLLIN | static_cast<std::uint32_t>(EPOLLET);
  interest.data.u64 = tag;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, gate.fd(), &interest) != 0)
    throw Error(fmt::format("cannot watch an eventfd: {}", std::strerror(errno)));
}

void Loop::wait_for_events() {
  const std::int64_t now = now_ns();
  if (now >= next_look_ns_) look_for_lost(now);
  const std::int64_t wake_at = wake_at_ns();
  const std::int64_t ns = std::max<std::int64_t>(0, wake_at - now);
  const timespec timeout{ns / 1'000'000'000, ns % 1'000'000'000};
  const int count = ::epoll_pwait2(epoll_.get(), events_.data(), static_cast<int>(events_.size()),
                                   wake_at == kNever ? nullptr : &timeout, nullptr);
  if (count < 0 && errno != EINTR)
    throw Error(fmt::format("cannot wait for events: {}", std::strerror(errno)));
  for (int i = 0; i < count && !stopped_; ++i) on_event(events_[static_cast<std::size_t>(i)]);
}

std::int64_t Loop::wake_at_ns() const noexcept {
  switch (mode_) {
    case Mode::kOpening:
      return opener_.complete() ? kNever : opener_.next_ns();
    case Mode::kOpenLoop:
      return std::min(next_look_ns_, schedule_->due_ns(connections_[cursor_].index, round_));
    case Mode::kClosedLoop:
      return next_look_ns_;
  }
  return kNever;
}

void Loop::on_event(const epoll_event& event) {
  if (event.data.u64 == kStopTag) {
    stopped_ = true;
    return;
  }
  if (event.data.u64 == kStartTag) {
    start();
    return;
  }
  Connection& connection = connections_[event.data.u64];
  if (connection.connecting) {
    if (opener_.establish(connection)) begin(connection, now_ns());
    return;
  }
  if ((event.events & kHangUp) != 0) [[unlikely]]
    on_hang_up(connection);
  if (connection.sent < message_bytes_) send_rest(connection);
  receive(connection);
}

// To send once more would turn the end of stream into a reset.
void Loop::on_hang_up(Connection& connection) {
  hung_up_ = true;
  receive(connection);
  receive(connection);
  throw_closed(connection);
}

void Loop::start() {
  next_look_ns_ = now_ns() + timeout_ns_;
  mode_ = plan_.options.rate_per_s ? Mode::kOpenLoop : Mode::kClosedLoop;
  if (mode_ == Mode::kOpenLoop) {
    schedule_.emplace(*plan_.options.rate_per_s, plan_.options.connections,
                      plan_.publisher.start_ns());
    return;
  }
  for (Connection& connection : connections_)
    if (connection.messages < message_limit_) begin(connection, now_ns());
}

void Loop::begin(Connection& connection, std::int64_t since_ns) {
  connection.since_ns = since_ns;
  connection.sent = connection.received = 0;
  send_rest(connection);
}

void Loop::send_rest(Connection& connection) {
  const auto content = plan_.messages.content(connection.index, connection.messages);
  while (connection.sent < message_bytes_) {
    const ssize_t sent = ::send(connection.socket.get(), content.data() + connection.sent,
                                message_bytes_ - connection.sent, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EAGAIN) return;
      if (errno == EINTR) continue;
      throw_lost(connection, errno);
    }
    connection.sent += static_cast<std::size_t>(sent);
  }
}

void Loop::receive(Connection& connection) {
  if (connection.received == message_bytes_) {
    receive_unasked(connection);
    return;
  }
  const auto content = plan_.messages.content(connection.index, connection.messages);
  for (;;) {
    const std::size_t wanted = std::min(message_bytes_ - connection.received, buffer_.size());
    const ssize_t got = ::recv(connection.socket.get(), buffer_.data(), wanted, 0);
    if (got < 0) {
      if (errno == EAGAIN) return;
      if (errno == EINTR) continue;
      throw_lost(connection, errno);
    }
    if (got == 0) throw_closed(connection);
    const auto length = static_cast<std::size_t>(got);
    const auto expected = content.subspan(connection.received, length);
    if (std::memcmp(buffer_.data(), expected.data(), length) != 0)
      throw_mismatch(connection, {buffer_.data(), length}, expected);
    connection.received += length;
    if (connection.received == message_bytes_) {
      complete(connection);
      return;
    }
    // Less than asked for: the socket is empty (epoll(7)), an event will tell of more.
    if (length < wanted) return;
  }
}

void Loop::receive_unasked(const Connection& connection) {
  std::byte extra{};
  const ssize_t got = ::recv(connection.socket.get(), &extra, 1, 0);
  if (got == 0) throw_closed(connection);
  if (got < 0 && errno != EAGAIN && errno != EINTR) throw_lost(connection, errno);
  if (got > 0)
    throw ConnectionError(
        ErrorKind::kMismatch,
        fmt::format("connection {}: more came back than was sent, after {} messages",
                    connection.index, connection.messages));
}

void Loop::complete(Connection& connection) {
  const std::int64_t now = now_ns();
  if (connection.sent < message_bytes_)
    throw ConnectionError(ErrorKind::kMismatch,
                          fmt::format("connection {}, message {}: came back before it was sent",
                                      connection.index, connection.messages));
  ++connection.messages;
  const auto place = static_cast<std::size_t>(&connection - connections_.data());
  published_[place].store(connection.messages, std::memory_order_relaxed);
  add(block_.latency[bucket_of(static_cast<std::uint64_t>(now - connection.since_ns))], 1);
  add(block_.messages, 1);

  if (hung_up_) [[unlikely]]
    throw_closed(connection);
  if (connection.messages == message_limit_) [[unlikely]] {
    --unfinished_;
  } else if (mode_ == Mode::kClosedLoop) {
    begin(connection, now);
    return;
  } else if (mode_ == Mode::kOpenLoop) {
    begin_when_due(connection, now);
    return;
  }
  if (mode_ == Mode::kOpening) {
    opener_.served(now);
    if (opener_.complete()) set_phase(ThreadPhase::kReady);
  }
  if (unfinished_ == 0) set_phase(ThreadPhase::kFinished);
}

// The first message, of the opening, is not of the schedule: message n + 1 of a
// connection is the schedule's message n.
void Loop::begin_when_due(Connection& connection, std::int64_t now) {
  const std::int64_t due = schedule_->due_ns(connection.index, connection.messages - 1);
  if (due <= now) begin(connection, due);
}

void Loop::send_due() {
  const std::int64_t now = now_ns();
  while (schedule_->due_ns(connections_[cursor_].index, round_) <= now) {
    Connection& connection = connections_[cursor_];
    const bool idle = connection.received == message_bytes_;
    if (idle && connection.messages == round_ + 1 && connection.messages < message_limit_)
      begin(connection, schedule_->due_ns(connection.index, round_));
    if (++cursor_ == connections_.size()) {
      cursor_ = 0;
      ++round_;
    }
  }
}

void Loop::look_for_lost(std::int64_t now) {
  next_look_ns_ = now + timeout_ns_;
  for (Connection& connection : connections_) {
    const bool idle = connection.received == message_bytes_;
    if (!idle && connection.waiting == connection.messages)
      throw ConnectionError(
          ErrorKind::kTimedOut,
          fmt::format("connection {}, message {}: {} of {} bytes came back within {} s",
                      connection.index, connection.messages, connection.received, message_bytes_,
                      static_cast<double>(timeout_ns_) / 1e9));
    connection.waiting = idle ? std::nullopt : std::optional(connection.messages);
  }
}

void Loop::set_phase(ThreadPhase phase) noexcept {
  block_.phase.store(static_cast<std::uint32_t>(phase), std::memory_order_release);
  plan_.gates.attention.open();
}

}  // namespace load
