// What this machine lets this process measure: each capability tried for real, with the reason when
// it is not there and the command that would give it. Takes a few tenths of a second; one thread.
#pragma once

#include <string>
#include <vector>

namespace msgstat::tracer {

struct Capability {
  enum class State {
    kThere,
    kLimited,  // works, with what `detail` says missing
    kLacking,
  };
  std::string name;  // "system call counts"
  std::string use;   // what it is for, as a clause
  State state = State::kLacking;
  std::string detail;  // what was found
  std::string remedy;  // a command, or what to change; empty when there is none or nothing is amiss
  bool essential = false;  // without it nothing is counted per system call
};

std::vector<Capability> probe_capabilities();

}  // namespace msgstat::tracer
