// What a controller and the agent in its child say to each other: one JSON object a line, over a
// stream socket that the child inherits. Values only; any thread.
//
//   controller            agent
//                         {"ready": PROTOCOL}
//   {"open": UNITS}       {"opened": true}
//   {"close": true}       {"window": WINDOW}
//                         {"error": SENTENCE, "advice": TEXT}   in the place of any answer
//
// PROTOCOL names the build; the options that the agent starts with have it too, and each end
// refuses another than its own. Of what is said only that, "control_fd" and "error" are the same in
// all.
//
// End of file on the socket ends the agent, and with it whatever is armed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracer/collector.hpp"
#include "tracer/fd.hpp"
#include "tracer/window.hpp"

namespace msgstat::tracer {

// The environment variable that carries an AgentOptions.
inline constexpr const char* kAgentVariable = "MSGSTAT_AGENT";

// Changes with the sources that say what is exchanged.
std::string_view agent_protocol();

struct AgentOptions {
  std::string protocol = std::string(agent_protocol());
  int control_fd = -1;  // inherited
  std::vector<std::string> events;
  Level level = Level::kCounts;
};

std::string encode(const AgentOptions& options);
// Of another protocol than ours only that and `control_fd` are read. Throws std::exception for what
// holds no options at all.
AgentOptions decode_agent_options(const std::string& text);
// The answer to such options.
std::string encode_mismatch(const std::string& controllers_protocol);

// The first word of the agent.
std::string encode_ready();
// Throws Error when it is not ready, in its own words, or of another build.
void decode_ready(const std::string& line);

struct Request {
  enum class Kind { kOpen, kClose };
  Kind kind = Kind::kOpen;
  // With kOpen. The descriptor goes beside the line (SCM_RIGHTS), and is -1 in its text.
  std::optional<UnitCounterLocation> units;
};
std::string encode(const Request& request);
Request decode_request(const std::string& line);

// A window for kClose, nothing else. An error that the agent answers is thrown as the Error it was.
struct Answer {
  std::optional<Window> window;
};
std::string encode(const Answer& answer);
std::string encode_error(const std::string& sentence, const std::string& advice);
Answer decode_answer(const std::string& line);

// Lines over a stream socket, a descriptor beside one of them. Borrows the socket.
class LineSocket {
 public:
  explicit LineSocket(int fd) : fd_(fd) {}
  // Absent at end of file, which a peer that died is too.
  std::optional<std::string> read_line();
  // What came beside the line that was read last, if anything did; it is the caller's.
  Fd take_descriptor() { return std::move(received_); }
  // False when the peer is gone. Never raises SIGPIPE. `descriptor`, when not -1, goes with it.
  bool write_line(std::string line, int descriptor = -1) const;

 private:
  int fd_;
  std::string unread_;
  Fd received_;
};

}  // namespace msgstat::tracer
