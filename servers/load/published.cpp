#include "servers/load/published.hpp"

#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "servers/load/error.hpp"

namespace load {
namespace {

constexpr std::array<std::string_view, 6> kStateNames = {"connecting", "warming", "steady",
                                                         "stopping",   "failed",  "done"};
constexpr std::array<std::string_view, kErrorKinds> kErrorNames = {
    "connect_retried", "connect_failed", "timed_out", "reset", "closed", "mismatch", "internal"};

bool fits(const PublishedHeader& header, std::size_t bytes) {
  const auto room = [bytes](std::uint64_t offset, std::uint64_t count, std::uint64_t size) {
    return offset <= bytes && count <= (bytes - offset) / size;
  };
  return header.total_bytes == bytes &&
         room(header.blocks_offset, header.threads, sizeof(ThreadBlock)) &&
         room(header.connections_offset, header.connections, sizeof(Word));
}

}  // namespace

std::string_view to_string(State state) noexcept {
  return kStateNames[static_cast<std::size_t>(state)];
}

std::string_view to_string(ErrorKind kind) noexcept {
  return kErrorNames[static_cast<std::size_t>(kind)];
}

FileDescriptor make_published_file() {
  FileDescriptor file(::memfd_create("msgstat-load", MFD_CLOEXEC));
  if (!file) throw Error(fmt::format("cannot make a memfd: {}", std::strerror(errno)));
  return file;
}

std::optional<PublishedCounts> PublishedCounts::open(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0)
    throw Error(fmt::format("cannot read the load generator's counts: {}", std::strerror(errno)));
  const auto bytes = static_cast<std::size_t>(status.st_size);
  if (bytes == 0) return std::nullopt;
  if (bytes < sizeof(PublishedHeader))
    throw Error(fmt::format("the load generator's counts are cut short: {} bytes", bytes));

  void* const start = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fd, 0);
  if (start == MAP_FAILED)
    throw Error(fmt::format("cannot map the load generator's counts: {}", std::strerror(errno)));
  PublishedCounts counts(static_cast<const std::byte*>(start), bytes);

  const PublishedHeader& header = counts.header();
  const std::uint64_t magic = header.magic.load(std::memory_order_acquire);
  if (magic == 0) return std::nullopt;
  if (magic != kPublishedMagic) throw Error("what the load generator published is not its counts");
  if (header.version != kPublishedVersion)
    throw Error(fmt::format("the load generator's counts are of version {}, version {} is wanted",
                            header.version, kPublishedVersion));
  if (!fits(header, bytes)) throw Error("the load generator's counts are malformed");
  return counts;
}

PublishedCounts::PublishedCounts(PublishedCounts&& other) noexcept
    : start_(std::exchange(other.start_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

PublishedCounts& PublishedCounts::operator=(PublishedCounts&& other) noexcept {
  std::swap(start_, other.start_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

PublishedCounts::~PublishedCounts() {
  if (start_ != nullptr) ::munmap(const_cast<std::byte*>(start_), bytes_);
}

const PublishedHeader& PublishedCounts::header() const noexcept {
  return *reinterpret_cast<const PublishedHeader*>(start_);
}

const ThreadBlock& PublishedCounts::block(std::size_t index) const noexcept {
  return reinterpret_cast<const ThreadBlock*>(start_ + header().blocks_offset)[index];
}

State PublishedCounts::state() const noexcept {
  return static_cast<State>(header().state.load(std::memory_order_acquire));
}

std::string PublishedCounts::failure() const {
  if (state() != State::kFailed) return {};
  const auto& text = header().failure;
  return {text.data(), ::strnlen(text.data(), text.size())};
}

std::size_t PublishedCounts::connections() const noexcept { return header().connections; }

std::size_t PublishedCounts::message_bytes() const noexcept { return header().message_bytes; }

std::uint64_t PublishedCounts::connected() const noexcept {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < header().threads; ++i)
    sum += block(i).connected.load(std::memory_order_relaxed);
  return sum;
}

std::uint64_t PublishedCounts::messages() const noexcept {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < header().threads; ++i)
    sum += block(i).messages.load(std::memory_order_relaxed);
  return sum;
}

Snapshot PublishedCounts::snapshot() const {
  Snapshot now;
  // Room first: what follows the first reading must be quick.
  now.per_connection.resize(connections());
  now.latency.resize(kBuckets);

  now.time = std::chrono::steady_clock::now();
  now.messages = messages();
  now.message_bytes = message_bytes();
  const auto* words = reinterpret_cast<const Word*>(start_ + header().connections_offset);
  for (std::size_t i = 0; i < now.per_connection.size(); ++i)
    now.per_connection[i] = words[i].load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < header().threads; ++i) {
    const ThreadBlock& from = block(i);
    for (std::size_t k = 0; k < kErrorKinds; ++k)
      now.errors[k] += from.errors[k].load(std::memory_order_relaxed);
    for (std::size_t b = 0; b < kBuckets; ++b)
      now.latency[b] += from.latency[b].load(std::memory_order_relaxed);
  }
  return now;
}

CounterLocation PublishedCounts::messages_location() const noexcept {
  return {header().blocks_offset + offsetof(ThreadBlock, messages), sizeof(ThreadBlock),
          header().threads};
}

}  // namespace load
