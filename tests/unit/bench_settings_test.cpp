#include "cli/bench/settings.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "cli/bench/plan.hpp"
#include "tracer/error.hpp"

namespace msgstat::cli {
namespace {

using Changes = std::vector<std::pair<std::string, std::string>>;

TEST(Arm, IsANameAlone) {
  const Arm arm = parse_arm("free");
  EXPECT_EQ(arm.name, "free");
  EXPECT_TRUE(arm.changes.empty());
}

TEST(Arm, SetsSeveralKeys) {
  const Arm arm = parse_arm("big:size=4096:connections=20:env.MALLOC_ARENA_MAX=1");
  EXPECT_EQ(arm.name, "big");
  EXPECT_EQ(arm.changes,
            (Changes{{"size", "4096"}, {"connections", "20"}, {"env.MALLOC_ARENA_MAX", "1"}}));
}

TEST(Arm, KeepsColonsAndCommasOfAValue) {
  const Arm arm = parse_arm("a:env.PATH=/bin:/usr/bin:x=y:size=1");
  EXPECT_EQ(arm.changes, (Changes{{"env.PATH", "/bin:/usr/bin:x=y"}, {"size", "1"}}));
}

TEST(Arm, MayBeAsLongAsACommandLine) {
  const std::string key(100'000, 'k');
  EXPECT_THROW(parse_arm("a:" + key + "=1"), UsageError);
  EXPECT_EQ(parse_arm("a:env." + key + "=" + key).changes, (Changes{{"env." + key, key}}));
  EXPECT_EQ(parse_arm("a:env.A=1:env.1=2").changes, (Changes{{"env.A", "1:env.1=2"}}));
}

TEST(Arm, RefusesWhatItCannotSet) {
  for (const char* text : {"", ":size=1", "a:", "a:size", "a:colour=red", "a:size=x", "a:size=0",
                           "a:model=nosuch", "size=1", "a:server-cpus=x"})
    EXPECT_THROW(parse_arm(text), UsageError) << text;
}

TEST(Settings, DefaultsAreWhatTheTableSays) {
  const Settings standard;
  for (const Setting& setting : settings_table()) {
    if (setting.standard == "all") continue;
    Settings set = standard;
    apply(set, setting.key, setting.standard);
    EXPECT_EQ(set.connections, standard.connections);
    EXPECT_EQ(set.message_bytes, standard.message_bytes);
    EXPECT_EQ(set.buffer_bytes, standard.buffer_bytes);
    EXPECT_EQ(set.duration, standard.duration);
    EXPECT_EQ(set.warmup, standard.warmup);
    EXPECT_EQ(set.rate_per_s, standard.rate_per_s);
    EXPECT_EQ(set.load_threads, standard.load_threads);
  }
}

TEST(Settings, RefuseNumbersThatAreNone) {
  Settings settings;
  for (const char* value : {"", "-1", "1e", "nan", "inf", "1 ", "99999999999999999999"}) {
    EXPECT_THROW(apply(settings, "connections", value), UsageError) << value;
    EXPECT_THROW(apply(settings, "duration", value), UsageError) << value;
  }
}

TEST(Plan, RunsEachModelInEachArmInEachRepeat) {
  const std::vector<const servers::Model*> models = {&servers::catalog()[0],
                                                     &servers::catalog()[1]};
  const std::vector<Arm> arms = {parse_arm("a"), parse_arm("b:size=1"), parse_arm("c:size=2")};
  const auto plan = make_plan(Settings{}, models, arms, 5, 42);
  std::set<std::tuple<std::string_view, std::string, std::uint64_t>> seen;
  for (const PlannedCase& planned : plan) {
    seen.emplace(planned.settings.model->name, planned.arm, planned.repeat);
    EXPECT_EQ(planned.settings.message_bytes, planned.arm == "a" ? 64 : planned.arm == "b" ? 1 : 2);
  }
  EXPECT_EQ(plan.size(), 2U * 3 * 5);
  EXPECT_EQ(seen.size(), plan.size());
}

TEST(Plan, ArmsOfAModelAreAdjacentAndTheirOrderVaries) {
  const std::vector<const servers::Model*> models = {&servers::catalog()[0],
                                                     &servers::catalog()[1]};
  const std::vector<Arm> arms = {parse_arm("a"), parse_arm("b")};
  const auto plan = make_plan(Settings{}, models, arms, 20, 42);
  int a_first = 0;
  for (std::size_t i = 0; i < plan.size(); i += 2) {
    EXPECT_EQ(plan[i].settings.model, plan[i + 1].settings.model);
    EXPECT_EQ(plan[i].repeat, plan[i + 1].repeat);
    EXPECT_NE(plan[i].arm, plan[i + 1].arm);
    a_first += plan[i].arm == "a";
  }
  EXPECT_GT(a_first, 5);
  EXPECT_LT(a_first, 35);
}

TEST(Plan, TheSeedFixesTheOrder) {
  const std::vector<const servers::Model*> models = {&servers::catalog()[0]};
  const std::vector<Arm> arms = {parse_arm("a"), parse_arm("b"), parse_arm("c")};
  const auto order = [&](std::uint64_t seed) {
    std::string names;
    for (const auto& planned : make_plan(Settings{}, models, arms, 20, seed)) names += planned.arm;
    return names;
  };
  EXPECT_EQ(order(7), order(7));
  EXPECT_NE(order(7), order(8));
}

TEST(Plan, ArmsThatAllSetAModelNeedNoneNamed) {
  const std::vector<const servers::Model*> all = {&servers::catalog()[0], &servers::catalog()[1]};
  const auto plan = make_plan(Settings{}, all,
                              {parse_arm("a:model=thread"), parse_arm("b:model=cpp_epoll")}, 3, 1);
  EXPECT_EQ(plan.size(), 6U);
  const std::vector<Arm> some = {parse_arm("a:model=thread"), parse_arm("b")};
  EXPECT_THROW(make_plan(Settings{}, all, some, 3, 1), UsageError);
  EXPECT_EQ(make_plan(Settings{}, {all[0]}, some, 3, 1).size(), 6U);
}

TEST(Plan, FindsArmsInWhichNothingDiffers) {
  const Settings base;
  EXPECT_FALSE(find_equal_arms(base, {parse_arm("a"), parse_arm("b:size=1")}).has_value());
  EXPECT_EQ(find_equal_arms(base, {parse_arm("a"), parse_arm("c:size=1"), parse_arm("b:size=64")}),
            std::pair(std::string("a"), std::string("b")));
}

}  // namespace
TEST(Limits, OfAModelLowerTheConnectionsAndAreSaid) {
  servers::Model model{.name = "few", .description = "", .command = {}};
  model.max_connections = 7;
  Settings settings;
  settings.model = &model;
  settings.connections = 7;
  limit_connections(settings);
  EXPECT_EQ(settings.connections, 7U);
  EXPECT_FALSE(settings.asked.has_value());

  settings.connections = 900'000;  // beyond the limit of descriptors too
  limit_connections(settings);
  EXPECT_EQ(settings.connections, 7U);
  ASSERT_TRUE(settings.asked.has_value());
  EXPECT_EQ(settings.asked->connections, 900'000U);
  EXPECT_EQ(settings.asked->reason, "the model takes no more");
}

}  // namespace msgstat::cli
