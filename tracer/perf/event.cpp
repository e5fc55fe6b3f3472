#include "tracer/perf/event.hpp"

#include <perfmon/pfmlib_perf_event.h>

#include <array>
#include <cctype>
#include <cstring>

#include "tracer/error.hpp"

namespace msgstat::tracer {
namespace {

// pfm_initialize(3) may be called again at no cost; its result is remembered.
void initialize_libpfm() {
  static const int result = pfm_initialize();
  if (result != PFM_SUCCESS)
    throw Error(std::string("cannot initialise libpfm4: ") + pfm_strerror(result));
}

// perf's spellings that libpfm4 does not have.
struct Alias {
  std::string_view perf;
  std::string_view libpfm;
};
constexpr std::array kAliases = {
    Alias{"branches", "branch-instructions"},
    Alias{"cs", "context-switches"},
    Alias{"migrations", "cpu-migrations"},
    Alias{"faults", "page-faults"},
};

std::string libpfm_name(std::string_view name) {
  const std::size_t colon = name.find(':');
  for (const Alias& alias : kAliases) {
    if (name.substr(0, colon) == alias.perf)
      return std::string(alias.libpfm) +
             std::string(colon == name.npos ? std::string_view{} : name.substr(colon));
  }
  return std::string(name);
}

std::string lower_case(const char* text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

bool is_clock(const perf_event_attr& attr) {
  return attr.type == PERF_TYPE_SOFTWARE &&
         (attr.config == PERF_COUNT_SW_CPU_CLOCK || attr.config == PERF_COUNT_SW_TASK_CLOCK);
}

// Counted where the code that is running raises them.
bool is_raised_in_user_mode(const perf_event_attr& attr) {
  switch (attr.type) {
    case PERF_TYPE_HARDWARE:
    case PERF_TYPE_HW_CACHE:
    case PERF_TYPE_RAW:
      return true;
    case PERF_TYPE_SOFTWARE:
      return is_clock(attr) || attr.config == PERF_COUNT_SW_PAGE_FAULTS ||
             attr.config == PERF_COUNT_SW_PAGE_FAULTS_MIN ||
             attr.config == PERF_COUNT_SW_PAGE_FAULTS_MAJ;
    default:
      return false;
  }
}

}  // namespace

std::span<const std::string_view> default_event_names() {
  static constexpr std::array<std::string_view, 8> kNames = {
      "cycles",     "instructions",     "branches",       "branch-misses",
      "task-clock", "context-switches", "cpu-migrations", "page-faults"};
  return kNames;
}

Event find_event(std::string_view name) {
  initialize_libpfm();
  Event event;
  event.name = name;
  pfm_perf_encode_arg_t encoding{};
  encoding.attr = &event.attr;
  encoding.size = sizeof encoding;
  const int result = pfm_get_os_event_encoding(libpfm_name(name).c_str(), PFM_PLM0 | PFM_PLM3,
                                               PFM_OS_PERF_EVENT, &encoding);
  if (result != PFM_SUCCESS)
    throw UsageError("unknown event '" + event.name + "': " + pfm_strerror(result),
                     "'msgstat list events' prints those that there are");
  if (is_clock(event.attr)) event.unit = "ns";
  return event;
}

std::optional<Event> in_user_mode(const Event& event) {
  if (event.attr.exclude_kernel != 0 || event.attr.exclude_user != 0 ||
      !is_raised_in_user_mode(event.attr))
    return std::nullopt;
  Event restricted = event;
  restricted.attr.exclude_kernel = 1;
  if (!is_clock(event.attr)) restricted.name += ":u";
  return restricted;
}

std::vector<EventDescription> list_events() {
  initialize_libpfm();
  std::vector<EventDescription> events;
  for (int pmu = PFM_PMU_NONE; pmu < PFM_PMU_MAX; ++pmu) {
    pfm_pmu_info_t pmu_info{};
    pmu_info.size = sizeof pmu_info;
    if (pfm_get_pmu_info(static_cast<pfm_pmu_t>(pmu), &pmu_info) != PFM_SUCCESS ||
        !pmu_info.is_present)
      continue;
    for (int index = pmu_info.first_event; index >= 0; index = pfm_get_event_next(index)) {
      pfm_event_info_t info{};
      info.size = sizeof info;
      if (pfm_get_event_info(index, PFM_OS_PERF_EVENT, &info) != PFM_SUCCESS) continue;
      // Each of these has a second name, which is perf's.
      if (const std::string name = lower_case(info.name); !name.starts_with("perf_count_"))
        events.push_back({name, pmu_info.name, info.desc ? info.desc : ""});
    }
  }
  return events;
}

}  // namespace msgstat::tracer
