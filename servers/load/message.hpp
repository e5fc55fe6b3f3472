// What the messages are made of. The content of message `number` of connection
// `connection` is a slice of one block of noise, at a place that both choose:
// nothing is copied or generated to send a message or to check its reply, and
// a reply of another connection, or of another message, differs in all
// likelihood (65,535 in 65,536) in its first bytes. Read-only; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace load {

class Messages {
 public:
  explicit Messages(std::size_t message_bytes)
      : message_bytes_(message_bytes), noise_(message_bytes + kPlaces) {
    std::mt19937_64 random(kSeed);
    for (auto& byte : noise_) byte = static_cast<std::byte>(random());
  }

  [[nodiscard]] std::span<const std::byte> content(std::size_t connection,
                                                   std::uint64_t number) const noexcept {
    // Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4).
    const std::uint64_t key = (connection << 40U) ^ number;
    const std::uint64_t place = (key * 0x9E3779B97F4A7C15U) >> (64 - kPlaceBits);
    return {noise_.data() + place, message_bytes_};
  }

 private:
  static constexpr unsigned kPlaceBits = 16;
  static constexpr std::size_t kPlaces = std::size_t{1} << kPlaceBits;
  static constexpr std::uint64_t kSeed = 64;

  std::size_t message_bytes_;
  std::vector<std::byte> noise_;
};

}  // namespace load
