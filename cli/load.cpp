#include "cli/load.hpp"

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>
#include <nlohmann/json.hpp>

#include "cli/interrupt.hpp"
#include "servers/load/error.hpp"
#include "servers/load/generator.hpp"
#include "tracer/error.hpp"

namespace msgstat::cli {
namespace {

struct Arguments {
  std::string connect;
  std::size_t connections = 200;
  std::size_t size = 64;
  double rate = 0;
  std::optional<double> duration;
  double warmup = 1;
  unsigned threads = 1;
  std::optional<unsigned> processes;
  std::optional<std::uint64_t> messages;
  double timeout = 10;
  std::optional<int> publish_fd;
  bool json = false;
};

constexpr double kStandardDuration = 5;

std::chrono::nanoseconds to_time(const char* option, double seconds) {
  constexpr double kMost = 1e9;  // 30 years
  if (!(seconds >= 0 && seconds <= kMost))
    throw UsageError(fmt::format("{} takes seconds from 0 to {:.0f}", option, kMost));
  return std::chrono::nanoseconds(std::llround(seconds * 1e9));
}

// HOST:PORT, or [HOST]:PORT for an IPv6 address.
std::pair<std::string, std::uint16_t> parse_address(std::string_view text) {
  const UsageError malformed(fmt::format("'{}' is not HOST:PORT", text),
                             "as in 127.0.0.1:7000, localhost:7000 or [::1]:7000");
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) throw malformed;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  else if (host.find_first_of(":[]") != std::string_view::npos)
    throw malformed;

  std::uint16_t port = 0;
  const char* const end = digits.data() + digits.size();
  const auto [last, error] = std::from_chars(digits.data(), end, port);
  if (host.empty() || last != end || error != std::errc{} || port == 0) throw malformed;
  return {std::string(host), port};
}

load::Options to_options(const Arguments& arguments) {
  load::Options options;
  std::tie(options.host, options.port) = parse_address(arguments.connect);
  options.connections = arguments.connections;
  options.message_bytes = arguments.size;
  if (arguments.rate != 0) options.rate_per_s = arguments.rate;
  options.threads = arguments.threads;
  options.processes = arguments.processes;
  options.warmup = to_time("--warmup", arguments.warmup);
  options.timeout = to_time("--timeout", arguments.timeout);
  options.messages_per_connection = arguments.messages;
  options.publish_fd = arguments.publish_fd;
  if (arguments.duration)
    options.duration = to_time("--duration", *arguments.duration);
  else if (!arguments.publish_fd && !arguments.messages)
    options.duration = to_time("--duration", kStandardDuration);
  return options;
}

// The field names are those of a run in a recording.
nlohmann::ordered_json to_json(const Arguments& arguments, const load::Result& result) {
  const load::Measured& measured = result.measured;
  nlohmann::ordered_json json;
  json["load"] = {{"connections", arguments.connections},
                  {"message_bytes", arguments.size},
                  {"rate_per_s", nullptr}};
  if (arguments.rate != 0) json["load"]["rate_per_s"] = arguments.rate;
  json["window"] = {{"seconds", measured.seconds}};
  json["unit"] = {{"name", "message"}, {"source", "load"}, {"count", measured.messages}};
  json["messages_per_s"] = measured.messages_per_s();
  json["latency_us"] = nullptr;
  if (const auto& us = measured.latency_us)
    json["latency_us"] = {{"p50", us->p50},
                          {"p90", us->p90},
                          {"p99", us->p99},
                          {"p99.9", us->p99_9},
                          {"max", us->max}};
  json["fairness"] = nullptr;
  if (const auto& each = measured.fairness)
    json["fairness"] = {{"min", each->min}, {"median", each->median}, {"max", each->max}};
  for (std::size_t kind = 0; kind < load::kErrorKinds; ++kind)
    json["errors"][std::string(to_string(static_cast<load::ErrorKind>(kind)))] =
        measured.errors[kind];
  json["failure"] = nullptr;
  if (result.failure) json["failure"] = *result.failure;
  return json;
}

std::string errors_text(const load::Measured& measured) {
  std::string text;
  for (std::size_t kind = 0; kind < load::kErrorKinds; ++kind)
    if (measured.errors[kind] != 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : "  ",
                          to_string(static_cast<load::ErrorKind>(kind)), measured.errors[kind]);
  return text.empty() ? "none" : text;
}

std::string to_text(const Arguments& arguments, const load::Result& result) {
  const load::Measured& measured = result.measured;
  const std::string loop = arguments.rate != 0
                               ? fmt::format("open loop at {:.16g} messages/s", arguments.rate)
                               : "closed loop";
  std::string text = fmt::format("{} connections, {} bytes a message, {}, {:.2f} s\n",
                                 arguments.connections, arguments.size, loop, measured.seconds);
  const auto line = [&text](const char* name, const std::string& value) {
    text += fmt::format("  {:<24} {}\n", name, value);
  };
  line("messages", fmt::format("{}", measured.messages));
  line("messages/s", fmt::format("{:.0f}", measured.messages_per_s()));
  if (const auto& us = measured.latency_us)
    line("latency, us", fmt::format("p50 {:.1f}  p90 {:.1f}  p99 {:.1f}  p99.9 {:.1f}  max {:.1f}",
                                    us->p50, us->p90, us->p99, us->p99_9, us->max));
  if (const auto& each = measured.fairness)
    line("messages a connection",
         fmt::format("min {}  median {}  max {}", each->min, each->median, each->max));
  line("errors", errors_text(measured));
  return text;
}

void run_load(const Arguments& arguments) {
  const Interrupt interrupt;
  const load::Options options = to_options(arguments);
  load::Result result;
  try {
    result = load::run(options, interrupt.fd());
  } catch (const load::OptionsError& error) {
    throw UsageError(error.what());
  } catch (const load::Error& error) {
    throw Error(error.what());
  }
  const bool nothing = result.failure && result.measured.messages == 0 && !arguments.json;
  if (!arguments.publish_fd && !nothing)
    fmt::print("{}", arguments.json ? to_json(arguments, result).dump(2) + "\n"
                                    : to_text(arguments, result));
  if (result.failure) throw Error(*result.failure);
}

}  // namespace

void add_load(CLI::App& app, int& exit_status) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* const load = app.add_subcommand("load", "Load an echo server and check every reply");
  // CLI11 reads a negative number into an unsigned variable, as a huge one.
  const CLI::Validator not_negative(
      [](std::string& text) {
        return text.starts_with('-') ? text + " is below zero" : std::string();
      },
      "");
  const auto add = [&](const char* name, auto& value, const char* kind, const std::string& help) {
    return load->add_option(name, value, help)->type_name(kind)->check(not_negative);
  };
  add("--connect", arguments->connect, "HOST:PORT", "The server")->required();
  add("--connections", arguments->connections, "N", "Connections, each with one message in flight")
      ->capture_default_str();
  add("--size", arguments->size, "BYTES", "Size of a message")->capture_default_str();
  add("--rate", arguments->rate, "N",
      "Messages a second over all connections, latency counted from when each was due; 0: each "
      "connection as fast as it can")
      ->capture_default_str();
  add("--duration", arguments->duration, "SECONDS",
      fmt::format("What is measured, after the warm-up [{}]", kStandardDuration));
  add("--warmup", arguments->warmup, "SECONDS", "Full load before what is measured")
      ->capture_default_str();
  add("--messages", arguments->messages, "N",
      "End each connection after so many messages, and measure all of them");
  add("--timeout", arguments->timeout, "SECONDS",
      "Fail when for so long no connection comes up, or a message has no reply")
      ->capture_default_str();
  add("--threads", arguments->threads, "N", "Threads of each process")->capture_default_str();
  add("--processes", arguments->processes, "N",
      "Processes [as many as the limit of descriptors makes necessary]");
  // An inherited, empty memfd, in which the counts are published while it runs
  // (servers/load/published.hpp); it then runs until it is told to stop, unless a
  // duration is given.
  add("--publish-fd", arguments->publish_fd, "FD", "")->group("");
  load->add_flag("-j,--json", arguments->json, "Print JSON");
  load->callback([arguments, &exit_status] {
    run_load(*arguments);
    exit_status = 0;
  });
}

}  // namespace msgstat::cli
