#include "tests/bench/loaded_server.hpp"

#include <chrono>

#include <fmt/format.h>

#include "cli/bench/watch.hpp"
#include "tests/support/paths.hpp"
#include "tracer/error.hpp"
#include "tracer/target/cpu_list.hpp"
#include "tracer/target/process.hpp"

namespace bench {
namespace {

using namespace msgstat;

constexpr auto kStart = std::chrono::seconds(30);
constexpr auto kSettle = std::chrono::milliseconds(200);
constexpr auto kWindow = std::chrono::milliseconds(700);

tracer::CpuList cpu(unsigned number, LoadedServer::Cpus cpus) {
  if (cpus == LoadedServer::Cpus::kAny) return {};
  return tracer::allowed_cpus(0).size() > 1 ? tracer::parse_cpu_list(std::to_string(number))
                                            : tracer::CpuList{};
}

std::vector<std::string> with_arguments(std::vector<std::string> command) {
  for (const char* argument : {"127.0.0.1", "0", "4096"}) command.emplace_back(argument);
  return command;
}

cli::ChildOptions options(std::vector<std::pair<std::string, std::string>> environment,
                          const tracer::AgentClient* agent, LoadedServer::Cpus cpus) {
  cli::ChildOptions options{
      .environment = std::move(environment), .inherited_fds = {}, .cpus = cpu(0, cpus)};
  if (agent == nullptr) return options;
  for (auto& variable : agent->environment()) options.environment.push_back(std::move(variable));
  options.inherited_fds.push_back(agent->inherited_fd());
  return options;
}

double cpu_s(pid_t pid) {
  const CpuTime used = tracer::read_cpu_time({pid});
  return used.user_s + used.system_s;
}

}  // namespace

LoadedServer::LoadedServer(const std::string& name, std::vector<std::string> command,
                           std::vector<std::pair<std::string, std::string>> environment,
                           const cli::Interrupt& interrupt, const tracer::AgentClient* agent,
                           Cpus cpus)
    : interrupt_(interrupt),
      published_(load::make_published_file()),
      server_(name, with_arguments(std::move(command)),
              options(std::move(environment), agent, cpus)) {
  load_.emplace("the load generator",
                std::vector<std::string>{
                    support::msgstat(), "load", fmt::format("--connect=127.0.0.1:{}", read_port()),
                    fmt::format("--connections={}", kConnections), "--size=64", "--warmup=0",
                    fmt::format("--publish-fd={}", published_.get())},
                cli::ChildOptions{
                    .environment = {}, .inherited_fds = {published_.get()}, .cpus = cpu(1, cpus)});
  pass(kStart, [this] {
    if (!counts_) counts_ = load::PublishedCounts::open(published_.get());
    return counts_ && counts_->state() == load::State::kSteady;
  });
}

UnitCounterLocation LoadedServer::messages_location() const {
  const load::CounterLocation at = counts_->messages_location();
  return {.fd = published_.get(), .offset = at.offset, .stride = at.stride, .count = at.count};
}

Speed LoadedServer::measure() {
  using Clock = std::chrono::steady_clock;
  pass(kSettle, {});
  const auto start = Clock::now();
  const std::uint64_t messages_before = counts_->messages();
  const double server_before = cpu_s(server_.pid());
  const double load_before = cpu_s(load_->pid());
  pass(kWindow, {});
  const auto messages = static_cast<double>(counts_->messages() - messages_before);
  const double server_s = cpu_s(server_.pid()) - server_before;
  const double load_s = cpu_s(load_->pid()) - load_before;
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  if (messages == 0) throw Error(server_.name() + " answered nothing in a window");
  return {.messages_per_s = messages / seconds,
          .server_us = server_s * 1e6 / messages,
          .load_us = load_s * 1e6 / messages,
          .server_busy = server_s / seconds,
          .load_busy = load_s / seconds};
}

std::string LoadedServer::read_port() {
  std::string line;
  pass(kStart, [&] {
    line += server_.read_output();
    return line.ends_with('\n');
  });
  line.pop_back();
  return line;
}

void LoadedServer::pass(std::chrono::nanoseconds time, const std::function<bool()>& reached) {
  std::vector<cli::ChildProcess*> children = {&server_};
  if (load_) children.push_back(&*load_);
  const cli::Wake wake = cli::wait(time, reached, children, interrupt_);
  if (wake == cli::Wake::kInterrupted) throw cli::Interrupted(interrupt_.signal());
  if (reached && wake == cli::Wake::kTimeout)
    throw Error(server_.name() + " or its load does not start");
}

}  // namespace bench
