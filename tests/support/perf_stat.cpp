#include "tests/support/perf_stat.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace support {

PerfStat::PerfStat(const std::vector<pid_t>& pids)
    : control_(make_fifo("control")),
      answer_(make_fifo("answer")),
      child_({"perf", "stat", "-D", "-1", "--control",
              "fifo:" + (directory_ / "control").string() + "," + (directory_ / "answer").string(),
              "-x", ",", "-o", output_, "-e", "syscalls:sys_enter_*", "-p", joined(pids)}) {
  order("enable\n");
}

// "count,unit,event,…"
std::map<std::string, std::uint64_t> PerfStat::counts() {
  order("disable\n");
  child_.send_signal(SIGINT);
  child_.wait();
  // The tracepoints of these are named otherwise than the calls.
  static const std::map<std::string, std::string> names = {
      {"newstat", "stat"},   {"newfstat", "fstat"},      {"newlstat", "lstat"},
      {"newuname", "uname"}, {"sendfile64", "sendfile"}, {"umount", "umount2"}};
  std::map<std::string, std::uint64_t> calls;
  std::ifstream file(output_);
  for (std::string line; std::getline(file, line);) {
    const std::size_t at = line.find("sys_enter_");
    const std::uint64_t count = std::strtoull(line.c_str(), nullptr, 10);
    if (at == std::string::npos || count == 0) continue;
    const std::size_t begin = at + std::string("sys_enter_").size();
    std::string name = line.substr(begin, line.find(',', begin) - begin);
    if (const auto other = names.find(name); other != names.end()) name = other->second;
    calls[name] = count;
  }
  return calls;
}

Descriptor PerfStat::make_fifo(const std::string& name) const {
  const std::string path = directory_ / name;
  if (::mkfifo(path.c_str(), 0600) != 0) throw std::runtime_error("mkfifo " + path);
  return Descriptor(::open(path.c_str(), O_RDWR | O_CLOEXEC));
}

void PerfStat::order(const std::string& text) const {
  if (::write(control_.get(), text.data(), text.size()) < 0) throw std::runtime_error("write");
  char answer[16];
  if (::read(answer_.get(), answer, sizeof answer) <= 0) throw std::runtime_error("no answer");
}

Requirement perf_tracepoints() {
  if (auto perf = command("perf"); !perf.met) return perf;
  const auto tried = run({"perf", "stat", "-e", "syscalls:sys_enter_getppid", "true"});
  return {"perf_tracepoints", tried.status == exited(0), 0,
          "perf stat -e syscalls:sys_enter_getppid: " + tried.err};
}

std::string joined(const std::vector<pid_t>& pids) {
  std::string list;
  for (const pid_t pid : pids) list += (list.empty() ? "" : ",") + std::to_string(pid);
  return list;
}

}  // namespace support
