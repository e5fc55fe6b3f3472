// What the load generator publishes in shared memory (a memfd) while it runs,
// and the class that reads it from another process or thread.
//
// Every count is cumulative since the first connection and never falls. Each
// word has one writer: a thread its own block, and the words of its own
// connections; the coordinator the header. Relaxed atomics, so that a reader
// costs the writer nothing: counts read one after the other may be a few
// messages apart. Only `state` orders: what was written before it is seen.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "servers/load/file_descriptor.hpp"
#include "servers/load/histogram.hpp"

namespace load {

enum class State : std::uint32_t {
  kConnecting,  // opening connections; each sends one message and waits for the others
  kWarming,     // every connection is up and has completed a message: full load
  kSteady,      // warmed up: the time to measure
  kStopping,    // closing, nothing counts any more
  kFailed,      // ended early: the failure text says why
  kDone,        // ended as asked
};
std::string_view to_string(State state) noexcept;

enum class ErrorKind : std::uint32_t {
  kConnectRetried,  // a connect failed, and was tried again
  kConnectFailed,   // a connect failed for good
  kTimedOut,        // no connection, or no reply, in the timeout
  kReset,           // connection reset by the server, or a socket error
  kClosed,          // end of stream from the server
  kMismatch,        // a reply that is not what was sent
  kInternal,        // the generator itself: out of memory, a worker killed
};
inline constexpr std::size_t kErrorKinds = 7;
std::string_view to_string(ErrorKind kind) noexcept;

// A load thread's progress, for the coordinator.
enum class ThreadPhase : std::uint32_t { kOpening, kReady, kFailed, kFinished };

using Word = std::atomic<std::uint64_t>;
static_assert(Word::is_always_lock_free && sizeof(Word) == 8);

inline constexpr std::uint64_t kPublishedMagic = 0x6d73672d6c6f6164;  // "msg-load"
inline constexpr std::uint32_t kPublishedVersion = 1;
inline constexpr std::size_t kFailureBytes = 256;
inline constexpr std::size_t kCacheLine = 64;

struct alignas(kCacheLine) PublishedHeader {
  Word magic;  // written last: until then nothing is published
  std::uint32_t version;
  std::uint32_t threads;  // blocks, over all worker processes
  std::uint64_t connections;
  std::uint64_t message_bytes;
  std::uint64_t blocks_offset;       // of the first ThreadBlock, in bytes from the start
  std::uint64_t connections_offset;  // of the words with the messages of each connection
  std::uint64_t total_bytes;
  Word start_ns;                            // of the full load, on the steady clock; 0 before
  std::atomic<std::uint32_t> state;         // State
  std::array<char, kFailureBytes> failure;  // written before state becomes kFailed; NUL ended
};

struct alignas(kCacheLine) ThreadBlock {
  Word messages;   // completed: the whole reply came and is what was sent
  Word connected;  // connections that are up: first message completed
  std::array<Word, kErrorKinds> errors;
  std::atomic<std::uint32_t> phase;         // ThreadPhase
  std::array<char, kFailureBytes> failure;  // written before phase becomes kFailed; NUL ended
  alignas(kCacheLine) std::array<Word, kBuckets> latency;  // by bucket_of(ns)
};

// Where a program that does not know this header finds the completed messages:
// they are the sum of `count` native 64-bit words at offset + i * stride.
struct CounterLocation {
  std::size_t offset;
  std::size_t stride;
  std::size_t count;
};

// All counts at one instant.
struct Snapshot {
  std::chrono::steady_clock::time_point time;
  std::uint64_t messages = 0;
  std::uint64_t message_bytes = 0;                  // size of one message
  std::array<std::uint64_t, kErrorKinds> errors{};  // by ErrorKind
  std::vector<std::uint64_t> per_connection;        // messages
  std::vector<std::uint64_t> latency;               // by bucket_of(ns)
};

struct LatencyUs {
  double p50, p90, p99, p99_9, max;
};
// Messages of one connection: the least, the middle and the most.
struct Fairness {
  double min, median, max;
};

// What happened between two snapshots of one run.
struct Measured {
  double seconds = 0;
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;  // of payload, counted once: sent, and the same received
  std::array<std::uint64_t, kErrorKinds> errors{};
  std::optional<LatencyUs> latency_us;  // nothing when no message completed
  std::optional<Fairness> fairness;

  [[nodiscard]] double messages_per_s() const {
    return seconds > 0 ? static_cast<double>(messages) / seconds : 0;
  }
};
Measured between(const Snapshot& open, const Snapshot& close);

// Several stretches of one run, taken together.
struct Interval {
  Snapshot open;
  Snapshot close;
};
Measured over(const std::vector<Interval>& intervals);

// An empty memfd for Options::publish_fd, close-on-exec. Throws Error.
FileDescriptor make_published_file();

// Reader. Maps the file read-only; the descriptor may be closed after. Any
// thread may call any member at any time, also after the generator has ended.
class PublishedCounts {
 public:
  // Nothing as long as nothing is published in `fd`. Throws Error when what is
  // there is not ours or of another version.
  static std::optional<PublishedCounts> open(int fd);

  PublishedCounts(PublishedCounts&& other) noexcept;
  PublishedCounts& operator=(PublishedCounts&& other) noexcept;
  PublishedCounts(const PublishedCounts&) = delete;
  PublishedCounts& operator=(const PublishedCounts&) = delete;
  ~PublishedCounts();

  [[nodiscard]] State state() const noexcept;
  // Empty unless the state is kFailed.
  [[nodiscard]] std::string failure() const;
  [[nodiscard]] std::size_t connections() const noexcept;
  [[nodiscard]] std::size_t message_bytes() const noexcept;
  // Connections that are up.
  [[nodiscard]] std::uint64_t connected() const noexcept;
  // Completed messages. Cheap: one load a thread.
  [[nodiscard]] std::uint64_t messages() const noexcept;
  [[nodiscard]] Snapshot snapshot() const;
  [[nodiscard]] CounterLocation messages_location() const noexcept;

 private:
  PublishedCounts(const std::byte* start, std::size_t bytes) noexcept
      : start_(start), bytes_(bytes) {}
  [[nodiscard]] const PublishedHeader& header() const noexcept;
  [[nodiscard]] const ThreadBlock& block(std::size_t index) const noexcept;

  const std::byte* start_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace load
