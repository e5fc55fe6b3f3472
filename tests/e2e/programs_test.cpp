// msgstat stat on servers that nobody here wrote, held to perf and to the number of requests.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "servers/catalog.hpp"
#include "tests/e2e/model_server.hpp"
#include "tests/e2e/sandwich.hpp"
#include "tests/e2e/sensible.hpp"
#include "tests/e2e/strace.hpp"
#include "tests/support/descriptor.hpp"
#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;
using support::Child;

const support::Options kPatient{.timeout = std::chrono::seconds(100)};

std::uint16_t free_port() {
  const support::Descriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof name;
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&name), length) != 0) return 0;
  ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&name), &length);
  return ntohs(name.sin_port);
}

template <typename Condition>
bool soon(Condition condition) {
  using Clock = std::chrono::steady_clock;
  for (const auto end = Clock::now() + std::chrono::seconds(60); Clock::now() < end;
       ::usleep(20'000))
    if (condition()) return true;
  return condition();
}

bool accepts(std::uint16_t port) {
  const support::Descriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return ::connect(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) == 0;
}

// The process and its children, for perf, which follows only those that are yet to be born.
std::vector<pid_t> family(pid_t pid) {
  std::vector<pid_t> all = {pid};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string task = "/proc/" + std::to_string(all[i]) + "/task";
    std::error_code gone;
    for (const auto& thread : fs::directory_iterator(task, gone)) {
      std::ifstream children(thread.path() / "children");
      for (pid_t child = 0; children >> child;) all.push_back(child);
    }
  }
  return all;
}

// Once nobody comes or goes any more.
std::vector<pid_t> steady_family(pid_t pid) {
  std::vector<pid_t> before;
  soon([&] {
    ::usleep(200'000);
    return std::exchange(before, family(pid)) == family(pid);
  });
  return family(pid);
}

std::uint64_t threads_of(const std::vector<pid_t>& pids) {
  std::uint64_t count = 0;
  for (const pid_t pid : pids) {
    std::error_code gone;
    const fs::directory_iterator all("/proc/" + std::to_string(pid) + "/task", gone);
    count += static_cast<std::uint64_t>(std::distance(begin(all), end(all)));
  }
  return count;
}

void run(const Words& command) {
  const auto result = support::run(command, kPatient);
  ASSERT_EQ(result.status, support::exited(0)) << command.front() << result.out << result.err;
}

class Programs : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_UNLESS(support::bpf());
    SKIP_UNLESS(support::root());
    SKIP_UNLESS(support::perf_tracepoints());
  }
  support::TemporaryDirectory directory_;
  std::string folder_ = directory_.path().string();
};

TEST_F(Programs, RedisUnderItsBenchmark) {
  SKIP_UNLESS(support::command("redis-server"));
  SKIP_UNLESS(support::command("redis-benchmark"));
  const std::string port = std::to_string(free_port());
  Child redis({"redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly",
               "no", "--dir", folder_},
              kPatient);
  ASSERT_TRUE(soon([&] { return accepts(static_cast<std::uint16_t>(std::stoi(port))); }));
  const auto pids = family(redis.pid());
  const auto load = [&port] {
    run({"redis-benchmark", "-p", port, "-n", "20011", "-c", "10", "-t", "set", "-q"});
  };
  e2e::expect_agreement(pids, threads_of(pids), load);
  e2e::expect_sensible(redis.pid(), load, {}, {"glibc", "thread join"});
  EXPECT_TRUE(redis.running());
}

TEST_F(Programs, NginxUnderWrk) {
  SKIP_UNLESS((support::Requirement{"nginx", fs::exists("/usr/sbin/nginx"), ENOENT, "nginx"}));
  SKIP_UNLESS(support::command("wrk"));
  const std::string port = std::to_string(free_port());
  const std::string file = directory_ / "nginx.conf";
  std::ostringstream paths;
  for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
    paths << kind << "_temp_path " << folder_ << "/" << kind << ";";
  std::ofstream(file) << "daemon off; pid " << folder_ << "/pid; error_log stderr; "
                      << "worker_processes 2; events {} http { access_log off; " << paths.str()
                      << " server { listen 127.0.0.1:" << port
                      << "; location / { return 200 \"ok\"; } } }";
  Child nginx({"/usr/sbin/nginx", "-c", file, "-p", folder_, "-e", "stderr"}, kPatient);
  ASSERT_TRUE(soon([&] {
    return accepts(static_cast<std::uint16_t>(std::stoi(port))) && family(nginx.pid()).size() == 3;
  }));
  const auto pids = family(nginx.pid());
  const auto load = [&port] {
    run({"wrk", "-t", "1", "-c", "10", "-d", "1", "http://127.0.0.1:" + port + "/"});
  };
  e2e::expect_agreement(pids, threads_of(pids), load);
  e2e::expect_sensible(nginx.pid(), load, {}, {});
  EXPECT_EQ(family(nginx.pid()), pids) << "the workers live";
  EXPECT_EQ(nginx.terminate().status, support::exited(0));
}

class Postgresql : public Programs {
 protected:
  void SetUp() override {
    Programs::SetUp();
    if (IsSkipped()) return;
    std::error_code none;
    for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", none))
      bin_ = version.path() / "bin";
    SKIP_UNLESS((support::Requirement{"postgresql", fs::exists(bin_ / "initdb"), ENOENT,
                                      "/usr/lib/postgresql/*/bin/initdb"}));
    const passwd* user = ::getpwnam("postgres");
    ASSERT_NE(user, nullptr);
    ASSERT_EQ(::chown(folder_.c_str(), user->pw_uid, user->pw_gid), 0);
    run(by_user({bin_ / "initdb", "-D", data_, "-A", "trust", "-N", "--no-instructions"}));
  }
  // Root may not run it.
  static Words by_user(const Words& command) {
    Words words = {"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"};
    words.insert(words.end(), command.begin(), command.end());
    return words;
  }

  fs::path bin_;
  std::string data_ = directory_ / "data";
};

// A process for each connection, born inside the window.
TEST_F(Postgresql, UnderPgbench) {
  Child postgres(by_user({bin_ / "postgres", "-D", data_, "-k", folder_, "-c",
                          "listen_addresses=", "-c", "autovacuum=off"}),
                 kPatient);
  ASSERT_TRUE(soon([&] {
    return support::run({bin_ / "pg_isready", "-h", folder_, "-q"}).status == support::exited(0);
  }));
  run(by_user({bin_ / "pgbench", "-i", "-q", "-h", folder_, "postgres"}));
  const auto pids = steady_family(postgres.pid());
  constexpr std::uint64_t kConnections = 4;
  const auto load = [&] {
    run(by_user({bin_ / "pgbench", "-n", "-h", folder_, "-c", std::to_string(kConnections), "-t",
                 "1009", "-S", "postgres"}));
  };
  e2e::expect_agreement(pids, threads_of(pids) + kConnections + 1, load);
  // It receives before it waits, and a process for each connection is mapped anew.
  e2e::expect_sensible(postgres.pid(), load, {"page-faults", "speculative-receives"}, {"glibc"});
  EXPECT_TRUE(postgres.running());
  // A fast shutdown.
  postgres.send_signal(SIGINT);
  EXPECT_EQ(postgres.wait().status, support::exited(0));
}

// Bounded: the database in one process, which ends after its last query.
TEST_F(Postgresql, AloneMakesTheCallsThatStraceCounts) {
  SKIP_UNLESS(support::command("strace"));
  support::Options queries = kPatient;
  for (int i = 0; i < 211; ++i) queries.input += "select " + std::to_string(i) + "\n";
  Words command = {"setarch", "-R"};
  for (const std::string& word : by_user({bin_ / "postgres", "--single", "-D", data_, "postgres"}))
    command.push_back(word);
  // The first run after initdb makes files that the next ones find.
  ASSERT_EQ(support::run(command, queries).status, support::exited(0));
  const e2e::Calls theirs = e2e::strace(command, queries);
  ASSERT_EQ(theirs, e2e::strace(command, queries)) << "not the same calls each time";
  ASSERT_GT(theirs.at("write"), 211U) << "an answer to each query";
  const std::string file = folder_ + "/recording.json";
  Words ours = {support::msgstat(), "stat", "-e", "task-clock", "-o", file, "--"};
  ours.insert(ours.end(), command.begin(), command.end());
  ASSERT_EQ(support::run(ours, queries).status, support::exited(0));
  std::ifstream stream(file);
  const auto recording = nlohmann::json::parse(stream);
  e2e::Calls calls;
  for (const auto& [name, call] : recording.at("runs").at(0).at("syscalls").items())
    calls[name] = call.at("calls").get<std::uint64_t>();
  EXPECT_EQ(e2e::without_exits(calls), theirs);
}

class OtherRuntimes : public Programs, public testing::WithParamInterface<const char*> {};

TEST_P(OtherRuntimes, UnderLoad) {
  const auto& catalog = servers::catalog();
  const auto model = std::find_if(catalog.begin(), catalog.end(), [](const servers::Model& each) {
    return each.name == GetParam();
  });
  ASSERT_NE(model, catalog.end());
  const auto missing = servers::missing(*model, e2e::models());
  SKIP_UNLESS((support::Requirement{GetParam(), !missing, ENOENT, "the model"}));
  e2e::ModelServer server(*model);
  const auto pids = family(server.child().pid());
  const std::string address = "127.0.0.1:" + std::to_string(server.port());
  // Threads that a runtime adds under load besides those that it has.
  constexpr std::uint64_t kMore = 20;
  const auto load = [&address] {
    run({support::msgstat(), "load", "--connect", address, "--connections", "10", "--messages",
         "1009", "--warmup", "0"});
  };
  e2e::expect_agreement(pids, threads_of(pids) + kMore, load);
  // Go reads a socket before it waits for it, its runtime has a thread that looks around, and who
  // is woken for its scheduler's lock has often found it free by spinning.
  e2e::expect_sensible(
      server.child().pid(), load, {"speculative-receives", "spinning", "wasted-wakes"},
      {"Go runtime", "JVM", "glibc", "thread join", "a lock inside the C library"});
  EXPECT_TRUE(server.child().running());
}

INSTANTIATE_TEST_SUITE_P(Models, OtherRuntimes, testing::Values("go", "java_nio"),
                         [](const auto& test) { return std::string(test.param); });

// 97 calls at a time, laps of 10 ms, and the sum of the laps is what the program says it did.
TEST(Laps, AThousandOfThemAddUpToTheTotal) {
  SKIP_UNLESS(support::bpf());
  support::Child target({"/usr/bin/python3", "-c",
                         "import os, select, sys, time\n"
                         "print('ready', flush=True); sys.stdin.readline()\n"
                         "n = 0\n"
                         "while not select.select([sys.stdin], [], [], 0)[0]:\n"
                         "    for _ in range(97): os.getppid()\n"
                         "    n += 97\n"
                         "    time.sleep(0.003)\n"
                         "sys.stdin.readline(); print(n, flush=True); sys.stdin.readline()\n"},
                        kPatient);
  ASSERT_EQ(target.read_line(), "ready");
  const support::TemporaryDirectory directory;
  const std::string file = directory / "laps.json";
  support::Child stat({support::msgstat(), "stat", "-p", std::to_string(target.pid()), "-I", "10",
                       "-x", ",", "-e", "task-clock", "-o", file},
                      kPatient);
  int laps = 0;
  while (laps < 1003) {
    const auto line = stat.read_line();
    ASSERT_TRUE(line.has_value()) << stat.wait().err;
    if (line->find("task-clock") == std::string::npos) continue;
    if (++laps == 1) target.write("go\n");
    if (laps == 1001) target.write("stop\n");
  }
  const auto done = target.read_line();
  stat.send_signal(SIGINT);
  ASSERT_EQ(stat.wait().status, support::exited(0));
  std::ifstream stream(file);
  const auto recording = nlohmann::json::parse(stream);
  std::uint64_t calls = 0;
  for (const auto& lap : recording.at("runs"))
    if (lap.at("syscalls").contains("getppid"))
      calls += lap.at("syscalls").at("getppid").at("calls").get<std::uint64_t>();
  EXPECT_EQ(std::to_string(calls), done.value_or("nothing"));
  EXPECT_GT(calls, 10'000U);
  EXPECT_GE(recording.at("runs").size(), 1003U);
  target.close_input();
  target.wait();
}

}  // namespace
