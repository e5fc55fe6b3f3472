#include "tracer/target/cpu_list.hpp"

#include <gtest/gtest.h>

#include "tests/support/process.hpp"
#include "tracer/error.hpp"

namespace msgstat::tracer {
namespace {

TEST(CpuList, ReadsWhatTasksetReads) {
  const unsigned cpu = allowed_cpus(0).front();
  const std::string text = std::to_string(cpu);
  EXPECT_EQ(parse_cpu_list(text), CpuList{cpu});
  EXPECT_EQ(parse_cpu_list(text + "," + text), CpuList{cpu});
  EXPECT_EQ(parse_cpu_list(text + "-" + text), CpuList{cpu});
}

TEST(CpuList, RefusesWhatIsNoList) {
  for (const char* text :
       {"", ",", "0,", "a", "-1", "1-0", "0-", "0x1", " 0", "0 ", "0--1", "99999999"})
    EXPECT_THROW(parse_cpu_list(text), UsageError) << text;
}

TEST(CpuList, RefusesACpuThatIsNotThereAndNamesThoseThatAre) {
  try {
    parse_cpu_list("8000");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(), ("there is no CPU 8000 here; those that may be used are " +
                                to_string(allowed_cpus(0)))
                                   .c_str());
  }
}

TEST(CpuList, WritesRangesAsTheKernelDoes) {
  EXPECT_EQ(to_string({0}), "0");
  EXPECT_EQ(to_string({0, 1, 2, 3, 8}), "0-3,8");
  EXPECT_EQ(to_string({1, 3, 4}), "1,3-4");
}

TEST(CpuList, AgreesWithTasksetOnWhereAThreadMayRun) {
  const support::Child sleeper({"sleep", "60"});
  const unsigned cpu = allowed_cpus(0).back();
  set_allowed_cpus(sleeper.pid(), {cpu});
  EXPECT_EQ(allowed_cpus(sleeper.pid()), CpuList{cpu});
  const auto said = support::run({"taskset", "-pc", std::to_string(sleeper.pid())});
  EXPECT_NE(said.out.find(": " + std::to_string(cpu) + "\n"), std::string::npos) << said.out;
}

}  // namespace
}  // namespace msgstat::tracer
