// The charts themselves, one file each; chart.cpp has the table.
#pragma once

#include <vector>

#include "analysis/render/html/chart.hpp"

namespace msgstat::analysis::html {

std::vector<Figure> draw_throughput(const View& view);
std::vector<Figure> draw_syscalls(const View& view);
std::vector<Figure> draw_latency(const View& view);
std::vector<Figure> draw_arms(const View& view);
std::vector<Figure> draw_budget(const View& view);
std::vector<Figure> draw_hand_offs(const View& view);

}  // namespace msgstat::analysis::html
