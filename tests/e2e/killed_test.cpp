// msgstat stat is killed while it is attached to a server under load: the kernel has nothing of it
// any more, and the server is as it was.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <string>
#include <vector>

#include "servers/catalog.hpp"
#include "tests/e2e/model_server.hpp"
#include "tests/kernel/armed.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/peer.hpp"
#include "tests/support/requirement.hpp"
#include "tracer/target/cpu_list.hpp"
#include "tracer/target/process.hpp"

namespace {

using Words = std::vector<std::string>;

std::string status_of(pid_t tid, const std::string& field) {
  std::ifstream file("/proc/" + std::to_string(tid) + "/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(field + ":")) return line.substr(field.size() + 2);
  return {};
}

// The same threads, each with the CPUs that it may run on, and with no tracer.
std::vector<std::string> describe_threads(pid_t pid) {
  std::vector<std::string> threads;
  for (const pid_t tid : msgstat::tracer::list_threads(pid))
    threads.push_back(std::to_string(tid) + " on " +
                      msgstat::tracer::to_string(msgstat::tracer::allowed_cpus(tid)) + ", tracer " +
                      status_of(tid, "TracerPid"));
  return threads;
}

bool is_stopped(pid_t pid) {
  const std::string state = status_of(pid, "State");
  return state.starts_with("T") || state.starts_with("t");
}

class Killed : public testing::TestWithParam<Words> {};

// A thread for each connection, so that the events are read per CPU.
TEST_P(Killed, LeavesNothingAndHarmsNothing) {
  SKIP_UNLESS(support::bpf());
  e2e::ModelServer server(*servers::find_model("cpp_th"));
  const pid_t pid = server.child().pid();
  const std::string port = std::to_string(server.port());
  support::Child load({support::msgstat(), "load", "--connect", "127.0.0.1:" + port,
                       "--connections", "40", "--duration", "5", "--warmup", "0.1"});
  while (msgstat::tracer::list_threads(pid).size() < 1 + 40) ::usleep(1000);

  Words command = {support::msgstat(), "stat", "-p", std::to_string(pid), "-I", "50", "-x", ","};
  command.insert(command.end(), GetParam().begin(), GetParam().end());
  const auto before = describe_threads(pid);
  support::Child stat(command);
  ASSERT_TRUE(stat.read_line().has_value()) << stat.wait().err;
  const kernel_test::Armed armed = kernel_test::armed_by(stat.pid(), stat.pid());
  ASSERT_GE(armed.links.size(), 6U);
  ASSERT_GT(kernel_test::alive(armed), armed.links.size());
  stat.send_signal(SIGKILL);
  EXPECT_EQ(stat.wait().status, support::signaled(SIGKILL));

  EXPECT_EQ(kernel_test::alive_in_the_end(armed), 0U);
  EXPECT_FALSE(is_stopped(pid));
  EXPECT_EQ(describe_threads(pid), before);
  support::Peer peer(server.port());
  const std::string message = support::pattern(1000);
  EXPECT_EQ(peer.exchange(message), message);
  const support::Result loaded = load.wait();
  EXPECT_EQ(loaded.status, support::exited(0)) << loaded.err;
}

INSTANTIATE_TEST_SUITE_P(Levels, Killed,
                         testing::Values(Words{}, Words{"--level", "latency", "--per-thread"}));

}  // namespace
