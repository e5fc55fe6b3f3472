// Every model of the catalog echoes, whatever its peers do.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "servers/catalog.hpp"
#include "tests/e2e/model_server.hpp"
#include "tests/support/peer.hpp"
#include "tests/support/requirement.hpp"

// glibc 2.36 declares these without C linkage.
extern "C" {
#include <sys/pidfd.h>
}

namespace {

using e2e::models;
using Server = e2e::ModelServer;
using std::chrono::milliseconds;
using std::chrono::seconds;
using support::Peer;

class Conformance : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    model_ = servers::find_model(GetParam());
    const auto missing = servers::missing(*model_, models());
    SKIP_UNLESS((support::Requirement{
        "models", !missing, 0,
        missing ? GetParam() + " lacks " + missing->what + " of " + missing->package : ""}));
  }

  [[nodiscard]] const servers::Model& model() const { return *model_; }

 private:
  const servers::Model* model_ = nullptr;
};

// gtest would print both in full.
testing::AssertionResult same(const std::string& got, const std::string& sent) {
  if (got == sent) return testing::AssertionSuccess();
  const auto at = std::ranges::mismatch(got, sent).in1 - got.begin();
  return testing::AssertionFailure() << got.size() << " bytes came back of " << sent.size()
                                     << ", the first that differs is " << at;
}

testing::AssertionResult serves(const Server& server) {
  const std::string message = support::pattern(64);
  return same(Peer(server.port()).exchange(message), message);
}

void echo_every_size(const servers::Model& model, std::uint64_t buffer_bytes) {
  const Server server(model, buffer_bytes);
  Peer peer(server.port());
  for (const std::size_t size : {1UL, 64UL, 4096UL, 65536UL, 1UL << 20U}) {
    const std::string message = support::pattern(size);
    EXPECT_TRUE(same(peer.exchange(message), message)) << size << " bytes";
  }
}

TEST_P(Conformance, EchoesEverySizeThroughASmallBuffer) { echo_every_size(model(), 1000); }

TEST_P(Conformance, EchoesEverySizeThroughALargeBuffer) { echo_every_size(model(), 1U << 20U); }

TEST_P(Conformance, SplitAndMergedSegmentsAreOneStream) {
  const Server server(model(), 64);
  Peer peer(server.port());
  const std::string message = support::pattern(64);
  for (const char byte : message) peer.send({&byte, 1});
  EXPECT_TRUE(same(peer.receive(message.size()), message)) << "a segment a byte";

  peer.send(message.substr(0, 20));
  std::this_thread::sleep_for(milliseconds(5));
  peer.send(message.substr(20));
  EXPECT_TRUE(same(peer.receive(message.size()), message)) << "two segments with a pause";

  std::string merged;
  for (int i = 0; i < 100; ++i) merged += message;
  peer.send(merged);
  EXPECT_TRUE(same(peer.receive(merged.size()), merged)) << "100 messages at once";
}

TEST_P(Conformance, HalfClosedPeerGetsAllThatItSentAndThenTheEnd) {
  const Server server(model());
  Peer peer(server.port(), 16384);
  const std::string message = support::pattern(1U << 20U);
  EXPECT_TRUE(same(peer.exchange(message, true), message));
  EXPECT_TRUE(peer.ends());
}

TEST_P(Conformance, PeerThatResetsHarmsNobodyElse) {
  const Server server(model());
  Peer bystander(server.port());
  const std::string message = support::pattern(100'000);
  ASSERT_TRUE(same(bystander.exchange(message), message));
  const std::size_t before = server.sockets();
  for (int i = 0; i < 20; ++i) {
    Peer peer(server.port());
    peer.send(message);
    if (i % 2 == 0) peer.receive(1000);
    peer.reset();
  }
  EXPECT_TRUE(same(bystander.exchange(message), message));
  EXPECT_TRUE(serves(server)) << "one that comes after them";
  EXPECT_LE(server.sockets_once_at_most(before), before) << "sockets";
}

TEST_P(Conformance, PeerThatVanishesMidMessageHarmsNobodyElse) {
  const Server server(model());
  Peer bystander(server.port());
  const std::string message = support::pattern(100'000);
  ASSERT_TRUE(same(bystander.exchange(message), message));
  const std::size_t before = server.sockets();
  for (int i = 0; i < 20; ++i) {
    Peer peer(server.port());
    peer.send(message.substr(0, 1000));
    if (i % 2 == 0) peer.receive(1);
  }
  EXPECT_TRUE(same(bystander.exchange(message), message));
  EXPECT_TRUE(serves(server)) << "one that comes after them";
  EXPECT_LE(server.sockets_once_at_most(before), before) << "sockets";
}

TEST_P(Conformance, PeerThatDoesNotReadIsHeldBackAndLosesNothing) {
  constexpr std::size_t kEndless = 96U << 20U;
  const Server server(model(), 65536);
  Peer peer(server.port(), 1U << 18U);
  const std::string bytes = support::pattern(1U << 20U);
  const std::size_t taken = peer.send_until_held(bytes, kEndless);
  ASSERT_LT(taken, kEndless) << "the server buffers all that it is sent";
  EXPECT_TRUE(serves(server)) << "another peer meanwhile";
  for (std::size_t left = taken; left > 0;) {
    const std::size_t size = std::min(left, bytes.size());
    ASSERT_TRUE(same(peer.receive(size), bytes.substr(0, size))) << left << " bytes before the end";
    left -= size;
  }
  EXPECT_TRUE(same(peer.exchange("more"), "more")) << "afterwards";
}

TEST_P(Conformance, ConnectingAndDisconnectingLeaksNothing) {
  constexpr int kRound = 1000;
  constexpr int kMostRounds = 10;
  constexpr std::int64_t kMostGrowthKib = 2L * 2 * kRound;
  constexpr std::size_t kMessage = 16384;
  const Server server(model(), kMessage);
  const std::string message = support::pattern(kMessage);
  Peer bystander(server.port());
  ASSERT_TRUE(same(bystander.exchange(message), message));
  const std::size_t sockets = server.sockets();
  // A runtime opens a few for itself whenever it likes: a timer, say.
  const std::size_t most_descriptors = server.descriptors() + kRound / 10;
  // Allocators, collectors and compilers at run time grow at first, each as long as it likes. What
  // leaks goes on growing, or dies: collectors are given little room.
  std::vector<std::int64_t> resident_kib;
  const auto growth_kib = [&resident_kib] {
    return resident_kib.size() < 3 ? std::numeric_limits<std::int64_t>::max()
                                   : resident_kib.back() - *(resident_kib.end() - 3);
  };
  for (int round = 0; round < kMostRounds && growth_kib() >= kMostGrowthKib; ++round) {
    for (int i = 0; i < kRound; ++i) {
      ASSERT_TRUE(same(Peer(server.port()).exchange(message), message));
    }
    ASSERT_LE(server.sockets_once_at_most(sockets), sockets) << "sockets";
    ASSERT_LE(server.descriptors(), most_descriptors);
    resident_kib.push_back(server.resident_kib());
  }
  EXPECT_LT(growth_kib(), kMostGrowthKib) << "KiB kept by the last " << 2 * kRound;
}

TEST_P(Conformance, OutOfDescriptorsItWaitsIdly) {
  Server server(model());
  Peer bystander(server.port());
  ASSERT_TRUE(same(bystander.exchange("before"), "before"));
  rlimit limit{};
  ASSERT_EQ(0, ::prlimit(server.child().pid(), RLIMIT_NOFILE, nullptr, &limit));
  EXPECT_EQ(limit.rlim_cur, limit.rlim_max) << "the limit as it starts";
  limit.rlim_cur = server.descriptors() + 3;
  ASSERT_EQ(0, ::prlimit(server.child().pid(), RLIMIT_NOFILE, &limit, nullptr));
  {
    std::vector<Peer> crowd;
    crowd.reserve(20);
    while (crowd.size() < 20) crowd.emplace_back(server.port());
    std::this_thread::sleep_for(milliseconds(200));
    const auto before = server.cpu_ticks();
    std::this_thread::sleep_for(milliseconds(300));
    EXPECT_LT(server.cpu_ticks() - before, 15) << "ticks of CPU time in 0.3 s without work";
    EXPECT_TRUE(same(bystander.exchange("during"), "during"));
  }
  limit.rlim_cur = limit.rlim_max;
  ASSERT_EQ(0, ::prlimit(server.child().pid(), RLIMIT_NOFILE, &limit, nullptr));
  EXPECT_TRUE(serves(server)) << "afterwards";
}

TEST_P(Conformance, SocketsAnswerAtOnceAndManyMayWait) {
  Server server(model());
  std::vector<Peer> peers;
  for (int i = 0; i < 3; ++i) {
    peers.emplace_back(server.port());
    ASSERT_TRUE(same(peers.back().exchange("ready"), "ready"));
  }
  const support::Descriptor pidfd(::pidfd_open(server.child().pid(), 0));
  std::size_t connected = 0;
  std::size_t listening = 0;
  for (int fd = 0; fd < 200; ++fd) {
    const support::Descriptor theirs(::pidfd_getfd(pidfd.get(), fd, 0));
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(theirs.get(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) continue;
    if (info.tcpi_state == TCP_LISTEN) {
      ++listening;
      EXPECT_GE(info.tcpi_sacked, 4096U) << "backlog";  // tcp_get_info() in net/ipv4/tcp.c
    } else if (info.tcpi_state == TCP_ESTABLISHED) {
      ++connected;
      int on = 0;
      size = sizeof on;
      ::getsockopt(theirs.get(), IPPROTO_TCP, TCP_NODELAY, &on, &size);
      EXPECT_EQ(on, 1) << "TCP_NODELAY";
    }
  }
  EXPECT_EQ(connected, peers.size());
  EXPECT_GE(listening, 1U);
}

TEST_P(Conformance, EndsOnSigtermWithTwoHundredConnections) {
  Server server(model());
  std::vector<Peer> peers;
  for (int i = 0; i < 200; ++i) {
    peers.emplace_back(server.port());
    ASSERT_TRUE(same(peers.back().exchange("ready"), "ready"));
  }
  for (Peer& peer : peers) peer.send("in flight");
  server.child().send_signal(SIGTERM);
  EXPECT_EQ(server.child().wait(seconds(10)).status, support::exited(0));
}

TEST_P(Conformance, PortInUseIsOneLineAndAFailure) {
  Server first(model());
  const support::Result second =
      support::run(servers::command_line(model(), models(), "127.0.0.1", first.port(), 4096));
  EXPECT_NE(second.status, support::exited(0));
  EXPECT_EQ(second.out, "");
  EXPECT_EQ(std::ranges::count(second.err, '\n'), 1) << second.err;
  EXPECT_NE(second.err.find("in use"), std::string::npos) << second.err;
  EXPECT_NE(second.err.find(std::to_string(first.port())), std::string::npos) << second.err;
}

// A build with sanitizers looks into C and C++; nothing else is different in it.
#ifdef MSGSTAT_SANITIZED
bool is_looked_into(const servers::Model& model) {
  return model.description.starts_with("C, ") || model.description.starts_with("C++, ");
}
#else
bool is_looked_into(const servers::Model& /*model*/) { return true; }
#endif

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (const servers::Model& model : servers::catalog()) {
    if (is_looked_into(model)) result.emplace_back(model.name);
  }
  return result;
}

INSTANTIATE_TEST_SUITE_P(Models, Conformance, testing::ValuesIn(names()),
                         [](const auto& parameter) { return parameter.param; });

}  // namespace
