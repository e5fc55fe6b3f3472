#include "servers/load/published.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstddef>

#include "servers/load/error.hpp"
#include "servers/load/publisher.hpp"

namespace {

using load::PublishedCounts;
using load::PublishedHeader;

constexpr load::Publisher::Shape kShape = {.threads = 2, .connections = 3, .message_bytes = 64};

class LoadPublished : public testing::Test {
 protected:
  template <typename Field>
  void overwrite(std::size_t offset, Field value) const {
    ASSERT_EQ(::pwrite(file_.get(), &value, sizeof value, static_cast<off_t>(offset)),
              static_cast<ssize_t>(sizeof value));
  }
  void expect_refused(const char* why) const {
    try {
      PublishedCounts::open(file_.get());
      FAIL() << "accepted";
    } catch (const load::Error& error) {
      EXPECT_NE(std::string(error.what()).find(why), std::string::npos) << error.what();
    }
  }

  load::FileDescriptor file_ = load::make_published_file();
};

TEST_F(LoadPublished, IsNothingBeforeThereIsAnything) {
  EXPECT_FALSE(PublishedCounts::open(file_.get()).has_value());
}

TEST_F(LoadPublished, IsNothingBeforeTheMagicIsWritten) {
  ASSERT_EQ(::ftruncate(file_.get(), 1 << 20), 0);
  EXPECT_FALSE(PublishedCounts::open(file_.get()).has_value());
}

TEST_F(LoadPublished, RefusesAFileShorterThanAHeader) {
  ASSERT_EQ(::ftruncate(file_.get(), sizeof(PublishedHeader) - 1), 0);
  expect_refused("cut short");
}

TEST_F(LoadPublished, RefusesWhatIsNotItsOwn) {
  const load::Publisher publisher(file_.get(), kShape);
  overwrite(offsetof(PublishedHeader, magic), std::uint64_t{1});
  expect_refused("not its counts");
}

TEST_F(LoadPublished, RefusesAnotherVersion) {
  const load::Publisher publisher(file_.get(), kShape);
  overwrite(offsetof(PublishedHeader, version), load::kPublishedVersion + 1);
  expect_refused("version 2");
}

TEST_F(LoadPublished, RefusesAFileThatWasCut) {
  { const load::Publisher publisher(file_.get(), kShape); }
  const off_t size = ::lseek(file_.get(), 0, SEEK_END);
  ASSERT_EQ(::ftruncate(file_.get(), size - 8), 0);
  expect_refused("malformed");
}

TEST_F(LoadPublished, RefusesOffsetsAndCountsThatPointOutside) {
  const load::Publisher publisher(file_.get(), kShape);
  const auto refused_with = [this](std::size_t offset, auto value, auto right) {
    overwrite(offset, value);
    expect_refused("malformed");
    overwrite(offset, right);
  };
  const std::uint64_t blocks = load::PublishedCounts::open(file_.get())->messages_location().offset;
  constexpr std::uint64_t kFar = ~std::uint64_t{0} - 7;
  refused_with(offsetof(PublishedHeader, connections), kFar, std::uint64_t{3});
  refused_with(offsetof(PublishedHeader, connections), std::uint64_t{4}, std::uint64_t{3});
  refused_with(offsetof(PublishedHeader, threads), std::uint32_t{3}, std::uint32_t{2});
  refused_with(offsetof(PublishedHeader, blocks_offset), kFar, blocks);
  EXPECT_TRUE(PublishedCounts::open(file_.get()).has_value());
}

TEST_F(LoadPublished, IsReadAsItWasWritten) {
  load::Publisher publisher(file_.get(), kShape);
  const auto counts = PublishedCounts::open(file_.get());
  ASSERT_TRUE(counts.has_value());
  EXPECT_EQ(counts->state(), load::State::kConnecting);

  load::add(publisher.block(0).messages, 5);
  load::add(publisher.block(1).messages, 7);
  load::add(publisher.block(1).connected, 2);
  load::add(publisher.block(1).errors[static_cast<std::size_t>(load::ErrorKind::kReset)], 1);
  load::add(publisher.block(0).latency[load::bucket_of(200)], 11);
  load::add(publisher.block(1).latency[load::bucket_of(200)], 1);
  load::add(publisher.connections()[2], 12);
  publisher.set_state(load::State::kSteady);

  EXPECT_EQ(counts->state(), load::State::kSteady);
  EXPECT_EQ(counts->failure(), "");
  EXPECT_EQ(counts->messages(), 12U);
  EXPECT_EQ(counts->connected(), 2U);
  EXPECT_EQ(counts->connections(), 3U);
  EXPECT_EQ(counts->message_bytes(), 64U);
  const load::Snapshot snapshot = counts->snapshot();
  EXPECT_EQ(snapshot.messages, 12U);
  EXPECT_EQ(snapshot.per_connection, (std::vector<std::uint64_t>{0, 0, 12}));
  EXPECT_EQ(snapshot.errors[static_cast<std::size_t>(load::ErrorKind::kReset)], 1U);
  EXPECT_EQ(snapshot.latency[load::bucket_of(200)], 12U);
}

TEST_F(LoadPublished, ShowsWhereTheMessagesAre) {
  const load::Publisher publisher(file_.get(), kShape);
  load::add(publisher.block(0).messages, 5);
  load::add(publisher.block(1).messages, 7);

  const load::CounterLocation at = PublishedCounts::open(file_.get())->messages_location();
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < at.count; ++i) {
    std::uint64_t word = 0;
    ASSERT_EQ(
        ::pread(file_.get(), &word, sizeof word, static_cast<off_t>(at.offset + i * at.stride)),
        static_cast<ssize_t>(sizeof word));
    sum += word;
  }
  EXPECT_EQ(sum, 12U);
}

TEST_F(LoadPublished, TellsWhyItFailedInTextThatIsCutToItsRoom) {
  load::Publisher publisher(file_.get(), kShape);
  publisher.fail(std::string(1000, 'x'));
  const auto counts = PublishedCounts::open(file_.get());
  EXPECT_EQ(counts->state(), load::State::kFailed);
  EXPECT_EQ(counts->failure(), std::string(load::kFailureBytes - 1, 'x'));
}

load::Snapshot snapshot_of(std::vector<std::uint64_t> per_connection) {
  load::Snapshot snapshot;
  snapshot.per_connection = std::move(per_connection);
  for (const std::uint64_t messages : snapshot.per_connection) snapshot.messages += messages;
  snapshot.message_bytes = 64;
  snapshot.latency.resize(load::kBuckets);
  return snapshot;
}

TEST(LoadMeasured, IsTheDifferenceOfTwoSnapshots) {
  load::Snapshot open = snapshot_of({10, 20, 30, 40});
  open.errors[0] = 3;
  open.latency[load::bucket_of(250)] = 100;  // before the window: in no percentile
  load::Snapshot close = snapshot_of({11, 24, 32, 48});
  close.errors[0] = 4;
  close.latency = open.latency;
  close.latency[load::bucket_of(100)] += 9;
  close.latency[load::bucket_of(200)] += 6;
  close.time = open.time + std::chrono::milliseconds(2500);

  const load::Measured measured = load::between(open, close);
  EXPECT_DOUBLE_EQ(measured.seconds, 2.5);
  EXPECT_EQ(measured.messages, 15U);
  EXPECT_DOUBLE_EQ(measured.messages_per_s(), 6);
  EXPECT_EQ(measured.bytes, 15U * 64);
  EXPECT_EQ(measured.errors[0], 1U);
  ASSERT_TRUE(measured.latency_us.has_value());
  EXPECT_DOUBLE_EQ(measured.latency_us->p50, .1);
  EXPECT_DOUBLE_EQ(measured.latency_us->p90, .2);
  EXPECT_DOUBLE_EQ(measured.latency_us->max, .2);
  ASSERT_TRUE(measured.fairness.has_value());
  EXPECT_EQ(measured.fairness->min, 1);
  EXPECT_EQ(measured.fairness->median, 3);  // of 1 2 4 8
  EXPECT_EQ(measured.fairness->max, 8);
}

TEST(LoadMeasured, HasNoLatencyOfNoMessages) {
  const load::Snapshot snapshot = snapshot_of({1, 2, 3});
  const load::Measured measured = load::between(snapshot, snapshot);
  EXPECT_EQ(measured.messages, 0U);
  EXPECT_EQ(measured.messages_per_s(), 0);
  EXPECT_FALSE(measured.latency_us.has_value());
  EXPECT_EQ(measured.fairness->max, 0);
}

}  // namespace
