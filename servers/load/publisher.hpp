// The writing side of published.hpp: owns the shared mapping. The mapping is
// inherited by fork, so that worker processes write their own blocks.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "servers/load/published.hpp"

namespace load {

// Adds to a word that only the caller writes.
inline void add(Word& word, std::uint64_t amount) noexcept {
  word.store(word.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
}

class Publisher {
 public:
  struct Shape {
    std::size_t threads;
    std::size_t connections;
    std::size_t message_bytes;
  };

  // Sizes `fd`, an empty memfd that stays the caller's, and publishes zeros in
  // the state kConnecting. Throws Error.
  Publisher(int fd, const Shape& shape);
  ~Publisher();
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // Of one thread: to be written by it alone.
  [[nodiscard]] ThreadBlock& block(std::size_t thread) const noexcept;
  [[nodiscard]] std::size_t threads() const noexcept;
  // Messages of each connection: each written by the thread that has it.
  [[nodiscard]] std::span<Word> connections() const noexcept;

  // When the full load starts, in ns of the steady clock.
  [[nodiscard]] std::int64_t start_ns() const noexcept;

  // For the coordinator alone.
  void set_start(std::int64_t ns) noexcept;
  void set_state(State state) noexcept;
  void fail(std::string_view why) noexcept;

 private:
  [[nodiscard]] PublishedHeader& header() const noexcept;

  std::byte* start_ = nullptr;
  std::size_t bytes_ = 0;
};

// Counts the error, leaves its text in the block and ends the thread's work.
void fail(ThreadBlock& block, ErrorKind kind, std::string_view why) noexcept;

// The text of a kFailed block.
std::string failure_of(const ThreadBlock& block);

}  // namespace load
