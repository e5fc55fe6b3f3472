// Rules speak of what they are for, and of nothing else.
#include "analysis/findings/finding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "analysis/render/text_explain.hpp"

namespace {

using namespace msgstat;
using namespace msgstat::analysis;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A healthy server: a thousand messages in a second, a receive and a send each.
analysis::Run healthy() {
  analysis::Run run;
  run.label = "server";
  run.window = {.seconds = 1, .measured = true};
  run.unit = Unit{.name = "message", .source = "load", .count = 1000};
  run.syscalls = {{.name = "recvfrom", .calls = 1000},
                  {.name = "sendto", .calls = 1000},
                  {.name = "epoll_wait", .calls = 10}};
  run.futex.emplace();
  run.sched.emplace();
  return run;
}

FutexWord mutex() {
  FutexWord word{.pid = 1, .address = 4096};
  word.place = {.kind = "symbol", .module = "/srv/app", .symbol = "big_lock", .symbol_bytes = 40};
  word.lock = "glibc mutex";
  word.calls = {{"WAIT", 500}, {"WAKE", 500}};
  word.woken = 500;
  word.woke_one = 500;
  word.sleeps = 500;
  word.sleep_ns = 200'000'000;
  word.hand_offs = 500;
  word.owner = 42;
  word.owner_name = "worker";
  return word;
}

std::vector<std::string> found_in(const analysis::Run& run) {
  std::vector<std::string> ids;
  for (const Finding& finding : find_findings(run)) ids.push_back(finding.id);
  return ids;
}

analysis::Run with_word(FutexWord word) {
  analysis::Run run = healthy();
  run.futex->calls = 1000;
  run.futex->words = {std::move(word)};
  return run;
}

TEST(Findings, OfAHealthyServerThereAreNone) { EXPECT_THAT(found_in(healthy()), IsEmpty()); }

TEST(Findings, OfABareWindowThereAreNone) {
  analysis::Run run = with_word(mutex());
  run.window.measured = false;
  EXPECT_THAT(found_in(run), IsEmpty());
}

TEST(Findings, AContendedMutexIsNamedWithItsOwner) {
  const auto findings = find_findings(with_word(mutex()));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].id, "contended-lock");
  EXPECT_THAT(findings[0].title, HasSubstr("big_lock in app"));
  EXPECT_THAT(findings[0].title, HasSubstr("worker (42)"));
  EXPECT_DOUBLE_EQ(findings[0].evidence.at("hand_offs_per_message"), 0.5);
  EXPECT_DOUBLE_EQ(findings[0].evidence.at("mean_sleep_us"), 400);
}

TEST(Findings, ALongSleepIsNoContention) {
  FutexWord parked = mutex();
  parked.lock = "glibc semaphore";
  parked.sleeps = parked.hand_offs = 4;
  parked.sleep_ns = 3'900'000'000;
  EXPECT_THAT(found_in(with_word(parked)), IsEmpty());
}

TEST(Findings, TheKindOfLockDecidesTheRule) {
  const std::map<std::string, std::string> rules = {
      {"glibc condition variable", "condition-hand-offs"},
      {"glibc semaphore", "semaphore-waits"},
      {"glibc barrier", "barrier-waits"}};
  for (const auto& [lock, rule] : rules) {
    FutexWord word = mutex();
    word.lock = lock;
    EXPECT_THAT(found_in(with_word(word)), ElementsAre(rule));
  }
}

TEST(Findings, AGilConvoyIsOneFindingAndNoOther) {
  FutexWord gil = mutex();
  gil.lock = "CPython GIL";
  gil.calls = {{"WAIT_BITSET", 4000}, {"WAKE", 4000}};
  gil.changed = 2000;
  gil.woke_none = 3000;
  EXPECT_THAT(found_in(with_word(gil)), ElementsAre("gil-convoy"));
  gil.calls = {{"WAIT_BITSET", 700}, {"WAKE", 700}};
  EXPECT_THAT(found_in(with_word(gil)), IsEmpty());
}

TEST(Findings, FailedWaitsWastedWakesHerdsAndPollingAreToldApart) {
  FutexWord word;
  word.lock = "unknown";
  word.changed = 1000;
  EXPECT_THAT(found_in(with_word(word)), ElementsAre("failed-waits"));
  word = {.lock = "unknown"};
  word.woke_none = 1000;
  EXPECT_THAT(found_in(with_word(word)), ElementsAre("wasted-wakes"));
  word = {.lock = "unknown"};
  word.woke_many = 100;
  word.threads_woken_at_once = 700;
  EXPECT_THAT(found_in(with_word(word)), ElementsAre("thundering-herd"));
  word.lock = "glibc barrier";
  EXPECT_THAT(found_in(with_word(word)), IsEmpty());
  word = {.lock = "unknown"};
  word.timed_out = 100;
  EXPECT_THAT(found_in(with_word(word)), ElementsAre("timed-wait-polling"));
}

TEST(Findings, AtLevelCountsWhatCountsCanSay) {
  struct Case {
    Syscall call;
    const char* rule;
  };
  const std::vector<Case> cases = {
      {{.name = "mmap", .calls = 1000}, "mmap-churn"},
      {{.name = "recvmsg", .calls = 900, .errors = 900, .errors_by_name = {{"EAGAIN", 900}}},
       "speculative-receives"},
      {{.name = "epoll_pwait", .calls = 900}, "single-events"},
      {{.name = "write", .calls = 1000}, "small-sends"},
      {{.name = "sched_yield", .calls = 2000}, "spinning"},
  };
  for (const Case& one : cases) {
    analysis::Run run = healthy();
    run.futex.reset();
    run.sched.reset();
    run.syscalls->push_back(one.call);
    EXPECT_THAT(found_in(run), ElementsAre(one.rule));
  }
  analysis::Run run = healthy();
  run.counters = {{.name = "page-faults", .state = CounterState::kCounted, .value = 2000}};
  EXPECT_THAT(found_in(run), ElementsAre("page-faults"));
}

TEST(Findings, TheSchedulersFigures) {
  analysis::Run run = healthy();
  run.sched->total = {.user_ns = 400'000'000, .runnable_ns = 600'000'000};
  EXPECT_THAT(found_in(run), ElementsAre("runnable-waiting"));
  run.sched->total = {
      .user_ns = 900'000'000, .voluntary = 100, .involuntary = 900, .involuntary_by_target = 800};
  EXPECT_THAT(found_in(run), ElementsAre("preemption"));
  // By other programs: that says nothing of this one.
  run.sched->total.involuntary_by_target = 100;
  EXPECT_THAT(found_in(run), IsEmpty());
  run.sched->total = {.user_ns = 900'000'000, .migrations = 300};
  EXPECT_THAT(found_in(run), ElementsAre("migrations"));
}

TEST(Findings, LossAndBlindSpotsAreSaidLast) {
  analysis::Run run = with_word(mutex());
  run.blind_spots = {"io_uring is in use"};
  run.futex->calls_without_word = 3;
  EXPECT_THAT(found_in(run), ElementsAre("contended-lock", "blind-spots", "blind-spots"));
}

TEST(Rules, HaveNamesOfTheirOwnAndSayWhenTheySpeak) {
  std::set<std::string> ids;
  for (const Rule& rule : rules()) {
    EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
    EXPECT_STRNE(rule.threshold, "");
    EXPECT_STRNE(rule.source, "");
  }
}

TEST(Explanation, BudgetAddsUpToTheWhole) {
  analysis::Run run = healthy();
  run.sched = SchedulerUse{.threads_seen = 2,
                           .whole_ns = 2'000'000'000,
                           .total = {.user_ns = 300'000'000,
                                     .kernel_ns = 500'000'000,
                                     .runnable_ns = 100'000'000,
                                     .blocked_ns = 1'000'000'000},
                           .remainder_ns = 100'000'000,
                           .calls = {{.name = "sendto", .kernel_ns = 500'000'000},
                                     {.name = "recvfrom", .blocked_ns = 1'000'000'000}}};
  Recording recording;
  recording.runs = {run};
  const std::string text = render_explanation(recording);
  EXPECT_THAT(text, HasSubstr("300.00   15.0 %   on a CPU, user"));
  EXPECT_THAT(text, HasSubstr("500.00   25.0 %   on a CPU, kernel, sendto"));
  EXPECT_THAT(text, HasSubstr("1,000.00   50.0 %   asleep in recvfrom"));
  EXPECT_THAT(text, HasSubstr("100.00    5.0 %   not seen (the remainder)"));
  EXPECT_THAT(text, HasSubstr("2,000.00  100.0 %   the whole"));
}

}  // namespace
