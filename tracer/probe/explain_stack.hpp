// From the samples of bpf/explain_stack.h to sites: takes them out of the ring now and then in a
// window, and unwinds and names them at its end. Any one thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "bpf/abi.h"
#include "tracer/stack_use.hpp"
#include "tracer/symbol/address_space.hpp"
#include "tracer/symbol/python_process.hpp"

struct bpf_map;
struct ring_buffer;

namespace msgstat::tracer {

// Of the processes of a target, by thread group of the init namespace. What was seen of one stays
// when it has ended.
class AddressSpaces {
 public:
  AddressSpace& of(std::uint32_t tgid, pid_t pid);
  // Those that there are read their maps again.
  void refresh();

 private:
  std::map<std::uint32_t, AddressSpace> spaces_;
};

struct StackReading {
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::vector<CallSite>>
      by_word;                   // tgid, address
  std::vector<CallSite> asleep;  // most time first
  std::uint64_t not_taken = 0;   // samples that were handed over and could not be kept
};

class StackSamples {
 public:
  // Borrows the maps, which must live as long, and `spaces`.
  StackSamples(const bpf_map* ring, const bpf_map* pythons, AddressSpaces& spaces);
  ~StackSamples();
  StackSamples(const StackSamples&) = delete;
  StackSamples& operator=(const StackSamples&) = delete;

  // Takes what is there, and reads what may be gone later: maps, and code objects of Python.
  void drain();
  // The sites of one bank, whose samples are then forgotten; drain() before.
  StackReading take(std::uint32_t bank);
  void forget();

 private:
  struct Sample {
    std::uint32_t tgid = 0;
    pid_t pid = 0;
    std::string call;
    std::uint64_t address = 0;
    std::uint64_t calls = 0;
    std::uint64_t asleep_ns = 0;
    std::vector<std::uint64_t> registers;
    std::vector<python_frame> python;
    std::vector<std::byte> stack;
  };
  // Of a window: at most so many, each as likely to be kept as any other.
  struct Bank {
    std::vector<Sample> samples;
    std::uint64_t seen = 0;
  };

  static int note(void* self, void* data, std::size_t size) noexcept;
  void add(const stack_sample& raw);
  // A process as it was seen last: it may execute a program, map more, and begin to be Python.
  struct Met {
    std::optional<PythonProcess> python;
    std::chrono::steady_clock::time_point looked;
    int looks = 0;
  };
  Met& meet(const stack_sample& raw);

  struct RingDeleter {
    void operator()(ring_buffer* ring) const;
  };
  std::unique_ptr<ring_buffer, RingDeleter> ring_;
  int pythons_;
  AddressSpaces& spaces_;
  std::map<std::uint32_t, Met> met_;  // by tgid
  Bank banks_[BANKS];
  std::uint64_t not_taken_ = 0;
  std::minstd_rand random_;
};

}  // namespace msgstat::tracer
