#include "tracer/agent/protocol.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "tracer/error.hpp"

// Field by field, by name: both ends are of one build, so an exception is a bug, not bad input.
namespace nlohmann {

template <typename T>
struct adl_serializer<std::optional<T>> {
  static void to_json(json& out, const std::optional<T>& value) {
    out = value ? json(*value) : json(nullptr);
  }
  static void from_json(const json& in, std::optional<T>& value) {
    value = in.is_null() ? std::nullopt : std::optional<T>(in.get<T>());
  }
};

}  // namespace nlohmann

namespace msgstat {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(UnitCounterLocation, offset, stride, count)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(EventCount, name, state, value, unit, running, reason)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SyscallTime, calls, total_ns, p50_ns, p90_ns, p99_ns, p99_9_ns,
                                   max_ns)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SyscallCount, name, abi, number, calls, errors, errors_by_errno,
                                   time)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(UringCount, operation, entries)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(UnitCount, count, uncertainty)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(NamedUnits, expression, count, source, reason)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CpuTime, user_s, system_s)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Loss, map_full, untimed, programs_missed, in_flight_open,
                                   in_flight_close, on_cpu_open, on_cpu_close)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Observer, bpf_runs, bpf_ns, sampled_s)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TimeSlot, from_ns, count)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Place, kind, module, symbol, symbol_bytes, offset)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StackFrame, function, file, offset, line)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CallSite, call, samples, calls, calls_error, asleep_ns, frames)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StackSampling, samples, lost, cost_ns)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(FutexWord, pid, address, place, lock, calls, shared, woken,
                                   changed, timed_out, interrupted, wait_failed, woke_none,
                                   woke_one, woke_many, wake_failed, threads_woken_at_once, sleeps,
                                   sleep_ns, sleep_slots, hand_offs, cross_cpu_hand_offs, waiters,
                                   wakers, owner, owner_name, sites)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(HandOff, pid, address, waker, waiter, count, cross_cpu)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(FutexUse, calls, words_seen, words, hand_offs,
                                   calls_without_word, hand_offs_untold, other_abi, stacks)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TimeByMode, user_ns, kernel_ns, runnable_ns, blocked_ns,
                                   unknown_ns, voluntary, involuntary, involuntary_by_target,
                                   migrations, wakeups, wakeup_ns)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(BlockedIn, call, ns)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ThreadTime, pid, tid, name, time, blocked)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CallTime, name, kernel_ns, blocked_ns, runnable_ns)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SchedulerUse, threads_seen, whole_ns, total, remainder_ns, calls,
                                   threads, wakeup_slots, sites, threads_lost)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Window, seconds, units, unit_counts, cpu, events, syscalls,
                                   syscalls_reason, uring, loss, observer, blind_spots, threads,
                                   futex, sched)

namespace tracer {

using nlohmann::json;

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(AgentOptions, protocol, control_fd, events, level)

namespace {

constexpr const char* kReady = "ready";

[[noreturn]] void throw_error_of(const json& answer) {
  throw Error(answer.at("error").get<std::string>(), answer.at("advice").get<std::string>());
}

}  // namespace

std::string_view agent_protocol() { return MSGSTAT_AGENT_PROTOCOL; }

std::string encode(const AgentOptions& options) { return json(options).dump(); }

AgentOptions decode_agent_options(const std::string& text) {
  const json options = json::parse(text);
  AgentOptions other{.protocol = options.value("protocol", std::string()),
                     .control_fd = options.at("control_fd").get<int>()};
  return other.protocol == agent_protocol() ? options.get<AgentOptions>() : other;
}

std::string encode_mismatch(const std::string& controllers_protocol) {
  return encode_error("libmsgstat-agent.so is of build " + std::string(agent_protocol()) +
                          ", and msgstat of " +
                          (controllers_protocol.empty() ? "an older one" : controllers_protocol),
                      "install both together");
}

std::string encode_ready() { return json{{kReady, agent_protocol()}}.dump(); }

void decode_ready(const std::string& line) {
  const json answer = json::parse(line, nullptr, false);
  if (answer.is_object() && answer.contains("error")) throw_error_of(answer);
  std::string protocol;
  if (answer.is_object() && answer.contains(kReady) && answer.at(kReady).is_string())
    protocol = answer.at(kReady).get<std::string>();
  if (protocol == agent_protocol()) return;
  throw Error("msgstat is of build " + std::string(agent_protocol()) +
                  ", and libmsgstat-agent.so of " + (protocol.empty() ? "an older one" : protocol),
              "install both together");
}

std::string encode(const Request& request) {
  if (request.kind == Request::Kind::kClose) return json{{"close", true}}.dump();
  return json{{"open", request.units}}.dump();
}

Request decode_request(const std::string& line) {
  const json request = json::parse(line);
  if (request.contains("close")) return {.kind = Request::Kind::kClose};
  return {.kind = Request::Kind::kOpen,
          .units = request.at("open").get<std::optional<UnitCounterLocation>>()};
}

std::string encode(const Answer& answer) { return json{{"window", answer.window}}.dump(); }

std::string encode_error(const std::string& sentence, const std::string& advice) {
  return json{{"error", sentence}, {"advice", advice}}.dump();
}

Answer decode_answer(const std::string& line) {
  const json answer = json::parse(line);
  if (answer.contains("error")) throw_error_of(answer);
  return {.window = answer.at("window").get<std::optional<Window>>()};
}

namespace {

// One message and room for one descriptor beside it, unix(7).
struct Message {
  iovec bytes{};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr header{};

  Message(void* data, std::size_t size) : bytes{data, size} {
    header.msg_iov = &bytes;
    header.msg_iovlen = 1;
  }
  void attach_control() {
    header.msg_control = control;
    header.msg_controllen = sizeof control;
  }
};

}  // namespace

std::optional<std::string> LineSocket::read_line() {
  for (;;) {
    const std::size_t end = unread_.find('\n');
    if (end != std::string::npos) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    char buffer[4096];
    Message message(buffer, sizeof buffer);
    message.attach_control();
    const ssize_t got = ::recvmsg(fd_, &message.header, MSG_CMSG_CLOEXEC);
    if (got > 0)
      unread_.append(buffer, static_cast<std::size_t>(got));
    else if (got == 0 || errno != EINTR)
      return std::nullopt;
    else
      continue;
    const cmsghdr* beside = CMSG_FIRSTHDR(&message.header);
    if (beside == nullptr || beside->cmsg_type != SCM_RIGHTS) continue;
    int descriptor = -1;
    std::memcpy(&descriptor, CMSG_DATA(beside), sizeof descriptor);
    received_ = Fd(descriptor);
  }
}

bool LineSocket::write_line(std::string line, int descriptor) const {
  line += '\n';
  for (std::size_t sent = 0; sent < line.size();) {
    Message message(line.data() + sent, line.size() - sent);
    if (descriptor >= 0 && sent == 0) {
      message.attach_control();
      cmsghdr* beside = CMSG_FIRSTHDR(&message.header);
      *beside = {.cmsg_len = CMSG_LEN(sizeof descriptor),
                 .cmsg_level = SOL_SOCKET,
                 .cmsg_type = SCM_RIGHTS};
      std::memcpy(CMSG_DATA(beside), &descriptor, sizeof descriptor);
    }
    const ssize_t result = ::sendmsg(fd_, &message.header, MSG_NOSIGNAL);
    if (result >= 0)
      sent += static_cast<std::size_t>(result);
    else if (errno != EINTR)
      return false;
  }
  return true;
}

}  // namespace tracer
}  // namespace msgstat
