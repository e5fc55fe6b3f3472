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
  // Minutes of an emulator: not beside tests that want the CPUs.
  if (std::getenv("MSGSTAT_VM") == nullptr)
    return {"vm", false, 0, "./dev vm, and ./dev test without arguments, run these"};
  const auto checked = support::run({script(), "check", guest.arch, guest.series});
  if (checked.status != support::exited(0))
    return {"vm", false, 0, checked.out.substr(0, checked.out.find('\n')) + " (./dev vm gets it)"};
  const std::string command = build_of(guest) + "/bin/msgstat";
  return {"vm", std::filesystem::exists(command), ENOENT, command + " (./dev vm builds it)"};
}

Extent extent() {
  const char* asked = std::getenv("MSGSTAT_VM");
  return asked != nullptr && std::string(asked) == "all" ? Extent::kAll : Extent::kQuick;
}

support::Result run(const Guest& guest, const std::string& command) {
  // A guest that counts instructions takes 15 s.
  const int limit_s = guest.counts_instructions ? 90 : extent() == Extent::kAll ? 1740 : 420;
  support::Options options{.timeout = std::chrono::seconds(limit_s + 20)};
  options.env["VM_TIMEOUT_S"] = std::to_string(limit_s);
  if (guest.counts_instructions) {
    options.env["VM_ICOUNT"] = "1";
    options.env["VM_CPUS"] = "1";
  }
  return support::run({script(), "run", guest.arch, guest.series, build_of(guest), command},
                      options);
}

}  // namespace vm
