#include "analysis/render/html/chart.hpp"

#include "analysis/render/html/charts.hpp"

namespace msgstat::analysis::html {

std::span<const Chart> charts() {
  static const Chart table[] = {
      {"arms", "Is it really different?", draw_arms,
       "The recording has no two arms with more than one run each. msgstat bench MODEL --arm free "
       "--arm pinned:server-cpus=0 --repeat 10 records them."},
      {"throughput", "Throughput", draw_throughput,
       "The recording counts no units of work. msgstat bench does, and msgstat stat --unit."},
      {"syscalls", "System calls", draw_syscalls,
       "The recording has no system calls: they are counted by eBPF, which needs CAP_BPF and "
       "CAP_PERFMON. msgstat doctor says what is missing."},
      {"latency", "Latency", draw_latency,
       "The recording has no latencies: the load generator measures them. msgstat bench and "
       "msgstat "
       "load have it."},
      {"budget", "Where the time goes", draw_budget,
       "The recording has no CPU time. msgstat bench and msgstat stat record it, and with --level "
       "explain by system call."},
      {"hand-offs", "Who wakes whom", draw_hand_offs,
       "The recording has no futex calls at level explain that woke a thread. msgstat bench MODEL "
       "--level explain records them."},
  };
  return table;
}

Markup legend_entry(std::string_view classes, std::string_view label) {
  return element(
      "span", {{"class", "entry"}},
      element("svg",
              {{"class", "swatch"},
               {"viewBox", "0 0 12 12"},
               {"width", 12},
               {"height", 12},
               {"aria-hidden", "true"}},
              element("rect", {{"width", 12}, {"height", 12}, {"rx", 2}, {"class", classes}})) +
          text(label));
}

Markup legend(const Markup& entries) { return element("p", {{"class", "legend"}}, entries); }

}  // namespace msgstat::analysis::html
