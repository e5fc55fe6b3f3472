#include "tests/bench/watchers.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tests/bench/empty_hook.hpp"
#include "tests/support/descriptor.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tracer/collector.hpp"

namespace bench {
namespace {

using Words = std::vector<std::string>;

std::string own_pid() { return std::to_string(::getpid()); }

class Nothing : public Watcher {};

class Empty : public Watcher {
  EmptyHook hook_;
};

template <msgstat::Level kLevel>
class Level : public Watcher {
 public:
  // No perf event but one: this is about the hook.
  Level() : collector_(msgstat::Collector::self({.events = {"task-clock"}, .level = kLevel})) {
    collector_.open();
    // The sample of our own cost costs, too; level explain has to be polled until it is closed.
    constexpr int kSampleMs = 100;
    for (int i = 0; i < kSampleMs && collector_.poll(); ++i) ::usleep(1000);
  }
  ~Level() override { collector_.close(); }

 private:
  msgstat::Collector collector_;
};

// A tool that attaches to this process, says on stderr or stdout when it has, and ends by SIGINT.
class Tool : public Watcher {
 public:
  Tool(const Words& command, const std::string& said_on_stderr, const std::string& said_on_stdout)
      : child_(command) {
    for (;;) {
      const auto line = said_on_stderr.empty() ? child_.read_line() : child_.read_error_line();
      const std::string& wanted = said_on_stderr.empty() ? said_on_stdout : said_on_stderr;
      if (!line) throw std::runtime_error(command.front() + " has ended: " + child_.wait().err);
      if (line->find(wanted) != std::string::npos) return;
    }
  }
  ~Tool() override {
    child_.send_signal(SIGINT);
    child_.wait();
  }

 private:
  support::Child child_;
};

// A tool that says nothing once it has attached: given the time that perf trace takes for it.
class SilentTool : public Watcher {
 public:
  explicit SilentTool(const Words& command) : child_(command) {
    ::sleep(2);
    if (!child_.running())
      throw std::runtime_error(command.front() + " has ended: " + child_.wait().err);
  }
  ~SilentTool() override {
    child_.send_signal(SIGINT);
    child_.wait();
  }

 private:
  support::Child child_;
};

std::unique_ptr<Watcher> syscount() {
  return std::make_unique<SilentTool>(Words{"syscount", "-L", "-p", own_pid()});
}

std::unique_ptr<Watcher> perf_trace() {
  return std::make_unique<SilentTool>(
      Words{"perf", "trace", "-s", "-o", "/dev/null", "-p", own_pid()});
}

std::unique_ptr<Watcher> strace() {
  return std::make_unique<Tool>(Words{"strace", "-c", "-o", "/dev/null", "-p", own_pid()},
                                "attached", "");
}

// Every call and its result, as msgstat counts them.
std::unique_ptr<Watcher> bpftrace() {
  const std::string program =
      "tracepoint:raw_syscalls:sys_exit /pid == " + own_pid() +
      "/ { @[args->id] = count(); } interval:ms:50 { printf(\"armed\\n\"); }";
  return std::make_unique<Tool>(Words{"bpftrace", "-B", "line", "-e", program}, "", "armed");
}

// The time in each call, as level latency has it.
std::unique_ptr<Watcher> bpftrace_times() {
  const std::string mine = "/pid == " + own_pid() + "/ ";
  const std::string program =
      "tracepoint:raw_syscalls:sys_enter " + mine + "{ @start[tid] = nsecs; } " +
      "tracepoint:raw_syscalls:sys_exit /@start[tid]/ { @[args->id] = hist(nsecs - @start[tid]); "
      "delete(@start[tid]); } interval:ms:50 { printf(\"armed\\n\"); }";
  return std::make_unique<Tool>(Words{"bpftrace", "-B", "line", "-e", program}, "", "armed");
}

// perf stat with its control fifo: armed when it has acknowledged.
class Perf : public Watcher {
 public:
  explicit Perf(const std::string& event)
      : control_(make_fifo("control")),
        answer_(make_fifo("answer")),
        child_(
            {"perf", "stat", "-D", "-1", "--control",
             "fifo:" + (directory_ / "control").string() + "," + (directory_ / "answer").string(),
             "-o", "/dev/null", "-e", event, "-p", own_pid()}) {
    char answer[16];
    if (::write(control_.get(), "enable\n", 7) != 7) throw std::runtime_error("perf: no control");
    while (::read(answer_.get(), answer, sizeof answer) <= 0) {
      if (!child_.running()) throw std::runtime_error("perf stat: " + child_.wait().err);
      ::usleep(1000);
    }
  }
  ~Perf() override {
    child_.send_signal(SIGINT);
    child_.wait();
  }

 private:
  [[nodiscard]] support::Descriptor make_fifo(const std::string& name) const {
    const std::string path = directory_ / name;
    if (::mkfifo(path.c_str(), 0600) != 0) throw std::runtime_error("mkfifo " + path);
    return support::Descriptor(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
  }

  support::TemporaryDirectory directory_;
  support::Descriptor control_;
  support::Descriptor answer_;
  support::Child child_;
};

template <typename Kind>
std::unique_ptr<Watcher> make() {
  return std::make_unique<Kind>();
}

constexpr int kMany = 200'000;
constexpr int kFew = 2'000;

constexpr Way kWays[] = {
    {kNothing, kMany, make<Nothing>},
    {kEmpty, kMany, make<Empty>},
    {"msgstat, level counts", kMany, make<Level<msgstat::Level::kCounts>>},
    {"perf stat -e raw_syscalls:sys_enter", kMany,
     [] { return std::unique_ptr<Watcher>(new Perf("raw_syscalls:sys_enter")); }},
    {kClassic, kMany,
     [] { return std::unique_ptr<Watcher>(new Perf("syscalls:sys_enter_getppid")); }},
    {"bpftrace, count() of raw_syscalls:sys_exit", kMany, bpftrace},
    {"msgstat, level latency", kMany, make<Level<msgstat::Level::kLatency>>},
    {"msgstat, level explain", kMany, make<Level<msgstat::Level::kExplain>>},
    {kSyscount, kMany, syscount},
    {"bpftrace, hist() of the time in each call", kMany, bpftrace_times},
    {"perf trace -s", kFew, perf_trace},
    {"strace -c", kFew, strace},
};

}  // namespace

std::span<const Way> ways() { return kWays; }

}  // namespace bench
