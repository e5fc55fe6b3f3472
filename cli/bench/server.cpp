#include "cli/bench/server.hpp"

#include <poll.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "tracer/error.hpp"
#include "tracer/privilege.hpp"
#include "tracer/target/process.hpp"

namespace msgstat::cli {
namespace {

constexpr std::string_view kHost = "127.0.0.1";
// For a virtual machine under a sanitizer on a busy computer.
constexpr auto kStartTime = std::chrono::seconds(60);

void require(Wake wake, const Interrupt& interrupt, const ChildProcess& child, const char* what) {
  if (wake == Wake::kInterrupted) throw Interrupted(interrupt.signal());
  if (wake == Wake::kTimeout)
    throw Error(fmt::format("{} {} in {} s", child.name(), what, kStartTime.count()));
}

std::optional<tracer::AgentClient> make_agent(const servers::Model& model,
                                              const std::vector<std::string>& events, Level level) {
  // An agent has what its process has, which of our file's capabilities is nothing.
  if (!model.dynamic || tracer::is_privileged_by_file()) return std::nullopt;
  return tracer::AgentClient(servers::models_directory().parent_path() / "libmsgstat-agent.so",
                             events, level);
}

ChildProcess start(const Settings& settings, const std::vector<std::string>& command,
                   const std::optional<tracer::AgentClient>& agent, int units_fd) {
  ChildOptions options{
      .environment = settings.environment, .inherited_fds = {}, .cpus = settings.server_cpus};
  if (agent) {
    for (auto& variable : agent->environment()) options.environment.push_back(std::move(variable));
    options.inherited_fds = {agent->inherited_fd(), units_fd};
  }
  return {"the server", command, options};
}

}  // namespace

Server::Server(const Settings& settings, const std::vector<std::string>& events, int units_fd,
               const Interrupt& interrupt)
    : units_fd_(units_fd),
      command_(servers::command_line(*settings.model, servers::models_directory(), kHost, 0,
                                     settings.buffer_bytes)),
      agent_(make_agent(*settings.model, events, settings.level)),
      child_(start(settings, command_, agent_, units_fd)) {
  if (agent_) wait_for_agent(interrupt);
  port_ = read_port(interrupt);
  if (!agent_)
    collector_ = Collector::process(child_.pid(), {.events = events, .level = settings.level});
}

void Server::wait_for_agent(const Interrupt& interrupt) {
  const auto has_answered = [this] {
    pollfd answer{.fd = agent_->answer_fd(), .events = POLLIN, .revents = 0};
    return ::poll(&answer, 1, 0) == 1;
  };
  agent_->release_child_end();
  require(wait(kStartTime, has_answered, {&child_}, interrupt), interrupt, child_,
          "loaded no agent");
  agent_->wait_until_ready();
}

std::uint16_t Server::read_port(const Interrupt& interrupt) {
  std::string line;
  const auto has_line = [&] {
    line += child_.read_output();
    return line.find('\n') != std::string::npos;
  };
  require(wait(kStartTime, has_line, {&child_}, interrupt), interrupt, child_, "printed no port");
  std::uint16_t port = 0;
  const std::size_t newline = line.find('\n');
  const auto [end, error] = std::from_chars(line.data(), line.data() + newline, port);
  if (error != std::errc{} || end != line.data() + newline || port == 0)
    throw Error(
        fmt::format("{} printed '{}', which is no port", child_.name(), line.substr(0, newline)));
  return port;
}

CpuTime Server::cpu_time() const {
  return tracer::read_cpu_time(tracer::list_descendants(child_.pid()));
}

std::uint64_t Server::resident_bytes() const {
  const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::uint64_t pages = 0;
  for (const pid_t pid : tracer::list_descendants(child_.pid())) {
    std::ifstream statm(fmt::format("/proc/{}/statm", pid));
    std::uint64_t size = 0;
    std::uint64_t resident = 0;
    if (statm >> size >> resident) pages += resident;
  }
  return pages * page_bytes;
}

void Server::open(UnitCounterLocation units) {
  units.fd = units_fd_;
  explain_end([&] {
    if (agent_) return agent_->open(units);
    collector_->count_units(units);
    collector_->open();
  });
}

Window Server::close() {
  return explain_end([this] { return agent_ ? agent_->close() : collector_->close(); });
}

std::function<bool()> Server::poller() {
  if (agent_) return {};
  return [this] {
    collector_->poll();
    return false;
  };
}

}  // namespace msgstat::cli
