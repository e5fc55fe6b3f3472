#include "tracer/symbol/demangle.hpp"

#include <cxxabi.h>
#include <libiberty/demangle.h>

#include <cstdlib>
#include <memory>

namespace msgstat::tracer {
namespace {

using Text = std::unique_ptr<char, decltype(&std::free)>;

}  // namespace

std::string demangled(const std::string& name) {
  // Rust's older mangling is C++'s with a hash at its end, so it is asked first.
  if (const Text text(rust_demangle(name.c_str(), DMGL_NO_OPTS), &std::free); text)
    return text.get();
  int status = 0;
  const Text text(abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), &std::free);
  return status == 0 && text ? text.get() : name;
}

}  // namespace msgstat::tracer
