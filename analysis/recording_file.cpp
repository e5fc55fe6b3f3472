#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>

#include "analysis/printable.hpp"
#include "analysis/recording.hpp"
#include "tracer/error.hpp"

namespace msgstat::analysis {
namespace {

namespace fs = std::filesystem;

Error cannot_write(const fs::path& file, int code) {
  return Error("cannot write " + printable(file.string()), {}, code);
}

// Where renaming puts it: a symbolic link stays one.
fs::path resolved(const fs::path& file) {
  std::error_code none;
  const fs::path target = fs::canonical(file, none);
  return none ? file : target;
}

bool is_written_in_place(const fs::path& file) {
  std::error_code ignored;
  const fs::file_status status = fs::status(file, ignored);
  return fs::exists(status) && !fs::is_regular_file(status);
}

fs::path unfinished_name(const fs::path& file) {
  return file.string() + ".unfinished." + std::to_string(::getpid());
}

// Removes what it names unless it was released.
class Remover {
 public:
  explicit Remover(fs::path file) : file_(std::move(file)) {}
  Remover(const Remover&) = delete;
  Remover& operator=(const Remover&) = delete;
  ~Remover() {
    std::error_code ignored;
    if (!file_.empty()) fs::remove(file_, ignored);
  }
  void release() { file_.clear(); }

 private:
  fs::path file_;
};

// errno of the call below the stream, which has no other way to say why.
void write_text(const fs::path& at, std::string_view text, const fs::path& file) {
  errno = 0;
  std::ofstream out(at, std::ios::binary);
  if (!out) throw cannot_write(file, errno);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  if (!out) throw cannot_write(file, errno);
}

}  // namespace

Recording load_recording(const fs::path& file) {
  const std::string what = "cannot read the recording " + printable(file.string());
  std::error_code ignored;
  if (fs::is_directory(file, ignored)) throw Error(what, {}, EISDIR);
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error(what, {}, errno);
  std::ostringstream text;
  text << in.rdbuf();
  if (in.bad()) throw Error(what, {}, errno);
  return from_json(text.str(), file.string());
}

void check_writable(const fs::path& file) {
  const fs::path target = resolved(file);
  std::error_code ignored;
  if (target.empty()) throw cannot_write(file, ENOENT);
  if (fs::is_directory(target, ignored)) throw cannot_write(file, EISDIR);
  if (fs::exists(target, ignored) && ::access(target.c_str(), W_OK) != 0)
    throw cannot_write(file, errno);
  if (is_written_in_place(target)) return;
  const Remover remover(unfinished_name(target));
  write_text(unfinished_name(target), {}, file);
}

void save_recording(const Recording& recording, const fs::path& file) {
  save_text(to_json(recording), file);
}

void save_text(std::string_view text, const fs::path& file) {
  const fs::path target = resolved(file);
  if (is_written_in_place(target)) {
    write_text(target, text, file);
    return;
  }
  const fs::path unfinished = unfinished_name(target);
  Remover remover(unfinished);
  write_text(unfinished, text, file);
  std::error_code failed;
  fs::rename(unfinished, target, failed);
  if (failed) throw cannot_write(file, failed.value());
  remover.release();
}

}  // namespace msgstat::analysis
