#include "tracer/symbol/python_lines.hpp"

#include <limits>

namespace msgstat::tracer {
namespace {

constexpr std::uint64_t kCodeUnitBytes = 2;

// Kinds of entries: the four bits below the first.
constexpr unsigned kOneLine = 10;  // 10 to 12: the line is 0 to 2 farther
constexpr unsigned kNoColumns = 13;
constexpr unsigned kLong = 14;
constexpr unsigned kNoLine = 15;

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  [[nodiscard]] bool is_at_end() const { return at_ == bytes_.size(); }
  std::optional<unsigned> byte() {
    if (is_at_end()) return std::nullopt;
    return std::to_integer<unsigned>(bytes_[at_++]);
  }
  bool skip(std::size_t count) {
    if (bytes_.size() - at_ < count) return false;
    at_ += count;
    return true;
  }
  // Six bits a byte, the lowest first; bit 6 says that another follows.
  std::optional<std::uint32_t> number() {
    std::uint32_t value = 0;
    for (unsigned shift = 0; shift < 30; shift += 6) {
      const auto next = byte();
      if (!next) return std::nullopt;
      value |= (*next & 63U) << shift;
      if ((*next & 64U) == 0) return value;
    }
    return std::nullopt;
  }
  // The lowest bit is the sign.
  std::optional<std::int64_t> signed_number() {
    const auto value = number();
    if (!value) return std::nullopt;
    const std::int64_t size = *value >> 1;
    return (*value & 1U) != 0 ? -size : size;
  }

 private:
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
};

// By how much the line moves; the rest of the entry is skipped.
std::optional<std::int64_t> read_entry(Reader& in, unsigned kind) {
  if (kind < kOneLine) return in.skip(1) ? std::optional<std::int64_t>(0) : std::nullopt;
  if (kind < kNoColumns)
    return in.skip(2) ? std::optional<std::int64_t>(kind - kOneLine) : std::nullopt;
  if (kind == kNoLine) return 0;
  const auto moved = in.signed_number();
  if (kind == kLong)
    for (int i = 0; i < 3; ++i)
      if (!in.number()) return std::nullopt;
  return moved;
}

}  // namespace

std::optional<std::uint32_t> find_python_line(std::span<const std::byte> table,
                                              std::uint32_t first_line, std::uint64_t instruction) {
  Reader in(table);
  std::int64_t line = first_line;
  std::uint64_t end = 0;
  while (!in.is_at_end()) {
    const unsigned first = *in.byte();
    if ((first & 128U) == 0) return std::nullopt;
    const unsigned kind = (first >> 3) & 15U;
    end += ((first & 7U) + 1) * kCodeUnitBytes;
    const auto moved = read_entry(in, kind);
    if (!moved) return std::nullopt;
    line += *moved;
    if (instruction >= end) continue;
    if (kind == kNoLine || line <= 0 || line > std::numeric_limits<std::int32_t>::max())
      return std::nullopt;
    return static_cast<std::uint32_t>(line);
  }
  return std::nullopt;
}

}  // namespace msgstat::tracer
