// A recording as one page that needs nothing else: no script, no network, no other file. Pure; any
// thread.
#pragma once

#include <string>

#include "analysis/recording.hpp"

namespace msgstat::analysis {

// HTML 5, UTF-8. The same recording gives the same page.
std::string render_html(const Recording& recording);

}  // namespace msgstat::analysis
