// `msgstat load` as it is typed, against servers of this test.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

// glibc 2.36 declares these without C linkage.
extern "C" {
#include <sys/pidfd.h>
}

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "servers/load/published.hpp"
#include "tests/support/echo_server.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"

namespace {

using namespace std::chrono_literals;
using support::EchoServer;
using Words = std::vector<std::string>;

constexpr std::uint64_t kSize = 64;

Words command(const std::string& address, const Words& options) {
  Words words = {support::msgstat(), "load", "--connect", address};
  words.insert(words.end(), options.begin(), options.end());
  return words;
}

Words command(const EchoServer& server, const Words& options) {
  return command("127.0.0.1:" + std::to_string(server.port()), options);
}

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

template <typename Reached>
bool wait_for(Reached reached) {
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (!reached()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

TEST(Load, CountsWhatTheServerCounts) {
  const EchoServer server;
  const auto result = support::run(
      command(server, {"--connections", "37", "--messages", "101", "--size", "64", "-j"}));
  ASSERT_EQ(result.status, support::exited(0)) << result.err;
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json["unit"]["count"], 37 * 101);
  EXPECT_EQ(server.bytes(), std::uint64_t{37} * 101 * kSize);
  EXPECT_EQ(json["fairness"]["min"], 101);
  EXPECT_EQ(json["fairness"]["max"], 101);
  EXPECT_EQ(json["load"]["connections"], 37);
  EXPECT_EQ(json["failure"], nullptr);
}

TEST(Load, PrintsTheCountsForPeople) {
  const EchoServer server;
  const auto result =
      support::run(command(server, {"--connections=3", "--messages=7", "--size=100"}));
  ASSERT_EQ(result.status, support::exited(0)) << result.err;
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(result.out.substr(0, result.out.find(',')), "3 connections");
  EXPECT_NE(result.out.find("messages                 21\n"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("p99.9"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("min 7  median 7  max 7\n"), std::string::npos) << result.out;
}

TEST(Load, MayBeMadeByProcessesWithThreads) {
  EchoServer server;
  const auto result = support::run(command(
      server, {"--connections=11", "--messages=1009", "--processes=3", "--threads=2", "-j"}));
  ASSERT_EQ(result.status, support::exited(0)) << result.err;
  server.stop();
  EXPECT_EQ(nlohmann::json::parse(result.out)["unit"]["count"], 11 * 1009);
  ASSERT_EQ(server.peers().size(), 11U);
  for (const auto& peer : server.peers()) EXPECT_EQ(peer.bytes, 1009 * kSize);
}

TEST(Load, ComesFromAnotherLoopbackAddressForEachTenThousandConnections) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = limit.rlim_max;
  SKIP_UNLESS((support::Requirement{"descriptors", limit.rlim_max >= 10'200, 0, "ulimit -Hn"}));
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);

  EchoServer server({}, "0.0.0.0");
  const auto result = support::run(command("127.0.0.9:" + std::to_string(server.port()),
                                           {"--connections=10020", "--messages=2"}));
  ASSERT_EQ(result.status, support::exited(0)) << result.err;
  server.stop();
  const auto from = [&server](const char* address) {
    return std::count_if(server.peers().begin(), server.peers().end(),
                         [address](const auto& peer) { return peer.address == address; });
  };
  EXPECT_EQ(from("127.0.0.1"), 10'000);
  EXPECT_EQ(from("127.0.0.2"), 20);
  EXPECT_EQ(server.bytes(), std::uint64_t{10'020} * 2 * kSize);
}

// A load that publishes its counts in a file of the test, and is in full course.
class LoadInCourse : public testing::Test {
 protected:
  void start(const Words& options) {
    // Inherited, as bench does it.
    ASSERT_EQ(::fcntl(file_.get(), F_SETFD, 0), 0);
    Words all = {"--connections=20", "--warmup=0", "--publish-fd=" + std::to_string(file_.get())};
    all.insert(all.end(), options.begin(), options.end());
    child_.emplace(command(*server_, all));
    wait_until_steady();
  }
  void wait_until_steady() {
    ASSERT_TRUE(wait_for([this] {
      counts_ = load::PublishedCounts::open(file_.get());
      return counts_.has_value();
    }));
    ASSERT_TRUE(wait_for([this] { return counts_->messages() > 1000; }));
  }

  std::optional<EchoServer> server_{std::in_place};
  load::FileDescriptor file_ = load::make_published_file();
  std::optional<support::Child> child_;
  std::optional<load::PublishedCounts> counts_;
};

TEST_F(LoadInCourse, PublishesCountsThatOnlyRiseUntilItIsTerminated) {
  start({});
  std::uint64_t last = counts_->messages();
  for (int i = 0; i < 200; ++i) {
    const std::uint64_t now = counts_->messages();
    ASSERT_GE(now, last);
    last = now;
    std::this_thread::sleep_for(500us);
  }
  EXPECT_TRUE(child_->running());
  const auto result = child_->terminate();

  EXPECT_EQ(result.status, support::exited(0)) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(counts_->state(), load::State::kDone);
  server_->stop();
  const std::uint64_t seen = server_->bytes() / kSize;
  EXPECT_LE(counts_->messages(), seen);
  EXPECT_GE(counts_->messages() + 20, seen);
}

TEST_F(LoadInCourse, FailsInOneLineWhenTheServerVanishes) {
  start({});
  server_.reset();
  const auto result = child_->wait();
  EXPECT_EQ(result.status, support::exited(1));
  EXPECT_EQ(lines(result.err), 1U) << result.err;
  EXPECT_NE(result.err.find("server "), std::string::npos) << result.err;
  EXPECT_EQ(counts_->state(), load::State::kFailed);
  EXPECT_NE(result.err.find(counts_->failure()), std::string::npos) << result.err;
}

// The processes whose parent is `pid`, as something to wait for.
std::vector<std::pair<pid_t, support::Descriptor>> children_of(pid_t pid) {
  const std::string id = std::to_string(pid);
  std::ifstream list("/proc/" + id + "/task/" + id + "/children");
  std::vector<std::pair<pid_t, support::Descriptor>> children;
  for (pid_t child = 0; list >> child;)
    children.emplace_back(child, support::Descriptor(::pidfd_open(child, 0)));
  return children;
}

bool has_ended(const support::Descriptor& pidfd) {
  pollfd end{pidfd.get(), POLLIN, 0};
  return ::poll(&end, 1, 10'000) == 1;
}

TEST_F(LoadInCourse, FailsInOneLineWhenOneOfItsWorkersIsKilled) {
  start({"--processes=3"});
  const auto workers = children_of(child_->pid());
  ASSERT_EQ(workers.size(), 3U);
  ASSERT_EQ(::pidfd_send_signal(workers[1].second.get(), SIGKILL, nullptr, 0), 0);

  const auto result = child_->wait();
  EXPECT_EQ(result.status, support::exited(1));
  EXPECT_EQ(lines(result.err), 1U) << result.err;
  EXPECT_NE(result.err.find("was killed by signal 9 (KILL)"), std::string::npos) << result.err;
  for (const auto& [pid, pidfd] : workers) EXPECT_TRUE(has_ended(pidfd)) << pid;
}

TEST_F(LoadInCourse, LeavesNoWorkerWhenItIsKilled) {
  start({"--processes=2", "--threads=2"});
  const auto workers = children_of(child_->pid());
  ASSERT_EQ(workers.size(), 2U);
  child_->send_signal(SIGKILL);
  EXPECT_EQ(child_->wait().status, support::signaled(SIGKILL));
  for (const auto& [pid, pidfd] : workers) EXPECT_TRUE(has_ended(pidfd)) << pid;
}

TEST_F(LoadInCourse, LeavesNoProcessWhenItsParentIsKilled) {
  ASSERT_EQ(::fcntl(file_.get(), F_SETFD, 0), 0);
  // A parent that asks for it, as bench does; the second word keeps the shell from replacing
  // itself.
  std::string text = "setpriv --pdeathsig KILL";
  for (const std::string& word :
       command(*server_, {"--processes=2", "--publish-fd=" + std::to_string(file_.get())}))
    text += " " + word;
  child_.emplace(Words{"sh", "-c", text + "; true"});
  wait_until_steady();

  const auto generator = children_of(child_->pid());
  ASSERT_EQ(generator.size(), 1U);
  const auto workers = children_of(generator[0].first);
  ASSERT_EQ(workers.size(), 2U);
  child_->send_signal(SIGKILL);
  EXPECT_EQ(child_->wait().status, support::signaled(SIGKILL));
  EXPECT_TRUE(has_ended(generator[0].second));
  for (const auto& [pid, pidfd] : workers) EXPECT_TRUE(has_ended(pidfd)) << pid;
}

class LoadStops : public testing::TestWithParam<int> {};

TEST_P(LoadStops, AndPrintsWhatWasDone) {
  EchoServer server;
  support::Child child(
      command(server, {"--connections=20", "--messages=1000000000", "--processes=2", "-j"}));
  ASSERT_TRUE(wait_for([&server] { return server.bytes() > 1000 * kSize; }));
  child.send_signal(GetParam());
  const auto result = child.wait();
  ASSERT_EQ(result.status, support::exited(0)) << result.err;
  server.stop();
  // One message of each connection may have been under way as the signal was sent.
  const std::uint64_t count = nlohmann::json::parse(result.out)["unit"]["count"];
  EXPECT_GE(count, 1000 - 20U);
  EXPECT_LE(count, server.bytes() / kSize);
}

INSTANTIATE_TEST_SUITE_P(On, LoadStops, testing::Values(SIGINT, SIGTERM),
                         [](const auto& test) { return test.param == SIGINT ? "INT" : "TERM"; });

TEST(Load, PrintsWhatWasDoneBeforeItFailed) {
  int replies = 0;
  const EchoServer server({.closes = [&replies](std::size_t) { return ++replies == 500; }});
  const auto result =
      support::run(command(server, {"--connections=20", "--messages=1000000000", "-j"}));
  EXPECT_EQ(result.status, support::exited(1));
  EXPECT_EQ(lines(result.err), 1U) << result.err;
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_GE(json["unit"]["count"], 499 - 20);
  EXPECT_LT(json["unit"]["count"], server.bytes() / kSize);  // but for the one it closed at
  EXPECT_EQ(json["errors"]["closed"], 1);
  EXPECT_NE(result.err.find(json["failure"].get<std::string>()), std::string::npos);
}

struct BadInput {
  const char* name;
  std::string address;
  Words options;
  int status;
  const char* told;
};

class LoadRefuses : public testing::TestWithParam<BadInput> {};

TEST_P(LoadRefuses, InOneLine) {
  const auto result = support::run(command(GetParam().address, GetParam().options));
  EXPECT_EQ(result.status, support::exited(GetParam().status));
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(lines(result.err), 1U) << result.err;
  EXPECT_NE(result.err.find(GetParam().told), std::string::npos) << result.err;
}

const BadInput kBadInputs[] = {
    {"NoPort", "localhost", {}, 2, "'localhost' is not HOST:PORT"},
    {"NoHost", ":80", {}, 2, "is not HOST:PORT"},
    {"PortZero", "127.0.0.1:0", {}, 2, "is not HOST:PORT"},
    {"PortTooGreat", "127.0.0.1:65536", {}, 2, "is not HOST:PORT"},
    {"PortWithMore", "127.0.0.1:80x", {}, 2, "is not HOST:PORT"},
    {"BareIpv6", "::1:80", {}, 2, "is not HOST:PORT"},
    {"HostThatIsNone", "no.such.host.invalid:80", {}, 2, "cannot resolve"},
    {"ZeroConnections", "127.0.0.1:1", {"--connections=0"}, 2, "at least one connection"},
    {"TooManyConnections", "127.0.0.1:1", {"--connections=100000000"}, 2, "at most"},
    {"TooManyForAProcess",
     "127.0.0.1:1",
     {"--connections=100000000", "--processes=1"},
     2,
     "in each of 1 process"},
    {"TooManyForThePorts", "[::1]:1", {"--connections=65536"}, 2, "local ports"},
    {"ZeroSize", "127.0.0.1:1", {"--size=0"}, 2, "at least one byte"},
    {"RateThatIsNone", "127.0.0.1:1", {"--rate=nan"}, 2, "rate must be above zero"},
    {"DurationThatIsNone", "127.0.0.1:1", {"--duration=nan"}, 2, "--duration takes seconds"},
    {"ZeroTimeout", "127.0.0.1:1", {"--timeout=0"}, 2, "timeout must be above zero"},
    {"NobodyThere", "127.0.0.1:1", {}, 1, "cannot connect to 127.0.0.1:1"},
    {"NoSuchDescriptor", "127.0.0.1:1", {"--publish-fd=999"}, 1, "Bad file descriptor"},
};

INSTANTIATE_TEST_SUITE_P(Of, LoadRefuses, testing::ValuesIn(kBadInputs),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
