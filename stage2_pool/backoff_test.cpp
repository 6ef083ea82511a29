#include "stage2_pool/backoff.hpp"

#include <gtest/gtest.h>

namespace stagecoach {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, OneProbeForEachDelay) {
  Backoff backoff;
  const Backoff::Clock::time_point start{};
  EXPECT_TRUE(backoff.may_dial(start));
  EXPECT_TRUE(backoff.may_dial(start));
  backoff.failed(start);
  EXPECT_FALSE(backoff.may_dial(start + 49ms));
  EXPECT_TRUE(backoff.may_dial(start + 50ms));
  EXPECT_FALSE(backoff.may_dial(start + 99ms));
  EXPECT_TRUE(backoff.may_dial(start + 100ms));
}

TEST(Backoff, TheDelayDoublesUpToASecondAndSuccessEndsIt) {
  Backoff backoff;
  Backoff::Clock::time_point now{};
  for (const auto delay : {50ms, 100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) {
    backoff.failed(now);
    EXPECT_FALSE(backoff.may_dial(now + delay - 1ms));
    now += delay;
    EXPECT_TRUE(backoff.may_dial(now));
  }
  backoff.succeeded();
  EXPECT_TRUE(backoff.may_dial(now));
  EXPECT_TRUE(backoff.may_dial(now));
  backoff.failed(now);
  EXPECT_TRUE(backoff.may_dial(now + 50ms));
}

TEST(Backoff, OfDialsThatFailTogetherOnlyTheFirstCounts) {
  Backoff backoff;
  const Backoff::Clock::time_point start{};
  for (int dial = 0; dial < 64; ++dial) {
    backoff.failed(start);
  }
  EXPECT_FALSE(backoff.may_dial(start + 49ms));
  EXPECT_TRUE(backoff.may_dial(start + 50ms));
}

}  // namespace
}  // namespace stagecoach
