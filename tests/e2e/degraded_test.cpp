// Where something is lacking, `doctor` says so, and `stat` measures the rest and says the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"

namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Words = std::vector<std::string>;

support::Result msgstat(Words before, const Words& words) {
  before.push_back(support::msgstat());
  before.insert(before.end(), words.begin(), words.end());
  return support::run(before);
}

support::Result doctor(const Words& before = {}) { return msgstat(before, {"doctor"}); }

// One line for each sentence, however it is broken.
std::string stat(const Words& before = {}) {
  const auto result = msgstat(before, {"stat", "--", "true"});
  EXPECT_EQ(result.status, support::exited(0)) << result.err;
  std::string text;
  for (const char letter : result.out) {
    const bool is_space = letter == ' ' || letter == '\n';
    if (!is_space || text.empty() || text.back() != ' ') text += is_space ? ' ' : letter;
  }
  return text;
}

// In a mount namespace of its own, with an empty folder in the place of the kernel's.
const Words kWithoutBtf = {
    "unshare", "-m", "sh", "-c", R"(mount -t tmpfs none /sys/kernel/btf && exec "$@")", "sh"};
const Words kAsNobody = {"setpriv", "--reuid=65534", "--clear-groups", "--inh-caps=-all"};

TEST(Degraded, WithoutBtfItCountsEventsOnly) {
  SKIP_UNLESS(support::root());
  SKIP_UNLESS(support::perf_events());
  const auto result = doctor(kWithoutBtf);
  EXPECT_EQ(result.status, support::exited(1));
  EXPECT_THAT(
      result.out,
      AllOf(HasSubstr("NO      kernel type information"), HasSubstr("NO      system call counts"),
            HasSubstr("this kernel has no BTF"), HasSubstr("yes     software events")));
  EXPECT_THAT(stat(kWithoutBtf),
              AllOf(HasSubstr("<not counted> system calls"), HasSubstr("this kernel has no BTF"),
                    HasSubstr("task-clock"), Not(HasSubstr("<not permitted>"))));
}

TEST(Degraded, AsAUserItSaysWhatItTakes) {
  SKIP_UNLESS(support::root());
  std::ifstream file("/proc/sys/kernel/perf_event_paranoid");
  int paranoid = 0;
  file >> paranoid;
  SKIP_UNLESS(
      (support::Requirement{"paranoid", paranoid >= 2, 0, "perf_event_paranoid of 2 or more"}));
  const auto result = doctor(kAsNobody);
  EXPECT_EQ(result.status, support::exited(1));
  EXPECT_THAT(result.out, AllOf(HasSubstr("NO      CAP_BPF"), HasSubstr("NO      CAP_PERFMON"),
                                HasSubstr("NO      software events"),
                                HasSubstr("sysctl kernel.perf_event_paranoid=1"),
                                HasSubstr("partly  perf_event_paranoid")));
  EXPECT_THAT(stat(kAsNobody),
              AllOf(HasSubstr("<not counted> system calls"), HasSubstr("<not permitted> cycles"),
                    HasSubstr("needs CAP_PERFMON or a lower kernel.perf_event_paranoid"),
                    HasSubstr("needs CAP_BPF and CAP_PERFMON")));
}

// bpf(2) and perf_event_open(2) fail with EPERM for this process and its children, for good.
void refuse_measuring() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_perf_event_open, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{static_cast<unsigned short>(std::size(program)), program};
  ASSERT_EQ(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  ASSERT_EQ(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0);
}

// Not the lack of a privilege: nobody is told to be root who is.
TEST(Degraded, UnderASeccompFilterItSaysSo) {
  SKIP_UNLESS(support::bpf());
  refuse_measuring();
  const auto result = doctor();
  EXPECT_EQ(result.status, support::exited(1));
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("yes     CAP_BPF"), HasSubstr("NO      system call counts"),
                    HasSubstr("NO      software events"), HasSubstr("partly  seccomp"),
                    Not(HasSubstr("perf_event_paranoid=1")), Not(HasSubstr("run as root, or"))));
  EXPECT_THAT(stat(), AllOf(HasSubstr("<not counted> system calls"), HasSubstr("seccomp filter"),
                            HasSubstr("user CPU"), Not(HasSubstr("run as root"))));
}

}  // namespace
