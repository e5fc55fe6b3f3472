// The command as a plain user: with the capabilities of its file, with some of them, with none; and
// on machines that lack something, made by mounts over what they lack and by a seccomp filter.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/kernel/actor.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/public_command.hpp"
#include "tests/support/requirement.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

namespace fs = std::filesystem;
using kernel_test::Actor;
using nlohmann::json;
using Words = std::vector<std::string>;

constexpr const char* kTracing = "cap_bpf,cap_perfmon=ep";
constexpr const char* kAll = "cap_bpf,cap_perfmon,cap_sys_ptrace=ep";

Words operator+(Words left, const Words& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Words as_nobody(const Words& command) {
  return Words{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"} + command;
}

json read_json(const std::string& file) {
  std::ifstream stream(file);
  return json::parse(stream);
}

std::uint64_t sum_of(const json& recording, const std::string& call) {
  std::uint64_t calls = 0;
  for (const json& run : recording.at("runs"))
    if (run.at("syscalls").contains(call))
      calls += run.at("syscalls").at(call).at("calls").get<std::uint64_t>();
  return calls;
}

int paranoid() {
  std::ifstream file("/proc/sys/kernel/perf_event_paranoid");
  int level = 0;
  file >> level;
  return level;
}

class PlainUser : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_UNLESS(support::bpf());
    SKIP_UNLESS(support::root());
    SKIP_UNLESS(support::command("setpriv"));
  }
  // The program with these capabilities.
  void grant(const std::string& capabilities) {
    const auto done = support::run({"setcap", capabilities, program_});
    struct statvfs system {};
    ::statvfs(program_.c_str(), &system);
    const bool met = done.status == support::exited(0) &&
                     (system.f_flag & static_cast<unsigned>(ST_NOSUID)) == 0;
    SKIP_UNLESS((support::Requirement{"file_capabilities", met, 0, "setcap: " + done.err}));
  }
  [[nodiscard]] Words msgstat(const Words& words) const {
    return as_nobody(Words{program_} + words);
  }
  // What nobody's msgstat says of the actor while it obeys.
  json measure(Actor& actor, const std::string& command, const Words& options = {}) {
    const std::string file = directory_ / "recording.json";
    support::Child stat(msgstat(
        Words{"stat", "-p", std::to_string(actor.pid()), "-I", "100", "-x", ",", "-o", file} +
        options));
    if (!stat.read_line()) throw std::runtime_error("msgstat: " + stat.wait().err);
    actor.obey(command);
    stat.send_signal(SIGINT);
    const auto result = stat.wait();
    EXPECT_EQ(result.status, support::exited(0)) << result.err;
    EXPECT_EQ(result.err, "");
    return read_json(file);
  }
  // An actor whose program nobody may read: below our directory, as its path may not be.
  void become_readable(Actor& actor) {
    const std::string copy = directory_ / "actor";
    fs::copy_file(kernel_test::test_program("actor"), copy);
    actor.tell("become " + copy);
    actor.wait_until_in(SYS_read);
  }

  support::PublicCommand command_;
  const support::TemporaryDirectory& directory_ = command_.directory();
  std::string program_ = command_.path();
};

TEST_F(PlainUser, WithTwoCapabilitiesCountsTheProcessOfAnother) {
  grant(kTracing);
  if (IsSkipped()) return;
  Actor actor;
  const json recording = measure(actor, "calls 110 7919", {"--unit", "sock:recv"});
  EXPECT_EQ(sum_of(recording, "getppid"), 7919U);
  const json& first = recording.at("runs").at(0);
  for (const char* event : {"task-clock", "context-switches", "cpu-migrations", "page-faults"})
    EXPECT_NE(first.at("counters").at(event).at("state"), "not_permitted") << event;
  EXPECT_EQ(first.at("unit").at("source"), "sock:recv");
  // BPF_ENABLE_STATS is CAP_SYS_ADMIN's.
  EXPECT_TRUE(first.at("observer").is_null() || first.at("observer").at("bpf_runs") > 0);
}

// To look into another's files takes one, to set a breakpoint in a program one more.
TEST_F(PlainUser, IsToldWhatAUnitInAProgramTakes) {
  struct Case {
    std::string capabilities;
    std::uint64_t units;
    std::string said;
  };
  for (const Case& each :
       {Case{kTracing, 0, "needs CAP_SYS_PTRACE: sudo setcap "},
        Case{kAll, 0, "the kernel takes CAP_SYS_ADMIN for it"},
        Case{"cap_bpf,cap_perfmon,cap_sys_ptrace,cap_sys_admin=ep", 503, "[]"}}) {
    grant(each.capabilities);
    if (IsSkipped()) return;
    Actor actor;
    fs::remove(directory_ / "actor");
    become_readable(actor);
    const json recording = measure(actor, "function 503", {"--unit", "uprobe:actor:unit_function"});
    std::uint64_t units = 0;
    for (const json& run : recording.at("runs")) {
      if (!run.at("unit").is_null()) units += run.at("unit").at("count").get<std::uint64_t>();
      const std::string said = run.at("blind_spots").dump();
      EXPECT_NE(said.find(each.said), std::string::npos) << each.capabilities << said;
    }
    EXPECT_EQ(units, each.units) << each.capabilities;
  }
}

TEST_F(PlainUser, IsToldWhatExplainLacks) {
  Actor actor;
  for (const bool all : {false, true}) {
    grant(all ? kAll : kTracing);
    if (IsSkipped()) return;
    const auto result =
        support::run(msgstat({"explain", "-p", std::to_string(actor.pid()), "--duration", "0.1"}));
    EXPECT_EQ(result.status, support::exited(0)) << result.err;
    EXPECT_EQ(result.out.find("CAP_SYS_PTRACE") != std::string::npos, !all) << result.out;
  }
}

TEST_F(PlainUser, MayDoTheRestWithCapabilities) {
  grant(kAll);
  if (IsSkipped()) return;
  const auto doctor = support::run(msgstat({"doctor"}));
  EXPECT_EQ(doctor.status, support::exited(0)) << doctor.out;
  EXPECT_NE(doctor.out.find("7 of 7 known calls counted"), std::string::npos) << doctor.out;

  Actor actor;
  const auto top = support::run(
      msgstat({"top", "-p", std::to_string(actor.pid()), "-I", "50", "--timeout", "200"}));
  EXPECT_EQ(top.status, support::exited(0)) << top.err;
  EXPECT_EQ(top.err, "");

  // The agent would have no capabilities in the server, so it is measured from outside.
  const fs::path models = directory_ / "libexec/msgstat/models";
  fs::create_directories(models);
  fs::copy_file(support::build_directory() / "libexec/msgstat/models/cpp_epoll",
                models / "cpp_epoll");
  const auto bench = support::run(msgstat(
      {"bench", "cpp_epoll", "--connections", "7", "--duration", "0.2", "--warmup", "0.1", "-j"}));
  ASSERT_EQ(bench.status, support::exited(0)) << bench.err;
  const json recording = json::parse(bench.out);
  for (const json& run : recording.at("runs")) {
    if (!run.at("window").at("measured").get<bool>()) continue;
    EXPECT_NEAR(run.at("syscalls").at("recvfrom").at("per_unit").get<double>(), 1, 0.5);
  }
}

// A process of one's own: what perf gives, and what is missing with the command that grants it.
TEST_F(PlainUser, WithoutCapabilitiesHasTheSoftwareEventsOfItsOwn) {
  const std::string file = directory_ / "recording.json";
  const auto result = support::run(msgstat(
      {"stat", "-o", file, "--", "sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"}));
  ASSERT_EQ(result.status, support::exited(0)) << result.err;
  EXPECT_NE(result.out.find("needs CAP_BPF and CAP_PERFMON"), std::string::npos) << result.out;
  const json run = read_json(file).at("runs").at(0);
  EXPECT_TRUE(run.at("syscalls").is_null());
  EXPECT_NE(run.at("syscalls_reason")
                .get<std::string>()
                .find("needs CAP_BPF and CAP_PERFMON: sudo setcap "
                      "cap_bpf,cap_perfmon,cap_sys_ptrace=ep " +
                      program_),
            std::string::npos)
      << run.at("syscalls_reason");
  EXPECT_GT(run.at("cpu").at("user_s").get<double>(), 0);
  const json& counters = run.at("counters");
  SKIP_UNLESS((support::Requirement{"perf_event_paranoid", paranoid() <= 2, 0, "at most 2"}));
  EXPECT_GT(counters.at("task-clock").at("value").get<double>(), 1e6);
  if (paranoid() <= 1) {
    EXPECT_GT(counters.at("context-switches").at("value").get<double>(), 0);
    return;
  }
  EXPECT_GT(counters.at("page-faults:u").at("value").get<double>(), 10);
  // The kernel's own code raises these: in user mode they would read as 0.
  for (const char* event : {"context-switches", "cpu-migrations"}) {
    EXPECT_EQ(counters.at(event).at("state"), "not_permitted");
    EXPECT_NE(counters.at(event).at("reason").get<std::string>().find("CAP_PERFMON"),
              std::string::npos);
  }
}

TEST_F(PlainUser, WithoutCapabilitiesMayAttachToItsOwn) {
  support::Child own(as_nobody({"sh", "-c", "echo ready; while kill -0 $$; do :; done"}));
  ASSERT_TRUE(own.read_line().has_value());
  const auto result = support::run(
      msgstat({"stat", "-p", std::to_string(own.pid()), "--timeout", "100", "-e", "task-clock"}));
  EXPECT_EQ(result.status, support::exited(0)) << result.err;
  EXPECT_NE(result.out.find("sudo setcap"), std::string::npos) << result.out;
  EXPECT_TRUE(own.running());
}

TEST_F(PlainUser, IsToldWhenProcHidesAProcess) {
  Actor actor;
  const auto result = support::run({"unshare", "--mount", "sh", "-c",
                                    "mount -t proc -o hidepid=2 proc /proc && exec \"$@\"", "sh",
                                    "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                                    program_, "stat", "-p", std::to_string(actor.pid())});
  EXPECT_EQ(result.status, support::exited(1)) << result.out;
  EXPECT_NE(result.err.find("is hidden from this user: /proc is mounted with hidepid"),
            std::string::npos)
      << result.err;
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
}

// A machine that lacks something: what is mounted over it, and what doctor and stat say then.
struct Machine {
  const char* name;
  std::string change;  // by the shell, in a mount namespace of its own
  bool as_nobody;
  std::string doctor;  // a part of what it prints
  std::string stat;    // the same of stat -- true; empty: as ever
};

class OnAMachine : public testing::TestWithParam<Machine> {
 protected:
  support::Result run(const Words& words) const {
    Words command = {"unshare", "--mount", "sh", "-c", GetParam().change + " && exec \"$@\"", "sh"};
    const Words program = Words{command_.path()} + words;
    return support::run(command + (GetParam().as_nobody ? as_nobody(program) : program),
                        {.cwd = "/"});
  }

 private:
  support::PublicCommand command_;
};

TEST_P(OnAMachine, ItIsSaidInALineOfItsOwn) {
  SKIP_UNLESS(support::bpf());
  SKIP_UNLESS(support::root());
  const auto doctor = run({"doctor"});
  EXPECT_NE(("\n" + doctor.out).find("\n" + GetParam().doctor), std::string::npos)
      << doctor.out << doctor.err;
  if (GetParam().stat.empty()) return;
  const auto stat = run({"stat", "-e", "task-clock", "--", "true"});
  EXPECT_EQ(stat.status, support::exited(0)) << stat.err;
  std::string words = stat.out;
  words.erase(std::unique(words.begin(), words.end(),
                          [](char a, char b) { return std::isspace(a) && std::isspace(b); }),
              words.end());
  std::replace(words.begin(), words.end(), '\n', ' ');
  EXPECT_NE(words.find(GetParam().stat), std::string::npos) << stat.out;
}

// One that may be read as a number of system calls.
std::string refusing(const std::vector<long>& calls) {
  std::string numbers;
  for (const long call : calls) numbers += (numbers.empty() ? "" : ",") + std::to_string(call);
  return "set -- " + kernel_test::test_program("refusing") + " " + numbers + " \"$@\"";
}

std::string paranoid_of(int level) {
  return "mount -t tmpfs none /mnt && echo " + std::to_string(level) +
         " > /mnt/level && chmod 644 /mnt/level && "
         "mount --bind /mnt/level /proc/sys/kernel/perf_event_paranoid";
}

std::string lockdown_of(const std::string& modes) {
  return "mount -t tmpfs none /sys/kernel/security && echo '" + modes +
         "' > /sys/kernel/security/lockdown";
}

INSTANTIATE_TEST_SUITE_P(
    Lacking, OnAMachine,
    testing::Values(
        Machine{"BTF", "mount -t tmpfs none /sys/kernel/btf", false,
                "NO      kernel type information  /sys/kernel/btf/vmlinux: No such file",
                "this kernel has no BTF"},
        Machine{"tracefs",
                "mount -t tmpfs none /sys/kernel/tracing && mount -t tmpfs none /sys/kernel/debug",
                false,
                "partly  tracefs                  not mounted; ",
                {}},
        Machine{"paranoid1", paranoid_of(1), true, "yes     perf_event_paranoid      1\n", {}},
        Machine{"paranoid2",
                paranoid_of(2),
                true,
                "partly  perf_event_paranoid      2: only user mode",
                {}},
        Machine{"paranoid3",
                paranoid_of(3),
                true,
                "partly  perf_event_paranoid      3: nothing is counted",
                {}},
        Machine{"paranoidRoot",
                paranoid_of(3),
                false,
                "yes     perf_event_paranoid      3, which CAP_PERFMON overrides\n",
                {}},
        Machine{"lockdownNone",
                lockdown_of("[none] integrity confidentiality"),
                false,
                "yes     lockdown                 none\n",
                {}},
        Machine{"lockdownIntegrity",
                lockdown_of("none [integrity] confidentiality"),
                false,
                "yes     lockdown                 integrity: ",
                {}},
        Machine{"lockdownConfidentiality",
                lockdown_of("none integrity [confidentiality]"),
                false,
                "partly  lockdown                 confidentiality: BPF may not read",
                {}},
        Machine{"seccompBpf", refusing({SYS_bpf}), false,
                "NO      seccomp                  a filter refuses bpf(2)\n",
                "a seccomp filter refuses bpf(2): run without it"},
        Machine{"seccompPerf", refusing({SYS_perf_event_open}), false,
                "NO      seccomp                  a filter refuses perf_event_open(2)\n",
                "a seccomp filter refuses perf_event_open(2): run without it"},
        Machine{"seccompBoth", refusing({SYS_bpf, SYS_perf_event_open}), false,
                "NO      seccomp                  a filter refuses bpf(2) and perf_event_open(2)\n",
                "a seccomp filter refuses bpf(2): run without it"},
        Machine{
            "noSeccomp", "true", false, "yes     seccomp                  refuses neither", {}}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
