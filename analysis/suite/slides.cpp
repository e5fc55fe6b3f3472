#include "analysis/suite/slides.hpp"

#include <string_view>

namespace msgstat::analysis::suite {
namespace {

// Arms: connections, and what else is different.
constexpr const char* kFree = "200";
constexpr const char* kPinned = "200 on one CPU";
constexpr const char* kMapping = "200 mapping";
constexpr const char* kFew = "20";
constexpr const char* kMany = "20000";

struct DeckCalls {
  const char* slide;
  const char* model;
  const char* arm;
  const char* syscall;
  double calls;
  double messages;
  const Rule* rule;
};

constexpr const char* kThreads = "perf stat -e 'syscalls:sys_enter_*', threads";
constexpr const char* kThreadsPinned = "the same, threads under taskset -c 6";
constexpr const char* kAsyncio = "the same, asyncio streams";
constexpr const char* kMapped = "the same, asyncio with glibc's mmap threshold held at 128 KiB";
constexpr const char* kEpoll = "the same, cpp_epoll";

const DeckCalls kCalls[] = {
    {kThreads, "thread", kFree, "sendto", 38'861, 38'660, &kFixed},
    {kThreads, "thread", kFree, "recvfrom", 39'061, 38'660, &kFixed},
    {kThreads, "thread", kFree, "futex", 3'087'328, 38'660, &kMagnitude},
    {kThreadsPinned, "thread", kPinned, "sendto", 2'046'211, 2'046'010, &kFixed},
    {kThreadsPinned, "thread", kPinned, "recvfrom", 2'046'411, 2'046'010, &kFixed},
    {kThreadsPinned, "thread", kPinned, "futex", 163'851, 2'046'010, &kMagnitude},
    {kAsyncio, "asyncio", kFree, "sendto", 406'485, 406'283, &kFixed},
    {kAsyncio, "asyncio", kFree, "recvfrom", 406'686, 406'283, &kFixed},
    {kAsyncio, "asyncio", kFree, "epoll_wait", 4'395, 406'283, &kMagnitude},
    {kAsyncio, "asyncio", kFree, "mremap", 406'542, 406'283, &kFixed},
    {kAsyncio, "asyncio", kFree, "munmap", 406'577, 406'283, &kFixed},
    {kAsyncio, "asyncio", kFree, "mmap", 406'670, 406'283, &kFixed},
    {kMapped, "asyncio", kMapping, "mremap", 406'542, 406'283, &kFixed},
    {kMapped, "asyncio", kMapping, "munmap", 406'577, 406'283, &kFixed},
    {kMapped, "asyncio", kMapping, "mmap", 406'670, 406'283, &kFixed},
    {kEpoll, "cpp_epoll", kFree, "recvfrom", 2'921'954, 2'921'753, &kFixed},
    {kEpoll, "cpp_epoll", kFree, "epoll_wait", 14'801, 2'921'753, &kMagnitude},
    {kEpoll, "cpp_epoll", kFree, "write", 2'921'955, 2'921'753, &kFixed},
};

// perf stat of 20 s on the server of threads, 200 connections.
struct DeckCounters {
  const char* name;
  double free, pinned;
};
constexpr double kSeconds = 20;
constexpr DeckCounters kTaskClockMs = {"task-clock", 50'287, 20'149};
constexpr DeckCounters kSwitches = {"context-switches", 3'645'408, 1'992'539};
constexpr DeckCounters kMigrations = {"cpu-migrations", 965'678, 11};
constexpr DeckCounters kFaults = {"page-faults", 5'297, 5'470};
constexpr DeckCounters kCycles = {"cycles", 87'957'887'922, 60'754'818'298};
constexpr DeckCounters kInstructions = {"instructions", 45'364'602'467, 47'858'395'058};
constexpr DeckCounters kBranches = {"branches", 8'902'403'577, 9'076'082'207};
constexpr DeckCounters kMisses = {"branch-misses", 128'403'378, 109'074'649};

std::vector<Slide> slides_of_calls() {
  std::vector<Slide> slides;
  for (const DeckCalls& deck : kCalls) {
    if (slides.empty() || slides.back().title != deck.slide)
      slides.push_back({.title = deck.slide, .expectations = {}});
    slides.back().expectations.push_back(
        {.what = std::string(deck.syscall) + " per message",
         .theirs = deck.calls / deck.messages,
         .rule = deck.rule,
         .measure = calls_per_message(deck.model, deck.arm, deck.syscall)});
  }
  return slides;
}

// The slide has no count of messages: counters over each other.
Slide slide_of_counters(const char* title, const char* arm, double DeckCounters::*column) {
  constexpr double kPerMs = 1e6;  // task-clock is counted in ns
  const auto over = [&](const char* what, const DeckCounters& counter, const DeckCounters& by,
                        const Rule& rule, double scale = 1) {
    return Expectation{.what = what,
                       .theirs = counter.*column / (by.*column),
                       .rule = &rule,
                       .measure = counter_per_counter("thread", arm, counter.name, by.name, scale)};
  };
  return {.title = title,
          .expectations = {
              {.what = "CPUs in use",
               .theirs = kTaskClockMs.*column / 1e3 / kSeconds,
               .rule = &kFactor,
               .measure = cpus_used("thread", arm)},
              over("context-switches per ms of CPU", kSwitches, kTaskClockMs, kMagnitude, kPerMs),
              over("cpu-migrations per context-switch", kMigrations, kSwitches, kMagnitude),
              over("page-faults per ms of CPU", kFaults, kTaskClockMs, kMagnitude, kPerMs),
              over("instructions per cycle", kInstructions, kCycles, kFactor),
              over("branches per instruction", kBranches, kInstructions, kFactor),
              over("branch-misses per branch", kMisses, kBranches, kMagnitude)}};
}

Slide slide_of_pinning() {
  constexpr double kTraced = 2'046'010.0 / 38'660;
  constexpr double kUntraced = 1.9;
  const Measure gain = speed_of_arms("thread", kPinned, kFree);
  return {.title = "threads, messages/s on one CPU over free",
          .expectations = {
              {.what = "as traced by perf in the deck",
               .theirs = kTraced,
               .rule = &kDirection,
               .measure = gain},
              {.what = "untraced", .theirs = kUntraced, .rule = &kFactor, .measure = gain}}};
}

const std::vector<TableRow> kTable200 = {
    {"asyncio", 310, 5.13, 14.90},
    {"selector", 1900, 12.86, 7.10},
    {"thread", 1100, 46.22, 12.59},
};

const std::vector<TableRow> kTable20 = {
    {"asyncio_proto", 170, 11.9, 18.1}, {"asyncio_sock", 140, 8.2, 21.6},
    {"asyncio", 62, 4.2, 25.8},         {"cpp_epoll", 440, 28.4, 1.6},
    {"cpp_poll", 600, 27.4, 2.6},       {"cpp_th", 340, 29.0, 1.0},
    {"gevent", 110, 8.3, 21.6},         {"selector", 320, 17.0, 13.0},
    {"thread", 290, 23.1, 6.3},         {"uvloop_proto", 360, 20.3, 9.7},
    {"uvloop_sock", 150, 9.4, 20.6},    {"uvloop", 110, 7.1, 22.9},
};

const std::vector<TableRow> kTable20000 = {
    {"asyncio_proto", 140, 12.9, 17.7}, {"asyncio_sock", 120, 8.4, 22.0},
    {"asyncio", 39, 3.7, 28.2},         {"cpp_epoll", 320, 27.8, 1.7},
    {"cpp_poll", 350, 26.9, 3.0},       {"cpp_th", 220, 29.0, 0.6},
    {"gevent", 99, 9.6, 20.9},          {"selector", 290, 17.5, 12.7},
    {"thread", 190, 22.9, 7.7},         {"uvloop_proto", 300, 20.4, 9.1},
    {"uvloop_sock", 155, 9.4, 21.0},    {"uvloop", 63, 6.1, 24.7},
};

Slide slide_of_scale() {
  Slide slide{.title = "messages/s at 20,000 connections over those at 20", .expectations = {}};
  for (std::size_t i = 0; i < kTable20.size(); ++i)
    slide.expectations.push_back({.what = kTable20[i].model,
                                  .theirs = kTable20000[i].kmps / kTable20[i].kmps,
                                  .rule = &kFactor,
                                  .measure = speed_of_arms(kTable20[i].model, kMany, kFew)});
  return slide;
}

std::vector<std::string> models_of(const std::vector<TableRow>& rows) {
  std::vector<std::string> models;
  models.reserve(rows.size());
  for (const TableRow& row : rows) models.push_back(row.model);
  return models;
}

}  // namespace

Suite make_slides() {
  Suite suite{.name = "slides",
              .description = "the deck's slides and tables, its figures beside ours",
              .settings = {{"connections", "200"}, {"size", "64"}, {"duration", "20"}},
              .quick = {{"duration", "2"}, {"warmup", "0.5"}},
              .repeats = 3,
              .cases = {{kFree, {"asyncio", "cpp_epoll", "selector", "thread"}, {}},
                        {kPinned, {"thread"}, {{"server-cpus", "0"}}},
                        {kMapping, {"asyncio"}, {{"env.MALLOC_MMAP_THRESHOLD_", "131072"}}},
                        {kFew, models_of(kTable20), {{"connections", "20"}}},
                        {kMany, models_of(kTable20000), {{"connections", "20000"}}}},
              .slides = slides_of_calls(),
              .tables = {{"table of 200 connections", kFree, kTable200},
                         {"table headed 20", kFew, kTable20},
                         {"table headed 20000", kMany, kTable20000}}};
  suite.slides.push_back(
      slide_of_counters("perf stat, threads, per each other", kFree, &DeckCounters::free));
  suite.slides.push_back(slide_of_counters("perf stat, threads under taskset, per each other",
                                           kPinned, &DeckCounters::pinned));
  suite.slides.push_back(slide_of_pinning());
  suite.slides.push_back(slide_of_scale());
  return suite;
}

}  // namespace msgstat::analysis::suite
