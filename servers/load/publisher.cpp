#include "servers/load/publisher.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include <fmt/format.h>

#include "servers/load/error.hpp"

namespace load {
namespace {

constexpr std::size_t round_up(std::size_t bytes) {
  return (bytes + kCacheLine - 1) / kCacheLine * kCacheLine;
}

void copy_text(std::array<char, kFailureBytes>& to, std::string_view text) noexcept {
  const std::size_t length = std::min(text.size(), to.size() - 1);
  std::copy_n(text.begin(), length, to.begin());
  to[length] = '\0';
}

}  // namespace

Publisher::Publisher(int fd, const Shape& shape) {
  const std::size_t blocks = round_up(sizeof(PublishedHeader));
  const std::size_t connections = blocks + shape.threads * sizeof(ThreadBlock);
  bytes_ = connections + shape.connections * sizeof(Word);

  if (::ftruncate(fd, static_cast<off_t>(bytes_)) != 0)
    throw Error(fmt::format("cannot size the published counts: {}", std::strerror(errno)));
  void* const start = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (start == MAP_FAILED)
    throw Error(fmt::format("cannot map the published counts: {}", std::strerror(errno)));
  start_ = static_cast<std::byte*>(start);

  auto* const header = new (start_) PublishedHeader{};
  for (std::size_t i = 0; i < shape.threads; ++i)
    new (start_ + blocks + i * sizeof(ThreadBlock)) ThreadBlock{};
  for (std::size_t i = 0; i < shape.connections; ++i)
    new (start_ + connections + i * sizeof(Word)) Word{};
  header->version = kPublishedVersion;
  header->threads = static_cast<std::uint32_t>(shape.threads);
  header->connections = shape.connections;
  header->message_bytes = shape.message_bytes;
  header->blocks_offset = blocks;
  header->connections_offset = connections;
  header->total_bytes = bytes_;
  header->magic.store(kPublishedMagic, std::memory_order_release);
}

Publisher::~Publisher() { ::munmap(start_, bytes_); }

PublishedHeader& Publisher::header() const noexcept {
  return *reinterpret_cast<PublishedHeader*>(start_);
}

ThreadBlock& Publisher::block(std::size_t thread) const noexcept {
  return reinterpret_cast<ThreadBlock*>(start_ + header().blocks_offset)[thread];
}

std::size_t Publisher::threads() const noexcept { return header().threads; }

std::span<Word> Publisher::connections() const noexcept {
  return {reinterpret_cast<Word*>(start_ + header().connections_offset), header().connections};
}

std::int64_t Publisher::start_ns() const noexcept {
  return static_cast<std::int64_t>(header().start_ns.load(std::memory_order_acquire));
}

void Publisher::set_start(std::int64_t ns) noexcept {
  header().start_ns.store(static_cast<std::uint64_t>(ns), std::memory_order_release);
}

void Publisher::set_state(State state) noexcept {
  header().state.store(static_cast<std::uint32_t>(state), std::memory_order_release);
}

void Publisher::fail(std::string_view why) noexcept {
  copy_text(header().failure, why);
  set_state(State::kFailed);
}

void fail(ThreadBlock& block, ErrorKind kind, std::string_view why) noexcept {
  add(block.errors[static_cast<std::size_t>(kind)], 1);
  copy_text(block.failure, why);
  block.phase.store(static_cast<std::uint32_t>(ThreadPhase::kFailed), std::memory_order_release);
}

std::string failure_of(const ThreadBlock& block) {
  return {block.failure.data(), ::strnlen(block.failure.data(), block.failure.size())};
}

}  // namespace load
