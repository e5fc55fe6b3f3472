#include <gtest/gtest.h>

#include <cstring>

#include "servers/load/message.hpp"
#include "servers/load/schedule.hpp"

namespace {

TEST(LoadMessages, AreTheSameInEveryProcess) {
  const load::Messages one(1000);
  const load::Messages other(1000);
  for (const std::uint64_t number : {0, 1, 65'536}) {
    const auto a = one.content(3, number);
    const auto b = other.content(3, number);
    ASSERT_EQ(a.size(), 1000U);
    ASSERT_EQ(b.size(), 1000U);
    EXPECT_EQ(std::memcmp(a.data(), b.data(), 1000), 0);
  }
}

TEST(LoadMessages, DifferFromThoseBeforeAndBeside) {
  constexpr std::size_t kSize = 8;
  const load::Messages messages(kSize);
  const auto same = [&](std::size_t c, std::uint64_t n, std::size_t d, std::uint64_t m) {
    return std::memcmp(messages.content(c, n).data(), messages.content(d, m).data(), kSize) == 0;
  };
  for (std::size_t connection = 0; connection < 200; ++connection)
    for (std::uint64_t number = 1; number < 500; ++number) {
      ASSERT_FALSE(same(connection, number, connection, number - 1)) << connection << " " << number;
      ASSERT_FALSE(same(connection, number, connection + 1, number)) << connection << " " << number;
    }
}

TEST(LoadSchedule, SpacesAllMessagesEvenly) {
  constexpr std::int64_t kStart = 1'000'000'000'000;
  const load::Schedule schedule(1000, 4, kStart);
  for (std::uint64_t number = 0; number < 100; ++number)
    for (std::size_t connection = 0; connection < 4; ++connection) {
      const auto place = static_cast<std::int64_t>(number * 4 + connection);
      ASSERT_EQ(schedule.due_ns(connection, number), kStart + place * 1'000'000);
    }
}

TEST(LoadSchedule, DoesNotDriftWhereTheDistanceIsNoWholeNumber) {
  const load::Schedule schedule(3, 1, 0);
  constexpr std::int64_t kDay = 86'400;
  EXPECT_NEAR(static_cast<double>(schedule.due_ns(0, 3 * kDay)), kDay * 1e9, 1e3);
}

}  // namespace
