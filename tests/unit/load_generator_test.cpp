// The load generator against servers of this test, which count for themselves or misbehave.
#include "servers/load/generator.hpp"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <atomic>
#include <numeric>
#include <set>
#include <thread>

#include "servers/load/error.hpp"
#include "tests/support/echo_server.hpp"

namespace {

using support::EchoServer;
using namespace std::chrono_literals;

constexpr std::size_t kSize = 64;

load::Options towards(const EchoServer& server) {
  load::Options options;
  options.port = server.port();
  options.connections = 20;
  options.message_bytes = kSize;
  options.warmup = 0s;
  return options;
}

// An eventfd that nobody opens.
class LoadGenerator : public testing::Test {
 protected:
  load::Result run(const load::Options& options) const {
    return load::run(options, never_stopped_.get());
  }

 private:
  support::Descriptor never_stopped_{::eventfd(0, EFD_CLOEXEC)};
};

TEST_F(LoadGenerator, SendsExactlyAsManyMessagesAsAsked) {
  EchoServer server;
  load::Options options = towards(server);
  options.connections = 37;
  options.messages_per_connection = 101;
  const load::Result result = run(options);
  server.stop();

  EXPECT_EQ(result.failure, std::nullopt);
  EXPECT_EQ(result.measured.messages, 37U * 101);
  ASSERT_EQ(server.peers().size(), 37U);
  for (const auto& peer : server.peers()) EXPECT_EQ(peer.bytes, 101 * kSize);
}

TEST_F(LoadGenerator, SharesTheConnectionsAmongItsThreads) {
  EchoServer server;
  load::Options options = towards(server);
  options.connections = 7;
  options.threads = 3;
  options.messages_per_connection = 1009;
  const load::Result result = run(options);
  server.stop();

  EXPECT_EQ(result.failure, std::nullopt);
  ASSERT_EQ(server.peers().size(), 7U);
  for (const auto& peer : server.peers()) EXPECT_EQ(peer.bytes, 1009 * kSize);
}

TEST_F(LoadGenerator, EchoesMessagesOfAnySize) {
  for (const std::size_t size : {1, 2, 4095, 65'537, 3'000'001}) {
    SCOPED_TRACE(size);
    EchoServer server;
    load::Options options = towards(server);
    options.connections = 3;
    options.message_bytes = size;
    options.messages_per_connection = 5;
    const load::Result result = run(options);
    EXPECT_EQ(result.failure, std::nullopt);
    EXPECT_EQ(result.measured.bytes, 15 * size);
    EXPECT_EQ(server.bytes(), 15 * size);
  }
}

TEST_F(LoadGenerator, ReassemblesRepliesThatComeInPieces) {
  EchoServer server({}, "127.0.0.1", 10);
  load::Options options = towards(server);
  options.messages_per_connection = 11;
  const load::Result result = run(options);
  EXPECT_EQ(result.failure, std::nullopt);
  EXPECT_EQ(server.bytes(), std::uint64_t{20} * 11 * kSize);
}

// What a faulty server does to its replies, from the 50th on.
struct Fault {
  const char* name;
  std::function<void(std::size_t connection, std::string& bytes)> alters;
  load::ErrorKind kind;
  const char* told;
};

class LoadChecks : public testing::TestWithParam<Fault> {};

TEST_P(LoadChecks, EveryByteOfEveryReply) {
  int replies = 0;
  EchoServer server({.alters = [&replies](std::size_t connection, std::string& bytes) {
    if (++replies >= 50) GetParam().alters(connection, bytes);
  }});
  load::Options options = towards(server);
  options.connections = 2;
  options.timeout = 500ms;
  options.duration = 30s;
  const support::Descriptor never_stopped(::eventfd(0, EFD_CLOEXEC));
  const load::Result result = load::run(options, never_stopped.get());

  ASSERT_TRUE(result.failure.has_value());
  EXPECT_NE(result.failure->find(GetParam().told), std::string::npos) << *result.failure;
  EXPECT_EQ(result.measured.errors[static_cast<std::size_t>(GetParam().kind)], 1U);
}

const Fault kFaults[] = {
    {"OneBit", [](std::size_t, std::string& bytes) { bytes[63] ^= 1; }, load::ErrorKind::kMismatch,
     "byte 63 was sent as"},
    {"FirstByte", [](std::size_t, std::string& bytes) { ++bytes[0]; }, load::ErrorKind::kMismatch,
     "byte 0 was sent as"},
    {"OfAnotherConnection",
     [of_0 = std::string()](std::size_t connection, std::string& bytes) mutable {
       if (connection == 0) of_0 = bytes;
       if (!of_0.empty()) bytes = of_0;
     },
     load::ErrorKind::kMismatch, "connection 1, message"},
    {"OfTheMessageBefore",
     [before = std::string()](std::size_t connection, std::string& bytes) mutable {
       if (connection != 0) return;
       std::swap(before, bytes);
       if (bytes.empty()) bytes = before;
     },
     load::ErrorKind::kMismatch, "connection 0, message"},
    {"Twice", [](std::size_t, std::string& bytes) { bytes += bytes; }, load::ErrorKind::kMismatch,
     "message"},
    {"WithoutItsLastByte", [](std::size_t, std::string& bytes) { bytes.pop_back(); },
     load::ErrorKind::kTimedOut, "63 of 64 bytes came back within 0.5 s"},
    {"WithoutItsFirstByte", [](std::size_t, std::string& bytes) { bytes.erase(0, 1); },
     load::ErrorKind::kMismatch, "byte 0 was sent as"},
    {"Never", [](std::size_t, std::string& bytes) { bytes.clear(); }, load::ErrorKind::kTimedOut,
     "0 of 64 bytes came back within 0.5 s"},
};

INSTANTIATE_TEST_SUITE_P(Reply, LoadChecks, testing::ValuesIn(kFaults),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_F(LoadGenerator, FailsWhenTheServerClosesAConnection) {
  int replies = 0;
  EchoServer server({.closes = [&replies](std::size_t) { return ++replies == 100; }});
  load::Options options = towards(server);
  options.duration = 30s;
  const load::Result result = run(options);
  ASSERT_TRUE(result.failure.has_value());
  EXPECT_NE(result.failure->find("server closed connection"), std::string::npos) << *result.failure;
}

TEST_F(LoadGenerator, FindsBytesThatNobodyAskedForOnAnIdleConnection) {
  EchoServer server({.alters = [](std::size_t, std::string& bytes) { bytes += 'x'; }});
  load::Options options = towards(server);
  options.connections = 1;
  options.rate_per_s = 20;
  options.duration = 30s;
  const load::Result result = run(options);
  ASSERT_TRUE(result.failure.has_value());
  EXPECT_EQ(result.measured.errors[static_cast<std::size_t>(load::ErrorKind::kMismatch)], 1U)
      << *result.failure;
}

TEST_F(LoadGenerator, HoldsTheRateOfAnOpenLoop) {
  EchoServer server;
  load::Options options = towards(server);
  options.rate_per_s = 2000;
  options.warmup = 100ms;
  options.duration = 1500ms;
  options.threads = 2;
  const load::Result result = run(options);
  ASSERT_EQ(result.failure, std::nullopt);
  const double due = *options.rate_per_s * result.measured.seconds;
  EXPECT_NEAR(static_cast<double>(result.measured.messages), due, due * .02);
}

// A server that once does nothing for kStall. What an open loop at kRate must show follows from
// these two alone: kRate x kStall messages fell due meanwhile.
class LoadStall : public LoadGenerator {
 protected:
  static constexpr auto kStall = 500ms;
  static constexpr auto kLong = 300ms;
  static constexpr double kRate = 2000;

  // How many messages took kLong or more.
  std::uint64_t long_ones(std::optional<double> rate) const {
    std::atomic<int> replies = 0;
    EchoServer server({.serves = [&replies](std::size_t) {
      if (++replies == 500) std::this_thread::sleep_for(kStall);
      return true;
    }});
    const load::FileDescriptor file = load::make_published_file();
    load::Options options = towards(server);
    options.rate_per_s = rate;
    options.duration = 1500ms;
    options.publish_fd = file.get();
    const load::Result result = run(options);
    EXPECT_EQ(result.failure, std::nullopt);
    const auto latency = load::PublishedCounts::open(file.get())->snapshot().latency;
    const auto from =
        static_cast<std::ptrdiff_t>(load::bucket_of(std::chrono::nanoseconds(kLong).count()));
    return std::accumulate(latency.begin() + from, latency.end(), std::uint64_t{0});
  }
};

TEST_F(LoadStall, IsSeenByEveryMessageThatWasDueInAnOpenLoop) {
  const double due_long_before_its_end =
      kRate * std::chrono::duration<double>(kStall - kLong).count();
  EXPECT_GE(static_cast<double>(long_ones(kRate)), due_long_before_its_end * .98);
}

TEST_F(LoadStall, IsSeenByOneMessageOfAConnectionInAClosedLoop) {
  EXPECT_LE(long_ones(std::nullopt), 20U);
}

TEST_F(LoadGenerator, ShowsWhichShareOfTheServerConnectionsGet) {
  // Once all 20 are up, 5 of them get at most every 100th reply.
  std::uint64_t replies = 0;
  std::vector<std::uint64_t> next(20);
  EchoServer server({.serves = [&](std::size_t connection) {
    if (connection % 4 == 0 && replies >= 20 && replies < next[connection]) return false;
    next[connection] = ++replies + 100;
    return true;
  }});
  load::Options options = towards(server);
  options.duration = 1s;
  const load::Result result = run(options);
  ASSERT_EQ(result.failure, std::nullopt);
  ASSERT_TRUE(result.measured.fairness.has_value());
  const load::Fairness& fairness = *result.measured.fairness;
  const auto all = static_cast<double>(result.measured.messages);
  EXPECT_LE(fairness.min, all / 100 + 1);
  EXPECT_NEAR(fairness.median, all * .95 / 15, all * .01);
  EXPECT_NEAR(fairness.max, all * .95 / 15, all * .01);
}

TEST_F(LoadGenerator, CountsTheSameForEachConnectionAsTheServer) {
  EchoServer server;
  const load::FileDescriptor file = load::make_published_file();
  load::Options options = towards(server);
  options.duration = 300ms;
  options.publish_fd = file.get();
  ASSERT_EQ(run(options).failure, std::nullopt);
  server.stop();

  // Accepted in another order, and one message of each may have been under way at the end.
  std::vector<std::uint64_t> seen;
  for (const auto& peer : server.peers()) seen.push_back(peer.bytes / kSize);
  std::vector<std::uint64_t> counted =
      load::PublishedCounts::open(file.get())->snapshot().per_connection;
  ASSERT_EQ(seen.size(), counted.size());
  EXPECT_EQ(std::accumulate(counted.begin(), counted.end(), std::uint64_t{0}),
            load::PublishedCounts::open(file.get())->messages());
  std::sort(seen.begin(), seen.end());
  std::sort(counted.begin(), counted.end());
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_GE(seen[i], counted[i]);
    EXPECT_LE(seen[i], counted[i] + 1);
  }
}

TEST_F(LoadGenerator, PublishesCountsThatOnlyRise) {
  EchoServer server;
  const load::FileDescriptor file = load::make_published_file();
  load::Options options = towards(server);
  options.duration = 500ms;
  options.threads = 2;
  options.publish_fd = file.get();

  std::atomic<bool> ended = false;
  std::set<load::State> states;
  std::uint64_t readings = 0;
  std::thread reader([&] {
    std::optional<load::PublishedCounts> counts;
    std::uint64_t last = 0;
    while (!ended) {
      if (!counts) counts = load::PublishedCounts::open(file.get());
      if (!counts) continue;
      const std::uint64_t now = counts->messages();
      ASSERT_GE(now, last);
      readings += now > last ? 1 : 0;
      last = now;
      states.insert(counts->state());
      std::this_thread::sleep_for(100us);
    }
  });
  const load::Result result = run(options);
  ended = true;
  reader.join();

  EXPECT_EQ(result.failure, std::nullopt);
  EXPECT_GT(readings, 10U);
  EXPECT_TRUE(states.contains(load::State::kSteady));
  EXPECT_EQ(load::PublishedCounts::open(file.get())->state(), load::State::kDone);
}

TEST_F(LoadGenerator, EndsWhenTold) {
  EchoServer server;
  const support::Descriptor stop(::eventfd(0, EFD_CLOEXEC));
  std::thread later([&stop] {
    std::this_thread::sleep_for(200ms);
    ::eventfd_write(stop.get(), 1);
  });
  const load::Result result = load::run(towards(server), stop.get());  // no duration
  later.join();
  EXPECT_EQ(result.failure, std::nullopt);
  EXPECT_GT(result.measured.messages, 0U);
}

struct Refusal {
  const char* name;
  void (*spoil)(load::Options& options);
  const char* told;
};

class LoadRefuses : public testing::TestWithParam<Refusal> {};

TEST_P(LoadRefuses, OptionsThatMakeNoSense) {
  load::Options options;
  options.port = 1;
  GetParam().spoil(options);
  try {
    load::run(options, -1);
    FAIL() << "ran";
  } catch (const load::OptionsError& error) {
    EXPECT_NE(std::string(error.what()).find(GetParam().told), std::string::npos) << error.what();
  }
}

const Refusal kRefusals[] = {
    {"NoPort", [](load::Options& o) { o.port = 0; }, "port 0"},
    {"NoConnections", [](load::Options& o) { o.connections = 0; }, "at least one connection"},
    {"EmptyMessages", [](load::Options& o) { o.message_bytes = 0; }, "at least one byte"},
    {"NoRate", [](load::Options& o) { o.rate_per_s = -1; }, "rate must be above zero"},
    {"NoThreads", [](load::Options& o) { o.threads = 0; }, "threads"},
    {"NoProcesses", [](load::Options& o) { o.processes = 0; }, "processes"},
    {"NoMessages", [](load::Options& o) { o.messages_per_connection = 0; }, "at least one message"},
    {"NoTimeout", [](load::Options& o) { o.timeout = {}; }, "timeout"},
    {"NoSuchHost", [](load::Options& o) { o.host = "not a host"; }, "cannot resolve"},
    {"MoreConnectionsThanDescriptors", [](load::Options& o) { o.connections = ~std::size_t{0}; },
     "at most"},
    {"MoreConnectionsThanPorts",
     [](load::Options& o) {
       o.host = "::1";
       o.connections = 65'536;
     },
     "local ports"},
};

INSTANTIATE_TEST_SUITE_P(With, LoadRefuses, testing::ValuesIn(kRefusals),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
