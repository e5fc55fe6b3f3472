#include "tracer/agent/client.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include "tracer/error.hpp"

namespace msgstat::tracer {

AgentClient::AgentClient(std::filesystem::path library, std::vector<std::string> events,
                         Level level)
    : library_(std::move(library)), events_(std::move(events)), level_(level) {
  if (!std::filesystem::exists(library_))
    throw Error("there is no agent at " + library_.string(), "build or install it: ./dev build");
  int ends[2];
  check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "make the agent's socket");
  our_end_ = Fd(ends[0]);
  child_end_ = Fd(ends[1]);
  socket_.emplace(our_end_.get());
}

std::vector<std::pair<std::string, std::string>> AgentClient::environment() const {
  return {
      {"LD_PRELOAD", std::string(MSGSTAT_PRELOAD_FIRST) + library_.string()},
      {kAgentVariable,
       encode(AgentOptions{.control_fd = child_end_.get(), .events = events_, .level = level_})}};
}

void AgentClient::wait_until_ready() {
  release_child_end();
  decode_ready(read_line());
}

void AgentClient::open(const std::optional<UnitCounterLocation>& units) {
  exchange({.kind = Request::Kind::kOpen, .units = units});
}

Window AgentClient::close() {
  auto answer = exchange({.kind = Request::Kind::kClose});
  if (!answer.window) throw Error("the agent closed no window");
  return std::move(*answer.window);
}

Answer AgentClient::exchange(const Request& request) {
  // A peer that is gone shows as end of file below.
  static_cast<void>(socket_->write_line(encode(request), request.units ? request.units->fd : -1));
  return decode_answer(read_line());
}

std::string AgentClient::read_line() {
  auto line = socket_->read_line();
  if (!line) throw Error("the measured process has ended, and its agent with it");
  return std::move(*line);
}

}  // namespace msgstat::tracer
