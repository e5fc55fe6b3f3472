// The agent's thread beside that of a process that knows nothing of it. The sanitizer, which is
// preloaded with it, ends the process with status 66 when it has seen a race.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <stdexcept>
#include <string>

#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tracer/agent/client.hpp"

namespace {

std::uint64_t calls(const msgstat::Window& window, const std::string& name) {
  if (!window.syscalls) throw std::runtime_error(window.syscalls_reason);
  std::uint64_t calls = 0;
  for (const auto& call : *window.syscalls)
    if (call.name == name) calls += call.calls;
  return calls;
}

TEST(AgentThread, RacesWithNoThreadOfTheProcess) {
  SKIP_UNLESS(support::bpf());
  msgstat::tracer::AgentClient agent(
      support::build_directory() / "libexec/msgstat/libmsgstat-agent.so", {"task-clock"});
  ASSERT_EQ(::fcntl(agent.inherited_fd(), F_SETFD, 0), 0);
  support::Options options;
  for (const auto& [name, value] : agent.environment()) options.env[name] = value;
  // To the sanitizer a descriptor is one thing for all threads: it does not know
  // unshare(CLONE_FILES), after which the process closes its own copy of the agent's socket.
  const support::TemporaryDirectory directory;
  std::ofstream(directory / "suppressions") << "race:interceptor_close\n";
  options.env["TSAN_OPTIONS"] = "suppressions=" + (directory / "suppressions").string();
  support::Child cat({"cat"}, options);
  agent.wait_until_ready();
  for (int window = 0; window < 20; ++window) {
    agent.open({});
    for (const char* line : {"a", "b", "c"}) {
      cat.write(std::string(line) + "\n");
      ASSERT_EQ(cat.read_line(), line);
    }
    EXPECT_GE(calls(agent.close(), "write"), 2U);
  }
  cat.close_input();
  const auto result = cat.wait();
  EXPECT_EQ(result.status, support::exited(0));
  EXPECT_THAT(result.err, testing::Not(testing::HasSubstr("ThreadSanitizer")));
}

}  // namespace
