#include "analysis/explain_json.hpp"

#include <array>

#include "analysis/printable.hpp"

namespace msgstat::analysis {
namespace {

// A field that is a count: its name and where it stands. Writing and reading are one table.
template <typename T>
struct CountField {
  const char* name;
  std::uint64_t T::*member;
};

constexpr std::array kWordCounts = {
    CountField<FutexWord>{"shared", &FutexWord::shared},
    CountField<FutexWord>{"woken", &FutexWord::woken},
    CountField<FutexWord>{"changed", &FutexWord::changed},
    CountField<FutexWord>{"timed_out", &FutexWord::timed_out},
    CountField<FutexWord>{"interrupted", &FutexWord::interrupted},
    CountField<FutexWord>{"wait_failed", &FutexWord::wait_failed},
    CountField<FutexWord>{"woke_none", &FutexWord::woke_none},
    CountField<FutexWord>{"woke_one", &FutexWord::woke_one},
    CountField<FutexWord>{"woke_many", &FutexWord::woke_many},
    CountField<FutexWord>{"wake_failed", &FutexWord::wake_failed},
    CountField<FutexWord>{"threads_woken_at_once", &FutexWord::threads_woken_at_once},
    CountField<FutexWord>{"sleeps", &FutexWord::sleeps},
    CountField<FutexWord>{"sleep_ns", &FutexWord::sleep_ns},
    CountField<FutexWord>{"hand_offs", &FutexWord::hand_offs},
    CountField<FutexWord>{"cross_cpu_hand_offs", &FutexWord::cross_cpu_hand_offs},
    CountField<FutexWord>{"waiters", &FutexWord::waiters},
    CountField<FutexWord>{"wakers", &FutexWord::wakers},
};

constexpr std::array kModeCounts = {
    CountField<TimeByMode>{"user_ns", &TimeByMode::user_ns},
    CountField<TimeByMode>{"kernel_ns", &TimeByMode::kernel_ns},
    CountField<TimeByMode>{"runnable_ns", &TimeByMode::runnable_ns},
    CountField<TimeByMode>{"blocked_ns", &TimeByMode::blocked_ns},
    CountField<TimeByMode>{"unknown_ns", &TimeByMode::unknown_ns},
    CountField<TimeByMode>{"voluntary", &TimeByMode::voluntary},
    CountField<TimeByMode>{"involuntary", &TimeByMode::involuntary},
    CountField<TimeByMode>{"involuntary_by_target", &TimeByMode::involuntary_by_target},
    CountField<TimeByMode>{"migrations", &TimeByMode::migrations},
    CountField<TimeByMode>{"wakeups", &TimeByMode::wakeups},
    CountField<TimeByMode>{"wakeup_ns", &TimeByMode::wakeup_ns},
};

template <typename T, std::size_t N>
void write_counts(const T& from, const std::array<CountField<T>, N>& fields, Json& to) {
  for (const auto& field : fields) to[field.name] = from.*field.member;
}

template <typename T, std::size_t N>
void read_counts(const JsonValue& from, const std::array<CountField<T>, N>& fields, T& to) {
  // A field that came later is not in older recordings.
  for (const auto& field : fields)
    if (const auto value = from.find(field.name)) to.*field.member = value->count();
}

template <typename T>
Json list_json(const std::vector<T>& values, Json (*write)(const T&)) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(write(value));
  return list;
}

template <typename T>
std::vector<T> read_list(const JsonValue& in, std::string_view key, T (*read)(const JsonValue&)) {
  std::vector<T> values;
  if (const auto items = in.find(key))
    for (const JsonValue& item : items->items()) values.push_back(read(item));
  return values;
}

Json slot_json(const TimeSlot& slot) { return {{"from_ns", slot.from_ns}, {"count", slot.count}}; }
TimeSlot read_slot(const JsonValue& in) {
  return {.from_ns = in.at("from_ns").count(), .count = in.at("count").count()};
}

Json frame_json(const StackFrame& frame) {
  return {{"function", valid_utf8(frame.function)},
          {"file", valid_utf8(frame.file)},
          {"offset", frame.offset},
          {"line", frame.line == 0 ? Json(nullptr) : Json(frame.line)}};
}

StackFrame read_frame(const JsonValue& in) {
  const auto line = in.find("line");
  return {.function = in.text_of("function"),
          .file = in.text_of("file"),
          .offset = in.at("offset").count(),
          .line = line ? static_cast<std::uint32_t>(line->count()) : 0};
}

Json site_json(const CallSite& site) {
  return {{"call", valid_utf8(site.call)}, {"samples", site.samples},
          {"calls", site.calls},           {"calls_error", site.calls_error},
          {"asleep_ns", site.asleep_ns},   {"frames", list_json(site.frames, frame_json)}};
}

CallSite read_site(const JsonValue& in) {
  const std::uint64_t calls = in.at("calls").count();
  // Of an older recording nothing is known of it: as much as there is.
  const auto error = in.find("calls_error");
  return {.call = in.text_of("call"),
          .samples = in.at("samples").count(),
          .calls = calls,
          .calls_error = error ? error->amount() : static_cast<double>(calls),
          .asleep_ns = in.at("asleep_ns").count(),
          .frames = read_list(in, "frames", read_frame)};
}

Json word_json(const FutexWord& word) {
  Json calls = Json::object();
  for (const auto& [operation, count] : word.calls) calls[valid_utf8(operation)] = count;
  Json out = {{"pid", word.pid},
              {"address", word.address},
              {"place",
               {{"kind", word.place.kind},
                {"module", valid_utf8(word.place.module)},
                {"symbol", valid_utf8(word.place.symbol)},
                {"symbol_bytes", word.place.symbol_bytes},
                {"offset", word.place.offset}}},
              {"lock", word.lock},
              {"operations", std::move(calls)},
              {"owner", word.owner ? Json(*word.owner) : Json(nullptr)},
              {"owner_name", valid_utf8(word.owner_name)},
              {"sleep_slots", list_json(word.sleep_slots, slot_json)},
              {"sites", list_json(word.sites, site_json)}};
  write_counts(word, kWordCounts, out);
  return out;
}

FutexWord read_word(const JsonValue& in) {
  FutexWord word;
  word.pid = static_cast<std::int64_t>(in.at("pid").count());
  word.address = in.at("address").count();
  if (const auto place = in.find("place"))
    word.place = {.kind = place->text_of("kind"),
                  .module = place->text_of("module"),
                  .symbol = place->text_of("symbol"),
                  .symbol_bytes = place->at("symbol_bytes").count(),
                  .offset = place->at("offset").count()};
  word.lock = in.text_of("lock");
  if (const auto calls = in.find("operations"))
    for (const auto& [operation, count] : calls->members()) word.calls[operation] = count.count();
  if (const auto owner = in.find("owner")) word.owner = static_cast<std::int64_t>(owner->count());
  word.owner_name = in.text_of("owner_name");
  word.sleep_slots = read_list(in, "sleep_slots", read_slot);
  word.sites = read_list(in, "sites", read_site);
  read_counts(in, kWordCounts, word);
  return word;
}

Json hand_off_json(const HandOff& hand_off) {
  return {{"pid", hand_off.pid},     {"address", hand_off.address},
          {"waker", hand_off.waker}, {"waiter", hand_off.waiter},
          {"count", hand_off.count}, {"cross_cpu", hand_off.cross_cpu}};
}

HandOff read_hand_off(const JsonValue& in) {
  return {.pid = static_cast<std::int64_t>(in.at("pid").count()),
          .address = in.at("address").count(),
          .waker = in.at("waker").count(),
          .waiter = in.at("waiter").count(),
          .count = in.at("count").count(),
          .cross_cpu = in.at("cross_cpu").count()};
}

Json modes_json(const TimeByMode& time) {
  Json out = Json::object();
  write_counts(time, kModeCounts, out);
  return out;
}

TimeByMode read_modes(const JsonValue& in) {
  TimeByMode time;
  read_counts(in, kModeCounts, time);
  return time;
}

Json blocked_json(const BlockedIn& blocked) {
  return {{"call", valid_utf8(blocked.call)}, {"ns", blocked.ns}};
}
BlockedIn read_blocked(const JsonValue& in) {
  return {.call = in.text_of("call"), .ns = in.at("ns").count()};
}

Json thread_json(const ThreadTime& thread) {
  return {{"pid", thread.pid},
          {"tid", thread.tid},
          {"name", valid_utf8(thread.name)},
          {"time", modes_json(thread.time)},
          {"blocked", list_json(thread.blocked, blocked_json)}};
}

ThreadTime read_thread(const JsonValue& in) {
  return {.pid = static_cast<std::int64_t>(in.at("pid").count()),
          .tid = static_cast<std::int64_t>(in.at("tid").count()),
          .name = in.text_of("name"),
          .time = read_modes(in.at("time")),
          .blocked = read_list(in, "blocked", read_blocked)};
}

Json call_json(const CallTime& call) {
  return {{"name", valid_utf8(call.name)},
          {"kernel_ns", call.kernel_ns},
          {"blocked_ns", call.blocked_ns},
          {"runnable_ns", call.runnable_ns}};
}

CallTime read_call(const JsonValue& in) {
  return {.name = in.text_of("name"),
          .kernel_ns = in.at("kernel_ns").count(),
          .blocked_ns = in.at("blocked_ns").count(),
          .runnable_ns = in.at("runnable_ns").count()};
}

Json finding_json(const Finding& finding) {
  Json evidence = Json::object();
  for (const auto& [name, value] : finding.evidence) evidence[name] = value;
  Json places = Json::array();
  for (const std::string& place : finding.where) places.push_back(valid_utf8(place));
  Json attempts = Json::array();
  for (const std::string& attempt : finding.try_this) attempts.push_back(valid_utf8(attempt));
  return {{"id", finding.id},
          {"severity", finding.severity},
          {"title", valid_utf8(finding.title)},
          {"evidence", std::move(evidence)},
          {"why", valid_utf8(finding.why)},
          {"where", std::move(places)},
          {"try", std::move(attempts)}};
}

}  // namespace

Json futex_json(const FutexUse& use) {
  return {{"calls", use.calls},
          {"words_seen", use.words_seen},
          {"words", list_json(use.words, word_json)},
          {"hand_offs", list_json(use.hand_offs, hand_off_json)},
          {"calls_without_word", use.calls_without_word},
          {"hand_offs_untold", use.hand_offs_untold},
          {"other_abi", use.other_abi},
          {"stacks",
           {{"samples", use.stacks.samples},
            {"lost", use.stacks.lost},
            {"cost_ns", use.stacks.cost_ns}}}};
}

FutexUse read_futex(const JsonValue& in) {
  FutexUse use{.calls = in.at("calls").count(),
               .words_seen = in.at("words_seen").count(),
               .words = read_list(in, "words", read_word),
               .hand_offs = read_list(in, "hand_offs", read_hand_off),
               .calls_without_word = in.at("calls_without_word").count(),
               .hand_offs_untold = in.at("hand_offs_untold").count(),
               .other_abi = in.at("other_abi").count(),
               .stacks = {}};
  if (const auto stacks = in.find("stacks"))
    use.stacks = {.samples = stacks->at("samples").count(),
                  .lost = stacks->at("lost").count(),
                  .cost_ns = stacks->at("cost_ns").count()};
  return use;
}

Json sched_json(const SchedulerUse& use) {
  return {{"threads_seen", use.threads_seen},
          {"whole_ns", use.whole_ns},
          {"total", modes_json(use.total)},
          {"remainder_ns", use.remainder_ns},
          {"calls_time", list_json(use.calls, call_json)},
          {"thread_times", list_json(use.threads, thread_json)},
          {"wakeup_slots", list_json(use.wakeup_slots, slot_json)},
          {"sites", list_json(use.sites, site_json)},
          {"threads_lost", use.threads_lost}};
}

SchedulerUse read_sched(const JsonValue& in) {
  return {.threads_seen = in.at("threads_seen").count(),
          .whole_ns = in.at("whole_ns").count(),
          .total = read_modes(in.at("total")),
          .remainder_ns = static_cast<std::int64_t>(in.at("remainder_ns").number()),
          .calls = read_list(in, "calls_time", read_call),
          .threads = read_list(in, "thread_times", read_thread),
          .wakeup_slots = read_list(in, "wakeup_slots", read_slot),
          .sites = read_list(in, "sites", read_site),
          .threads_lost = in.at("threads_lost").count()};
}

Json findings_json(const std::vector<Finding>& findings) {
  return list_json(findings, finding_json);
}

Finding read_finding(const JsonValue& in) {
  Finding finding{.id = in.text_of("id"),
                  .severity = in.text_of("severity"),
                  .title = in.text_of("title"),
                  .evidence = {},
                  .why = in.text_of("why"),
                  .where = {},
                  .try_this = {}};
  if (const auto evidence = in.find("evidence"))
    for (const auto& [name, value] : evidence->members()) finding.evidence[name] = value.number();
  if (const auto places = in.find("where")) finding.where = places->texts();
  if (const auto attempts = in.find("try")) finding.try_this = attempts->texts();
  return finding;
}

}  // namespace msgstat::analysis
