#include "tests/vm/guest.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "tests/support/paths.hpp"

namespace vm {
namespace {

std::string script() { return (support::source_directory() / "tests/vm/guest").string(); }

// This machine's architecture, as Debian calls it.
constexpr const char* kHere =
#if defined(__aarch64__)
    "arm64";
#else
    "amd64";
#endif

}  // namespace

std::string build_of(const Guest& guest) {
  if (std::string(guest.arch) == kHere) return support::build_directory().string();
  return (support::source_directory() / "build" / guest.arch).string();
}

support::Requirement requirement(const Guest& guest) {
  // Minutes of an emulator: not in a run of every test.
  if (std::getenv("MSGSTAT_VM") == nullptr) return {"vm", false, 0, "./dev vm runs these"};
  const auto checked = support::run({script(), "check", guest.arch, guest.series});
  if (checked.status != support::exited(0))
    return {"vm", false, 0, checked.out.substr(0, checked.out.find('\n')) + " (./dev vm gets it)"};
  const std::string command = build_of(guest) + "/bin/msgstat";
  return {"vm", std::filesystem::exists(command), ENOENT, command + " (./dev vm builds it)"};
}

support::Result run(const Guest& guest, const std::string& command) {
  support::Options options{.timeout = std::chrono::seconds(390)};
  options.env["VM_TIMEOUT_S"] = "380";
  if (guest.counts_instructions) {
    options.env["VM_ICOUNT"] = "1";
    options.env["VM_CPUS"] = "1";
  }
  return support::run({script(), "run", guest.arch, guest.series, build_of(guest), command},
                      options);
}

}  // namespace vm
