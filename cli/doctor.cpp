#include "cli/doctor.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "tracer/capability.hpp"

namespace msgstat::cli {
namespace {

using tracer::Capability;

std::string_view word(Capability::State state) {
  switch (state) {
    case Capability::State::kThere:
      return "yes";
    case Capability::State::kLimited:
      return "partly";
    case Capability::State::kLacking:
      break;
  }
  return "NO";
}

int doctor() {
  const auto capabilities = tracer::probe_capabilities();
  bool can_count = true;
  for (const Capability& capability : capabilities) {
    fmt::print("{:<6}  {:<23}  {}\n", word(capability.state), capability.name, capability.detail);
    if (capability.state == Capability::State::kThere) continue;
    fmt::print("{:<33}for: {}\n", "", capability.use);
    if (!capability.remedy.empty()) fmt::print("{:<33}try: {}\n", "", capability.remedy);
    can_count &= !capability.essential || capability.state != Capability::State::kLacking;
  }
  fmt::print("\n{}\n", can_count ? "System calls and software events can be counted here."
                                 : "System calls cannot be counted here.");
  return can_count ? 0 : 1;
}

}  // namespace

void add_doctor(CLI::App& app, int& exit_status) {
  app.add_subcommand("doctor", "say what this machine can measure, what it lacks, and why")
      ->callback([&exit_status] { exit_status = doctor(); });
}

}  // namespace msgstat::cli
