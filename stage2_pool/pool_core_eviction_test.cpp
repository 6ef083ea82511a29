#include "stage2_pool/pool_core_fixture.hpp"

namespace stagecoach {
namespace {

TEST_F(PoolCoreTest, ClosesWhatIsIdleForTooLong) {
  options_.idle_timeout = 60s;
  Core core = this->core();
  auto leased = dial(core, 2);
  core.give_back(std::move(leased[0]), now_);
  core.give_back(std::move(leased[1]), now_ + 1s);
  core.maintain(now_ + 60s - 1ms);
  EXPECT_EQ(core.idle(), 2u);
  core.maintain(now_ + 60s);
  EXPECT_EQ(open_, std::set<int>{2});
  EXPECT_EQ(core.evicted(), 1u);
  EXPECT_EQ(core.ask(now_ + 61s).answer, Answer::dial);
  EXPECT_EQ(open_, std::set<int>{});
  EXPECT_EQ(core.evicted(), 2u);
  EXPECT_EQ(core.open(), 1u);
}

TEST_F(PoolCoreTest, ALifeEndsWithinTheLastTenthOfItsMaximum) {
  options_.max_lifetime = 1000s;
  options_.idle_timeout = 10000s;
  options_.max_open = options_.max_idle = 100;
  Core core = this->core();
  auto leased = dial(core, 100);
  std::set<Core::Time> ends;
  for (const auto& pooled : leased) {
    EXPECT_GE(pooled.end_of_life, now_ + 900s);
    EXPECT_LE(pooled.end_of_life, now_ + 1000s);
    ends.insert(pooled.end_of_life);
  }
  EXPECT_GT(ends.size(), 50u);
  give_back(core, std::move(leased));
  core.maintain(now_ + 900s - 1ms);
  EXPECT_EQ(core.idle(), 100u);
  core.maintain(now_ + 1000s);
  EXPECT_EQ(open_.size(), 0u);
  EXPECT_EQ(core.evicted(), 100u);
}

TEST_F(PoolCoreTest, ABusyConnectionGrowsOldToo) {
  Core core = this->core();
  auto pooled = dial(core);
  now_ += options_.max_lifetime;
  core.give_back(std::move(pooled), now_);
  EXPECT_EQ(open_.size(), 0u);
  EXPECT_EQ(core.open(), 0u);
  EXPECT_EQ(core.evicted(), 1u);
}

TEST_F(PoolCoreTest, ConnectionsOpenedTogetherDoNotEndTogether) {
  options_.max_lifetime = 1000s;
  options_.idle_timeout = 10000s;
  options_.max_open = options_.max_idle = 100;
  Core core = this->core();
  give_back(core, dial(core, 100));
  for (auto second = 900s; second <= 1000s; second += 1s) {
    const std::size_t before = open_.size();
    core.maintain(now_ + second);
    EXPECT_LE(before - open_.size(), 10u) << second.count();
  }
  EXPECT_EQ(open_.size(), 0u);
}

TEST_F(PoolCoreTest, WhatTheUpstreamHasLeftIsClosedOnceNobodyUsesIt) {
  Core core = this->core();
  auto leased = dial(core, 3);
  core.give_back(std::move(leased[0]), now_);
  core.give_back(std::move(leased[1]), now_);
  left_ = {1, 2, 3};
  EXPECT_EQ(open_.size(), 3u);
  EXPECT_EQ(core.ask(now_).answer, Answer::dial);
  EXPECT_EQ(open_, std::set<int>{3}) << "lent: it may carry a request";
  EXPECT_EQ(core.evicted(), 2u);
  core.give_back(std::move(leased[2]), now_);
  EXPECT_EQ(open_, std::set<int>{});
  EXPECT_EQ(core.evicted(), 3u);
  EXPECT_EQ(core.open(), 1u);
}

TEST_F(PoolCoreTest, WhatTheUpstreamHasLeftIsClosedAlsoWhereNobodyAsks) {
  Core core = this->core();
  give_back(core, dial(core, 2));
  left_ = {1};
  core.maintain(now_);
  EXPECT_EQ(open_, std::set<int>{2});
  EXPECT_EQ(core.evicted(), 1u);
}

TEST_F(PoolCoreTest, WhatTheUpstreamHasLeftIsHandedToNobodyWhoWaits) {
  options_.max_open = 1;
  Core core = this->core();
  auto leased = dial(core);
  EXPECT_EQ(core.ask(now_).answer, Answer::wait);
  Waiter waiter;
  core.enqueue(waiter);
  left_ = {1};
  core.give_back(std::move(leased), now_);
  EXPECT_EQ(waiter.grant.answer, Answer::dial);
  EXPECT_EQ(open_.size(), 0u);
}

TEST_F(PoolCoreTest, WhatIsTooOldIsNotLent) {
  options_.idle_timeout = options_.max_lifetime * 2;
  Core core = this->core();
  core.give_back(dial(core), now_);
  now_ += options_.max_lifetime;
  EXPECT_EQ(core.ask(now_).answer, Answer::dial);
  EXPECT_EQ(open_.size(), 0u);
  EXPECT_EQ(core.evicted(), 1u);
}

}  // namespace
}  // namespace stagecoach
