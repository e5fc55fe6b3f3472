// The colour of a system call: of the family that it belongs to, the same in every picture; several
// of one family are told apart by shade. The palette is Okabe and Ito's, "Color Universal Design"
// (2008), which colour-blind people can tell apart; style.cpp has it. Pure; any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace msgstat::analysis::html {

// Class names of the style sheet: "receive", "send", "wait", "control", "lock", "memory", "other".
std::string_view family_of(std::string_view call);
// In the order in which a bar stacks them and a legend names them.
const std::vector<std::string_view>& families();

class CallColors {
 public:
  // `calls`: the most frequent first, which get the fullest shades.
  explicit CallColors(const std::vector<std::string>& calls);
  // "call receive", "call receive shade-1"
  [[nodiscard]] std::string classes(const std::string& call) const;

 private:
  std::map<std::string, std::string> classes_;
};

}  // namespace msgstat::analysis::html
