#include "tracer/symbol/demangle.hpp"

#include <libiberty/demangle.h>

#include <csetjmp>

namespace msgstat::tracer {
namespace {

// A name of 200 letters can stand for one of a megabyte, and each ten letters more double it.
constexpr std::size_t kMostBytes = std::size_t{64} << 10;

struct Demangled {
  std::string text;
  std::jmp_buf too_long{};
};

void append(const char* piece, std::size_t bytes, void* to) {
  auto& demangled = *static_cast<Demangled*>(to);
  // The library has no other way to be stopped, and holds nothing.
  if (bytes > kMostBytes - demangled.text.size()) std::longjmp(demangled.too_long, 1);
  demangled.text.append(piece, bytes);
}

// False: not of this mangling, or too long.
template <typename Demangle>
bool demangle(Demangle with, const std::string& name, int options, Demangled& to) {
  to.text.clear();
  if (setjmp(to.too_long) != 0) return false;
  return with(name.c_str(), options, append, &to) != 0;
}

}  // namespace

std::string demangled(const std::string& name) {
  Demangled to;
  // Rust's older mangling is C++'s with a hash at its end, so it is asked first.
  if (demangle(rust_demangle_callback, name, DMGL_NO_OPTS, to) ||
      demangle(cplus_demangle_v3_callback, name, DMGL_PARAMS | DMGL_ANSI, to))
    return std::move(to.text);
  return name;
}

}  // namespace msgstat::tracer
