// An agent and a controller of two builds: each says so in one line, and the program that the agent
// is loaded into does not suffer.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tracer/agent/client.hpp"
#include "tracer/agent/protocol.hpp"
#include "tracer/error.hpp"

namespace {

using msgstat::tracer::agent_protocol;
using msgstat::tracer::AgentClient;
using msgstat::tracer::kAgentVariable;

std::filesystem::path library() {
  return support::build_directory() / "libexec/msgstat/libmsgstat-agent.so";
}

std::string error_of(AgentClient& client) {
  try {
    client.wait_until_ready();
  } catch (const msgstat::Error& error) {
    return error.what();
  }
  return "ready";
}

// What the controller says to an agent whose first line is `said`.
std::string answer_to(const std::string& said) {
  AgentClient client(library(), {});
  const std::string line = said + "\n";
  EXPECT_EQ(::write(client.inherited_fd(), line.data(), line.size()),
            static_cast<ssize_t>(line.size()));
  return error_of(client);
}

const std::string kOurs(agent_protocol());

TEST(Controller, TakesAnAgentOfItsOwnBuild) {
  EXPECT_EQ(answer_to(R"({"ready":")" + kOurs + R"("})"), "ready");
}

TEST(Controller, RefusesAnAgentOfAnother) {
  EXPECT_EQ(answer_to(R"({"ready":"0.0.1-abc"})"),
            "msgstat is of build " + kOurs +
                ", and libmsgstat-agent.so of 0.0.1-abc; install both together");
  const std::string older = "msgstat is of build " + kOurs +
                            ", and libmsgstat-agent.so of an older one; install both together";
  EXPECT_EQ(answer_to(R"({"window":null})"), older);
  EXPECT_EQ(answer_to(R"({"ready":true})"), older);
  EXPECT_EQ(answer_to("hello"), older);
}

TEST(Controller, SaysWhatTheAgentCannot) {
  EXPECT_EQ(answer_to(R"({"error":"no memory","advice":"buy some"})"), "no memory; buy some");
}

// The program ends as it would, and says what it says.
struct Loaded {
  support::Result program;
  std::string controller;
};

Loaded load(const std::string& protocol) {
  AgentClient client(library(), {});
  ::fcntl(client.inherited_fd(), F_SETFD, 0);
  support::Options options;
  for (const auto& [name, value] : client.environment()) options.env[name] = value;
  std::string& text = options.env[kAgentVariable];
  text.replace(text.find(kOurs), kOurs.size(), protocol);
  support::Child child({"/bin/echo", "hello"}, options);
  return {child.wait(), error_of(client)};
}

TEST(Agent, RefusesAControllerOfAnotherBuild) {
  const Loaded loaded = load("0.0.1-abc");
  EXPECT_EQ(loaded.controller, "libmsgstat-agent.so is of build " + kOurs +
                                   ", and msgstat of 0.0.1-abc; install both together");
  EXPECT_EQ(loaded.program.status, support::exited(0)) << loaded.program.err;
  EXPECT_EQ(loaded.program.out, "hello\n");
  EXPECT_EQ(loaded.program.err, "");
}

TEST(Agent, LetsAProgramBeWhoseVariableMakesNoSense) {
  AgentClient client(library(), {});
  support::Options options;
  for (const auto& [name, value] : client.environment()) options.env[name] = value;
  options.env[kAgentVariable] = "7";
  support::Child child({"/bin/echo", "hello"}, options);
  const auto result = child.wait();
  EXPECT_EQ(result.status, support::exited(0));
  EXPECT_EQ(result.out, "hello\n");
  EXPECT_EQ(result.err,
            "libmsgstat-agent.so: MSGSTAT_AGENT is not what msgstat writes: nothing is measured\n");
}

}  // namespace
