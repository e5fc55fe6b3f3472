#include "analysis/findings/rules.hpp"

#include <fmt/format.h>

#include "analysis/findings/figures.hpp"

namespace msgstat::analysis {
namespace {

constexpr double kEachUnit = 0.5;
constexpr double kEachSecond = 2000;

std::vector<Finding> judge(const Run& run) {
  const double calls = calls_of(run, {"mmap", "munmap", "mremap"});
  if (!is_frequent(run, calls, kEachUnit, kEachSecond)) return {};
  Finding finding{.severity = "high"};
  finding.title = fmt::format("memory is mapped and unmapped: {} calls of mmap, mremap and munmap",
                              each(run, calls));
  for (const char* name : {"mmap", "mremap", "munmap"})
    finding.evidence[std::string(name) + "_per_" + base_name(run)] =
        per_base(run, calls_of(run, {name}));
  for (const Counter& counter : run.counters)
    if (counter.name == "page-faults" && counter.value)
      finding.evidence["page_faults_per_" + base_name(run)] = per_base(run, *counter.value);
  finding.why =
      "A buffer larger than malloc's threshold (128 KiB at the start) is mapped when it is "
      "allocated and "
      "unmapped when it is freed, and each page of it is faulted in and cleared anew. asyncio's "
      "streams "
      "read into 256 KiB.";
  finding.try_this = {
      "MALLOC_MMAP_THRESHOLD_=1048576 MALLOC_TRIM_THRESHOLD_=4194304 in the environment: the "
      "buffer comes "
      "from the heap; expect no mmap, mremap or munmap a message",
      "a buffer that is kept, or a smaller one: asyncio's BufferedProtocol, or max_size of its "
      "transport"};
  return {finding};
}

}  // namespace

const Rule kMmapChurn = {
    .id = "mmap-churn",
    .looks_for = "memory mapped and unmapped for each unit",
    .threshold = "0.5 calls of mmap, munmap and mremap a unit, or 2,000/s without a unit",
    .source =
        "mallopt(3), M_MMAP_THRESHOLD: a buffer of more than 128 KiB is mapped by itself until the "
        "threshold has moved",
    .needs = "level counts",
    .judge = judge};

}  // namespace msgstat::analysis
