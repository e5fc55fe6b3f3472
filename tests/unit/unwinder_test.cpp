// Stacks of files that are hostile, and the child that unwinds them. That a real stack is unwound
// rightly, tests/kernel/stacks_test.cpp shows.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "bpf/abi.h"
#include "tests/support/descriptor.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tracer/symbol/address_space.hpp"
#include "tracer/symbol/confined.hpp"
#include "tracer/symbol/elf.hpp"
#include "tracer/symbol/unwinder.hpp"

// An allocation that a limit refuses is an answer here, not an error.
// NOLINTNEXTLINE(readability-identifier-naming): the sanitizer's name
extern "C" __attribute__((visibility("default"))) const char* __asan_default_options();
const char* __asan_default_options() { return "allocator_may_return_null=1"; }

namespace {

using namespace msgstat::tracer;

TEST(Unwinder, OutlivesAFileThatIsCutShort) {
  AddressSpace space(::getpid());
  std::vector<CodeFile> files = space.code_files();
  const std::string own = std::filesystem::read_symlink("/proc/self/exe");
  std::erase_if(files, [&own](const CodeFile& file) { return file.name != own; });
  ASSERT_EQ(files.size(), 1U);
  const support::TemporaryDirectory directory;
  files[0].readable_path = directory / "copy";
  std::filesystem::copy(own, files[0].readable_path);
  const std::uintmax_t bytes = std::filesystem::file_size(own);

  std::uint64_t registers[REGISTERS] = {};
  registers[REGISTER_PC] = reinterpret_cast<std::uint64_t>(&run_confined);
  const std::byte stack[64] = {};
  for (const std::uintmax_t left : {bytes, bytes / 2, std::uintmax_t{0}}) {
    Unwinder unwinder(files);
    std::filesystem::resize_file(files[0].readable_path, left);
    EXPECT_EQ(unwinder.unwind({.registers = registers, .stack = stack}),
              std::vector{registers[REGISTER_PC]})
        << left;
  }
}

TEST(Unwinder, IsConfined) {
  // Unwind information that names register 2^27 - 100, for which libdw takes 1 GiB, behind the
  // eight words of tests/fuzz/unwind.cpp.
  std::ifstream seed(MSGSTAT_SOURCE_DIRECTORY "/tests/fuzz/corpus/unwind/registers",
                     std::ios::binary);
  std::array<std::uint16_t, 8> words{};
  seed.read(reinterpret_cast<char*>(words.data()), sizeof words);
  const std::string file{std::istreambuf_iterator<char>(seed), {}};
  const auto elf = parse_elf(std::as_bytes(std::span(file)));
  ASSERT_TRUE(elf);
  const support::TemporaryDirectory directory;
  std::ofstream(directory / "registers", std::ios::binary) << file;
  std::uint64_t registers[REGISTERS] = {};
  registers[REGISTER_PC] = 0x10000000 + words[0];
  const std::vector<StackCopy> copies(3, {.registers = registers, .stack = {}});
  const auto walks = unwind_confined(
      {code_file("registers", directory / "registers", elf->segments, 0x10000000)}, copies);
  EXPECT_EQ(walks, std::vector(3, std::vector{registers[REGISTER_PC]}));
  rusage children{};
  ASSERT_EQ(::getrusage(RUSAGE_CHILDREN, &children), 0);
  EXPECT_LT(children.ru_maxrss, 900L << 10);  // KiB
}

TEST(Confined, WhatWasSentArrives) {
  const std::vector<std::uint64_t> many(100'000, 7);
  EXPECT_EQ(run_confined([&many](const SendWords& send) { send(many); }), many);
}

TEST(Confined, SoDoesWhatWasSentBeforeTheEnd) {
  constexpr std::uint64_t kWord[] = {7};
  const std::vector<std::uint64_t> sent{7};
  EXPECT_EQ(run_confined([&kWord](const SendWords& send) {
              send(kWord);
              ::raise(SIGKILL);
            }),
            sent);
  EXPECT_EQ(run_confined([&kWord](const SendWords& send) {
              send(kWord);
              throw std::runtime_error("no");
            }),
            sent);
}

TEST(Confined, HasMemoryUpToALimit) {
  constexpr std::size_t kMost = std::size_t{64} << 20;
  const auto got = run_confined(
      [](const SendWords& send) {
        for (const std::size_t bytes : {kMost / 2, kMost}) {
          void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
          const std::uint64_t is_there = memory == MAP_FAILED ? 0 : 1;
          send({&is_there, 1});
        }
      },
      {.bytes = kMost});
  EXPECT_EQ(got, (std::vector<std::uint64_t>{1, 0}));
}

TEST(Confined, HasTimeUpToALimit) {
  constexpr std::uint64_t kWord[] = {7};
  const auto spin = [&kWord](const SendWords& send) {
    send(kWord);
    for (volatile unsigned turns = 0;;) turns = turns + 1;
  };
  EXPECT_EQ(run_confined(spin, {.cpu = std::chrono::seconds(1)}), std::vector<std::uint64_t>{7});
}

TEST(Confined, HasNoneOfOurDescriptors) {
  const support::Descriptor ours(::open("/dev/null", O_RDONLY));
  ASSERT_GT(ours.get(), STDERR_FILENO);
  const auto fd = static_cast<std::uint64_t>(ours.get());
  const auto got = run_confined([fd](const SendWords& send) {
    const std::uint64_t is_closed = ::fcntl(static_cast<int>(fd), F_GETFD) < 0 ? 1 : 0;
    send({&is_closed, 1});
  });
  EXPECT_EQ(got, std::vector<std::uint64_t>{1});
}

TEST(Confined, EndsWithWhoeverIsKilled) {
  void* shared = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(shared, MAP_FAILED);
  auto& confined = *new (shared) std::atomic<pid_t>(0);
  const pid_t killed = ::fork();
  if (killed == 0) {
    run_confined([&confined](const SendWords&) {
      confined = ::getpid();
      ::pause();
    });
    ::_exit(0);
  }
  while (confined == 0) ::usleep(1000);
  const support::Descriptor end(static_cast<int>(::syscall(SYS_pidfd_open, confined.load(), 0)));
  ASSERT_GE(end.get(), 0);
  ::kill(killed, SIGKILL);
  ::waitpid(killed, nullptr, 0);
  pollfd watched{.fd = end.get(), .events = POLLIN, .revents = 0};
  const bool has_ended = ::poll(&watched, 1, 10'000) == 1;
  EXPECT_TRUE(has_ended);
  if (!has_ended) ::kill(confined, SIGKILL);
  ::munmap(shared, 4096);
}

}  // namespace
