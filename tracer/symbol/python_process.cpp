#include "tracer/symbol/python_process.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>

#include "tracer/symbol/process_memory.hpp"
#include "tracer/symbol/python_lines.hpp"

namespace msgstat::tracer {
namespace {

// Of one version of CPython, by its headers (cpython/pystate.h, internal/pycore_frame.h,
// internal/pycore_runtime.h), on 64 bits.
struct Version {
  std::uint64_t number;            // Py_Version >> 16
  std::uint64_t thread_state_key;  // in _PyRuntime: gilstate.autoTSSkey
  python_layout layout;            // `slot` is found in the process
};

constexpr std::array kVersions = {
    Version{.number = 0x030b,
            .thread_state_key = 592,
            .layout = {.slot = 0,
                       .thread_id = 152,
                       .native_thread_id = 160,
                       .cframe = 56,
                       .current_frame = 8,
                       .code = 32,
                       .previous = 48,
                       .instruction = 56,
                       .fixed = 56}},
};

// Py_tss_t
struct ThreadKey {
  std::int32_t is_initialized;
  std::uint32_t key;
};

// glibc's struct pthread on x86-64, from where the thread pointer points to (nptl/descr.h): the
// first 32 keys have their place there, each a sequence number and the pointer.
constexpr std::uint32_t kFirstKeys = 0x310;
constexpr std::uint32_t kKeys = 32;
constexpr std::uint32_t kKeyBytes = 16;

// PyObject, PyVarObject, PyCodeObject, PyBytesObject, PyASCIIObject, PyCompactUnicodeObject.
constexpr std::uint64_t kType = 8;
constexpr std::uint64_t kSize = 16;
constexpr std::uint64_t kFirstLine = 72;
constexpr std::uint64_t kFileName = 112;
constexpr std::uint64_t kQualifiedName = 128;
constexpr std::uint64_t kLineTable = 136;
constexpr std::uint64_t kInstructions = 184;
constexpr std::uint64_t kBytesData = 32;
constexpr std::uint64_t kTextState = 32;
constexpr std::uint64_t kAsciiData = 48;
constexpr std::uint64_t kOtherData = 72;
constexpr std::uint64_t kCodeUnitBytes = 2;

// More than any that a compiler makes.
constexpr std::uint64_t kMostText = 4096;
constexpr std::uint64_t kMostBytes = 1U << 20;

void append_utf8(std::string& text, std::uint32_t code) {
  const auto put = [&text](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

std::string to_utf8(const std::vector<std::byte>& data, std::size_t width) {
  std::string text;
  for (std::size_t at = 0; at + width <= data.size(); at += width) {
    std::uint32_t code = 0;
    std::memcpy(&code, data.data() + at, width);
    append_utf8(text, code);
  }
  return text;
}

// Its file is the interpreter, "python3.11", or "libpython3.11.so.1.0".
std::optional<std::uint64_t> find_symbol(AddressSpace& space, const char* name) {
  for (const char* file : {"python3", "libpython3"})
    if (const auto address = space.find(file, name)) return address;
  return std::nullopt;
}

}  // namespace

std::optional<PythonProcess> PythonProcess::find(AddressSpace& space) {
#if !defined(__x86_64__)
  return std::nullopt;
#endif
  const auto number = find_symbol(space, "Py_Version");
  const auto runtime = find_symbol(space, "_PyRuntime");
  const auto code = find_symbol(space, "PyCode_Type");
  const auto bytes = find_symbol(space, "PyBytes_Type");
  const auto text = find_symbol(space, "PyUnicode_Type");
  if (!number || !runtime || !code || !bytes || !text) return std::nullopt;
  const auto version = read_value<std::uint64_t>(space.pid(), *number);
  if (!version) return std::nullopt;
  const auto known = std::find_if(kVersions.begin(), kVersions.end(), [&version](const Version& v) {
    return v.number == *version >> 16;
  });
  if (known == kVersions.end()) return std::nullopt;
  const auto key = read_value<ThreadKey>(space.pid(), *runtime + known->thread_state_key);
  if (!key || key->is_initialized != 1 || key->key >= kKeys) return std::nullopt;
  python_layout layout = known->layout;
  layout.slot = kFirstKeys + key->key * kKeyBytes + 8;
  return PythonProcess(space.pid(), layout, {.code = *code, .bytes = *bytes, .text = *text});
}

PythonProcess::Key PythonProcess::key_of(const python_frame& frame) {
  return {frame.code, {std::begin(frame.fixed), std::end(frame.fixed)}};
}

void PythonProcess::learn(const python_frame& frame) {
  Key key = key_of(frame);
  if (!codes_.contains(key)) codes_.emplace(std::move(key), read_code(frame));
}

std::optional<StackFrame> PythonProcess::describe(const python_frame& frame) const {
  const auto found = codes_.find(key_of(frame));
  if (found == codes_.end() || !found->second) return std::nullopt;
  const Code& code = *found->second;
  StackFrame described{.function = code.function, .file = code.file};
  // A frame that has not begun yet stands before its first instruction.
  const std::uint64_t at = frame.instruction - (frame.code + kInstructions);
  if (frame.instruction >= frame.code + kInstructions && at < code.bytes)
    described.line = find_python_line(code.lines, code.first_line, at).value_or(0);
  return described;
}

std::optional<PythonProcess::Code> PythonProcess::read_code(const python_frame& frame) const {
  const auto object = read_memory(pid_, frame.code, kInstructions);
  if (!object) return std::nullopt;
  const auto field = [&object](std::uint64_t at) {
    std::uint64_t value = 0;
    std::memcpy(&value, object->data() + at, sizeof value);
    return value;
  };
  if (field(kType) != types_.code ||
      std::memcmp(object->data() + layout_.fixed, frame.fixed, sizeof frame.fixed) != 0)
    return std::nullopt;
  Code code{.first_line = static_cast<std::uint32_t>(field(kFirstLine)),
            .bytes = field(kSize) * kCodeUnitBytes};
  auto name = read_text(field(kQualifiedName));
  auto file = read_text(field(kFileName));
  auto lines = read_bytes(field(kLineTable));
  if (!name || !file || !lines || code.bytes > kMostBytes) return std::nullopt;
  code.function = std::move(*name);
  code.file = std::move(*file);
  code.lines = std::move(*lines);
  return code;
}

std::optional<std::string> PythonProcess::read_text(std::uint64_t address) const {
  const auto head = read_memory(pid_, address, kAsciiData);
  if (!head) return std::nullopt;
  std::uint64_t type = 0;
  std::uint64_t length = 0;
  std::uint32_t state = 0;
  std::memcpy(&type, head->data() + kType, sizeof type);
  std::memcpy(&length, head->data() + kSize, sizeof length);
  std::memcpy(&state, head->data() + kTextState, sizeof state);
  const std::size_t width = state >> 2 & 7U;
  const bool is_compact = (state >> 5 & 1U) != 0;
  const bool is_ascii = (state >> 6 & 1U) != 0;
  if (type != types_.text || length > kMostText || !is_compact ||
      (width != 1 && width != 2 && width != 4))
    return std::nullopt;
  const auto data =
      read_memory(pid_, address + (is_ascii ? kAsciiData : kOtherData), length * width);
  if (!data) return std::nullopt;
  return to_utf8(*data, width);
}

std::optional<std::vector<std::byte>> PythonProcess::read_bytes(std::uint64_t address) const {
  const auto type = read_value<std::uint64_t>(pid_, address + kType);
  const auto size = read_value<std::uint64_t>(pid_, address + kSize);
  if (type != types_.bytes || !size || *size > kMostBytes) return std::nullopt;
  return read_memory(pid_, address + kBytesData, *size);
}

}  // namespace msgstat::tracer
