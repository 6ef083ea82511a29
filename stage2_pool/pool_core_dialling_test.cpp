#include <optional>

#include "stage2_pool/pool_core_fixture.hpp"

namespace stagecoach {
namespace {

TEST_F(PoolCoreTest, AFailedDialFailsThoseThatWaitAndIsProbedOnceADelay) {
  options_.max_open = 1;
  Core core = this->core();
  EXPECT_EQ(core.ask(now_).answer, Answer::dial);
  Waiter first;
  Waiter second;
  core.enqueue(first);
  core.enqueue(second);
  core.dial_failed(now_);
  EXPECT_EQ(first.grant.answer, Answer::unreachable);
  EXPECT_EQ(second.grant.answer, Answer::unreachable);
  EXPECT_EQ(core.ask(now_).answer, Answer::unreachable);

  now_ += Backoff::first_delay;
  EXPECT_EQ(core.ask(now_).answer, Answer::dial);
  EXPECT_EQ(core.ask(now_).answer, Answer::wait);
  core.dial_failed(now_);
  EXPECT_EQ(core.ask(now_ + Backoff::first_delay).answer, Answer::unreachable);
  EXPECT_EQ(core.open(), 0u);
}

TEST_F(PoolCoreTest, DialsAheadUpToMinIdleWithinMaxOpen) {
  options_.min_idle = 2;
  options_.max_open = 3;
  Core core = this->core();
  auto leased = dial(core, 2);
  EXPECT_TRUE(core.dial_ahead(now_, 0));
  EXPECT_FALSE(core.dial_ahead(now_, 0));
  core.give_back(core.dialled(Fake(3, open_), now_), now_);
  give_back(core, std::move(leased));
  EXPECT_EQ(core.idle(), 3u);

  core.maintain(now_ + options_.idle_timeout);
  EXPECT_TRUE(core.dial_ahead(now_, 0));
  core.dial_failed(now_);
  EXPECT_FALSE(core.dial_ahead(now_, 0));
  core.close();
  EXPECT_FALSE(core.dial_ahead(now_ + 1h, 0));
}

TEST_F(PoolCoreTest, WhatIsBeingDialledAheadCounts) {
  options_.min_idle = 2;
  Core core = this->core();
  EXPECT_TRUE(core.dial_ahead(now_, 0));
  EXPECT_TRUE(core.dial_ahead(now_, 1));
  EXPECT_FALSE(core.dial_ahead(now_, 2));
  EXPECT_EQ(core.open(), 2u);
}

TEST_F(PoolCoreTest, ADialThatSucceedsAfterCloseIsClosedAsItReturns) {
  Core core = this->core();
  EXPECT_EQ(core.ask(now_).answer, Answer::dial);
  core.close();
  auto late = core.dialled(Fake(1, open_), now_);
  EXPECT_EQ(open_.size(), 1u);
  core.give_back(std::move(late), now_);
  EXPECT_EQ(open_.size(), 0u);
  EXPECT_EQ(core.open(), 0u);
}

/// One connection is leased, and a dial has failed: the next caller waits beside a free slot.
class BackOffBesideALease : public PoolCoreTest {
 protected:
  BackOffBesideALease() {
    options_.max_open = 3;
    core_.emplace(core());
    leased_.emplace(dial(*core_));
    EXPECT_EQ(core_->ask(now_).answer, Answer::dial);
    core_->dial_failed(now_);
    for (auto& waiter : waiters_) {
      EXPECT_EQ(core_->ask(now_).answer, Answer::wait);
      core_->enqueue(waiter);
    }
  }

  std::optional<Core> core_;
  std::optional<Core::Pooled> leased_;
  Waiter waiters_[3];
};

TEST_F(BackOffBesideALease, TheFirstOfTheQueueProbesOnceTheDelayIsOver) {
  core_->maintain(now_ + Backoff::first_delay - 1ms);
  EXPECT_EQ(waiters_[0].times_granted, 0);
  core_->maintain(now_ + Backoff::first_delay);
  EXPECT_EQ(waiters_[0].grant.answer, Answer::dial);
  EXPECT_EQ(waiters_[1].times_granted, 0);
}

TEST_F(BackOffBesideALease, WhoAsksLaterDoesNotOvertakeTheQueue) {
  EXPECT_EQ(core_->ask(now_ + Backoff::first_delay).answer, Answer::wait);
  EXPECT_EQ(waiters_[0].grant.answer, Answer::dial);
}

TEST_F(BackOffBesideALease, AProbeThatSucceedsLetsTheOthersDial) {
  core_->maintain(now_ + Backoff::first_delay);
  const auto probe = core_->dialled(Fake(2, open_), now_);
  EXPECT_EQ(waiters_[1].grant.answer, Answer::dial);
  EXPECT_EQ(core_->open(), 3u);
  EXPECT_EQ(waiters_[2].times_granted, 0);
}

TEST_F(BackOffBesideALease, AProbeThatFailsLeavesTheOthersToWaitForTheLease) {
  core_->maintain(now_ + Backoff::first_delay);
  core_->dial_failed(now_ + Backoff::first_delay);
  EXPECT_EQ(waiters_[1].times_granted, 0);
  core_->give_back(std::move(*leased_), now_ + Backoff::first_delay);
  EXPECT_EQ(waiters_[1].grant.answer, Answer::take);
  core_->discarded(now_ + Backoff::first_delay);
  EXPECT_EQ(waiters_[2].grant.answer, Answer::unreachable);
  EXPECT_EQ(core_->open(), 0u);
}

}  // namespace
}  // namespace stagecoach
