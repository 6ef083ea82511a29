#include "stage2_pool/pool_core_fixture.hpp"

namespace stagecoach {
namespace {

TEST_F(PoolCoreTest, NoMoreThanMaxOpenAndWaitersAreServedInOrder) {
  options_.max_open = 2;
  Core core = this->core();
  auto leased = dial(core, 2);
  EXPECT_EQ(core.ask(now_).answer, Answer::wait);
  Waiter waiters[4];
  for (auto& waiter : waiters) {
    core.enqueue(waiter);
  }
  core.give_back(std::move(leased[0]), now_);
  EXPECT_EQ(waiters[0].grant.answer, Answer::take);
  EXPECT_EQ(waiters[0].grant.pooled->connection.number(), 1);

  core.leave(waiters[1], now_);
  { const Fake closing = std::move(leased[1].connection); }
  core.discarded(now_);
  EXPECT_EQ(waiters[1].times_granted, 0);
  EXPECT_EQ(waiters[2].grant.answer, Answer::dial);
  EXPECT_EQ(waiters[3].times_granted, 0);
  EXPECT_EQ(core.open(), 2u);
}

TEST_F(PoolCoreTest, WhatALeavingWaiterWasGrantedGoesToTheNext) {
  options_.max_open = 1;
  Core core = this->core();
  auto pooled = dial(core);
  Waiter first;
  Waiter second;
  Waiter third;
  core.enqueue(first);
  core.enqueue(second);
  core.enqueue(third);
  core.give_back(std::move(pooled), now_);
  core.leave(first, now_);
  ASSERT_EQ(second.grant.answer, Answer::take);
  { const Fake closing = std::move(second.grant.pooled->connection); }
  core.discarded(now_);
  ASSERT_EQ(third.grant.answer, Answer::dial);
  core.leave(third, now_);
  EXPECT_EQ(core.open(), 0u);
  EXPECT_EQ(core.waiting(), 0u);
}

TEST_F(PoolCoreTest, CloseTurnsWaitersAwayAndClosesWhatComesBack) {
  options_.max_open = 2;
  Core core = this->core();
  auto leased = dial(core, 2);
  core.give_back(std::move(leased[0]), now_);
  leased[0] = take(core);
  Waiter waiter;
  core.enqueue(waiter);
  core.close();
  core.close();
  EXPECT_EQ(waiter.grant.answer, Answer::closed);
  EXPECT_EQ(waiter.times_granted, 1);
  EXPECT_EQ(core.ask(now_).answer, Answer::closed);
  give_back(core, std::move(leased));
  EXPECT_EQ(open_.size(), 0u);
  EXPECT_EQ(core.open(), 0u);
}

}  // namespace
}  // namespace stagecoach
