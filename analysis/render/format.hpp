// The table of formats that a recording can be rendered as. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "analysis/recording.hpp"

namespace msgstat::analysis {

struct RenderOptions {
  bool color = false;  // the output is a terminal that shows colour
};

struct Format {
  std::string_view name;
  std::string_view description;  // half a line
  std::string (*render)(const Recording& recording, const RenderOptions& options);
};

std::span<const Format> formats();
// Throws UsageError, which lists those that there are.
const Format& find_format(std::string_view name);

}  // namespace msgstat::analysis
