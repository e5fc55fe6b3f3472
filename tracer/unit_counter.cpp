#include "tracer/unit_counter.hpp"

#include <sys/stat.h>

#include <atomic>

#include "tracer/error.hpp"

namespace msgstat::tracer {

UnitCounter::UnitCounter(const UnitCounterLocation& location) : location_(location) {
  struct stat file {};
  check(::fstat(location.fd, &file), "look at the count of units");
  const std::size_t end = location.offset + (location.count - 1) * location.stride + 8;
  if (location.count == 0 || location.offset % 8 != 0 || location.stride % 8 != 0 ||
      end > static_cast<std::size_t>(file.st_size))
    throw UsageError("the count of units lies outside its shared memory");
  mapping_ = Mapping(location.fd, static_cast<std::size_t>(file.st_size), Mapping::Access::kRead,
                     "the count of units");
}

std::uint64_t UnitCounter::read() const {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < location_.count; ++i) {
    auto* counter = reinterpret_cast<std::uint64_t*>(mapping_.as<char>() + location_.offset +
                                                     i * location_.stride);
    sum += std::atomic_ref(*counter).load(std::memory_order_relaxed);
  }
  return sum;
}

}  // namespace msgstat::tracer
