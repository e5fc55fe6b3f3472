// One thread, io_uring: a multishot accept, a multishot receive a connection into buffers provided
// to the kernel, and one send a message from the buffer that it came in.
#include <liburing.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

#include "servers/cpp/listen.hpp"

namespace {

constexpr unsigned kEntries = 4096;
constexpr unsigned kCompletions = 32768;
constexpr std::size_t kProvidedBytes = std::size_t{8} << 20;
// A peer that has not read so much of what it sent is not received from.
constexpr std::size_t kMostWaiting = std::size_t{256} << 10;

struct Connection;

// What user_data points to.
struct Operation {
  enum Kind { kAccept, kReceive, kSend } kind;
  Connection* connection = nullptr;
};

struct Connection {
  explicit Connection(int descriptor) : fd(descriptor) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { ::close(fd); }

  const int fd;
  Operation receive = {Operation::kReceive, this};
  Operation send = {Operation::kSend, this};
  bool receiving = false;   // a multishot receive is armed
  bool cancelling = false;  // and has been asked to stop
  bool sending = false;
  bool ended = false;          // nothing is to be received any more
  int buffer = -1;             // the provided buffer that is being sent
  int length = 0;              // and how much is in it
  std::vector<char> outgoing;  // being sent instead, after a send that was short
  std::vector<char> waiting;   // received meanwhile
};

// The buffers that the kernel receives into. Each is handed over, and is given back once sent.
class ProvidedBuffers {
 public:
  ProvidedBuffers(io_uring& uring, std::size_t bytes)
      : bytes_(bytes),
        count_(std::clamp<std::size_t>(std::bit_floor(kProvidedBytes / bytes), 16, 4096)),
        memory_(std::make_unique_for_overwrite<char[]>(bytes * count_)),
        ring_(static_cast<io_uring_buf_ring*>(
            std::aligned_alloc(4096, std::max<std::size_t>(4096, count_ * sizeof(io_uring_buf))))) {
    io_uring_buf_reg registration{};
    registration.ring_addr = reinterpret_cast<std::uintptr_t>(ring_);
    registration.ring_entries = static_cast<unsigned>(count_);
    const int status = ::io_uring_register_buf_ring(&uring, &registration, 0);
    if (status < 0) echo::fail("io_uring_register_buf_ring", std::strerror(-status));
    ::io_uring_buf_ring_init(ring_);
    for (std::size_t i = 0; i < count_; ++i) give_back(static_cast<int>(i));
  }

  [[nodiscard]] char* at(int buffer) const { return memory_.get() + buffer * bytes_; }

  void give_back(int buffer) {
    const int mask = ::io_uring_buf_ring_mask(static_cast<unsigned>(count_));
    ::io_uring_buf_ring_add(ring_, at(buffer), static_cast<unsigned>(bytes_),
                            static_cast<unsigned short>(buffer), mask, 0);
    ::io_uring_buf_ring_advance(ring_, 1);
  }

 private:
  const std::size_t bytes_;
  const std::size_t count_;
  const std::unique_ptr<char[]> memory_;
  io_uring_buf_ring* const ring_;
};

class Server {
 public:
  Server(int listener, std::size_t buffer_bytes)
      : listener_(listener), uring_(make_ring()), buffers_(uring_, buffer_bytes) {
    accept();
  }

  [[noreturn]] void run() {
    for (;;) {
      ::io_uring_submit_and_wait(&uring_, 1);
      unsigned head = 0;
      unsigned seen = 0;
      io_uring_cqe* done = nullptr;
      io_uring_for_each_cqe(&uring_, head, done) {
        complete(*done);
        ++seen;
      }
      ::io_uring_cq_advance(&uring_, seen);
    }
  }

 private:
  // With the best that this kernel has: DEFER_TASKRUN is of 6.1.
  static io_uring make_ring() {
    io_uring uring{};
    int status = -EINVAL;
    for (const unsigned flags :
         {IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN, IORING_SETUP_COOP_TASKRUN, 0U}) {
      io_uring_params parameters{};
      parameters.flags = flags | IORING_SETUP_CQSIZE;
      parameters.cq_entries = kCompletions;
      status = ::io_uring_queue_init_params(kEntries, &uring, &parameters);
      if (status != -EINVAL) break;
    }
    if (status < 0) echo::fail("io_uring_setup", std::strerror(-status));
    return uring;
  }

  io_uring_sqe* next_entry() {
    io_uring_sqe* entry = ::io_uring_get_sqe(&uring_);
    while (entry == nullptr) {
      ::io_uring_submit(&uring_);
      entry = ::io_uring_get_sqe(&uring_);
    }
    return entry;
  }

  void accept() {
    io_uring_sqe* const entry = next_entry();
    ::io_uring_prep_multishot_accept(entry, listener_, nullptr, nullptr, SOCK_CLOEXEC);
    ::io_uring_sqe_set_data(entry, &accept_);
  }

  void receive(Connection& connection) {
    io_uring_sqe* const entry = next_entry();
    ::io_uring_prep_recv_multishot(entry, connection.fd, nullptr, 0, 0);
    entry->flags |= IOSQE_BUFFER_SELECT;
    ::io_uring_sqe_set_data(entry, &connection.receive);
    connection.receiving = true;
    connection.cancelling = false;
  }

  void stop_receiving(Connection& connection) {
    io_uring_sqe* const entry = next_entry();
    ::io_uring_prep_cancel(entry, &connection.receive, 0);
    ::io_uring_sqe_set_data(entry, nullptr);
    connection.cancelling = true;
  }

  void send(Connection& connection, const char* bytes, std::size_t size, int flags) {
    io_uring_sqe* const entry = next_entry();
    ::io_uring_prep_send(entry, connection.fd, bytes, size, flags);
    ::io_uring_sqe_set_data(entry, &connection.send);
    connection.sending = true;
  }

  void complete(const io_uring_cqe& done) {
    const auto* const operation = static_cast<Operation*>(::io_uring_cqe_get_data(&done));
    if (operation == nullptr) return;  // a cancellation
    switch (operation->kind) {
      case Operation::kAccept:
        accepted(done);
        break;
      case Operation::kReceive:
        received(*operation->connection, done);
        break;
      case Operation::kSend:
        sent(*operation->connection, done.res);
        break;
    }
  }

  void accepted(const io_uring_cqe& done) {
    if (done.res >= 0) receive(*std::make_unique<Connection>(done.res).release());
    if ((done.flags & IORING_CQE_F_MORE) != 0) return;
    paused_ = echo::exhausted(-done.res);
    if (!paused_) accept();
  }

  void received(Connection& connection, const io_uring_cqe& done) {
    connection.receiving = (done.flags & IORING_CQE_F_MORE) != 0;
    if ((done.flags & IORING_CQE_F_BUFFER) != 0) {
      echo_buffer(connection, static_cast<int>(done.flags >> IORING_CQE_BUFFER_SHIFT), done.res);
    } else if (done.res != -ENOBUFS && done.res != -ECANCELED) {
      connection.ended = true;
    }
    proceed(connection);
  }

  void echo_buffer(Connection& connection, int buffer, int length) {
    if (length > 0 && !connection.ended && !connection.sending) {
      // Not to wait with a buffer that other connections need.
      send(connection, buffers_.at(buffer), static_cast<std::size_t>(length), MSG_DONTWAIT);
      connection.buffer = buffer;
      connection.length = length;
      return;
    }
    if (length > 0 && !connection.ended) {
      const char* const bytes = buffers_.at(buffer);
      connection.waiting.insert(connection.waiting.end(), bytes, bytes + length);
    }
    if (length <= 0) connection.ended = true;
    buffers_.give_back(buffer);
  }

  void sent(Connection& connection, int result) {
    connection.sending = false;
    std::vector<char>& outgoing = connection.outgoing;
    if (connection.buffer >= 0) {
      if (result == -EAGAIN) result = 0;
      const char* const bytes = buffers_.at(connection.buffer);
      if (result >= 0) outgoing.assign(bytes + result, bytes + connection.length);
      buffers_.give_back(connection.buffer);
      connection.buffer = -1;
    } else if (result >= 0) {
      outgoing.erase(outgoing.begin(), outgoing.begin() + result);
    }
    if (result < 0) {
      connection.ended = true;
      connection.outgoing.clear();
      connection.waiting.clear();
      ::shutdown(connection.fd, SHUT_RDWR);  // ends the receive
    }
    if (outgoing.empty()) outgoing.swap(connection.waiting);
    if (!outgoing.empty()) send(connection, outgoing.data(), outgoing.size(), MSG_WAITALL);
    proceed(connection);
  }

  void proceed(Connection& connection) {
    if (connection.ended) {
      if (!connection.receiving && !connection.sending) close(connection);
    } else if (!connection.receiving) {
      if (connection.waiting.empty()) receive(connection);
    } else if (connection.waiting.size() > kMostWaiting && !connection.cancelling) {
      stop_receiving(connection);
    }
  }

  void close(Connection& connection) {
    const std::unique_ptr<Connection> owner(&connection);
    if (paused_) accept();
    paused_ = false;
  }

  const int listener_;
  io_uring uring_;
  ProvidedBuffers buffers_;
  Operation accept_ = {Operation::kAccept};
  bool paused_ = false;  // no descriptor is left to accept with
};

}  // namespace

int main(int argc, char** argv) {
  const echo::Arguments arguments = echo::start(argc, argv);
  const int listener = echo::listen_on(arguments);
  Server server(listener, arguments.buffer_bytes);
  echo::print_port(listener);
  server.run();
}
