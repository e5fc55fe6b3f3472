// msgstat top on a terminal of its own, and without one.
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <string>

#include "tests/support/descriptor.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kPatience = std::chrono::seconds(30);

class Top : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_UNLESS(support::bpf());
    ASSERT_TRUE(target_.read_line().has_value());
  }
  support::Child target_{{"sh", "-c", "echo ready; while kill -0 $$; do :; done"}};
};

// msgstat top on the other end of a pseudo-terminal.
class Terminal {
 public:
  explicit Terminal(pid_t target) {
    const winsize size{.ws_row = 20, .ws_col = 90, .ws_xpixel = 0, .ws_ypixel = 0};
    int master = -1;
    int slave = -1;
    if (::openpty(&master, &slave, nullptr, nullptr, &size) != 0)
      throw std::runtime_error("openpty");
    master_ = support::Descriptor(master);
    // Kept open: the settings are those of the terminal, not of who has it open.
    slave_ = support::Descriptor(slave);
    const std::string program = support::msgstat();
    const std::string pid = std::to_string(target);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::setsid();
      ::dup2(slave, 0);
      ::dup2(slave, 1);
      ::dup2(slave, 2);
      ::execl(program.c_str(), "msgstat", "top", "-p", pid.c_str(), "-I", "50", nullptr);
      ::_exit(127);
    }
  }
  ~Terminal() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // Whether it is shown, sooner or later.
  bool shows(const std::string& text) {
    for (const auto end = Clock::now() + kPatience; Clock::now() < end;) {
      if (shown_.find(text) != std::string::npos) return true;
      pollfd ready{.fd = master_.get(), .events = POLLIN, .revents = 0};
      if (::poll(&ready, 1, 100) != 1) continue;
      std::array<char, 4096> buffer{};
      const ssize_t count = ::read(master_.get(), buffer.data(), buffer.size());
      if (count > 0) shown_.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return false;
  }
  [[nodiscard]] bool echoes_lines() const {
    termios settings{};
    ::tcgetattr(slave_.get(), &settings);
    return (settings.c_lflag & (ICANON | ECHO)) == (ICANON | ECHO);
  }
  bool echoes_lines_again() const {
    for (const auto end = Clock::now() + kPatience; Clock::now() < end; ::usleep(10'000))
      if (echoes_lines()) return true;
    return false;
  }
  void type(const std::string& keys) const {
    if (::write(master_.get(), keys.data(), keys.size()) < 0) throw std::runtime_error("write");
  }
  void send_signal(int signal) const { ::kill(pid_, signal); }
  int wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    return status;
  }

 private:
  support::Descriptor master_;
  support::Descriptor slave_;
  pid_t pid_ = 0;
  std::string shown_;
};

constexpr const char* kOtherBuffer = "\x1b[?1049h";
constexpr const char* kFirstBuffer = "\x1b[?1049l";

TEST_F(Top, RefreshesThePageUntilQ) {
  Terminal terminal(target_.pid());
  EXPECT_TRUE(terminal.echoes_lines());
  ASSERT_TRUE(terminal.shows(kOtherBuffer));
  ASSERT_TRUE(terminal.shows(" kill"));
  EXPECT_FALSE(terminal.echoes_lines());
  terminal.type("xyq");
  EXPECT_TRUE(terminal.shows(kFirstBuffer));
  const int status = terminal.wait();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_TRUE(terminal.echoes_lines());
  EXPECT_TRUE(target_.running());
}

TEST_F(Top, PutsTheTerminalBackHoweverItEnds) {
  for (const int signal : {SIGTERM, SIGINT, SIGKILL}) {
    Terminal terminal(target_.pid());
    ASSERT_TRUE(terminal.shows(" kill"));
    ASSERT_FALSE(terminal.echoes_lines());
    terminal.send_signal(signal);
    EXPECT_TRUE(terminal.shows(kFirstBuffer)) << signal;
    terminal.wait();
    EXPECT_TRUE(terminal.echoes_lines_again()) << signal;
  }
  EXPECT_TRUE(target_.running());
}

TEST_F(Top, EndsWithItsTarget) {
  Terminal terminal(target_.pid());
  ASSERT_TRUE(terminal.shows(" kill"));
  target_.send_signal(SIGKILL);
  target_.wait();
  EXPECT_TRUE(terminal.shows(kFirstBuffer));
  const int status = terminal.wait();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST_F(Top, PrintsLinesWithoutATerminal) {
  const auto result = support::run({support::msgstat(), "top", "-p", std::to_string(target_.pid()),
                                    "-I", "50", "--timeout", "400"});
  EXPECT_EQ(result.status, support::exited(0)) << result.err;
  EXPECT_NE(result.out.find(" kill\n"), std::string::npos) << result.out;
  EXPECT_EQ(result.out.find('\x1b'), std::string::npos);
}

TEST(TopWithoutTarget, SaysSo) {
  const auto result = support::run({support::msgstat(), "top", "-p", "4194303"});
  EXPECT_EQ(result.status, support::exited(1));
  EXPECT_EQ(result.err, "msgstat: there is no process 4194303\n");
}

}  // namespace
