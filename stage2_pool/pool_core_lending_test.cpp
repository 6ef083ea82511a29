#include "stage2_pool/pool_core_fixture.hpp"

namespace stagecoach {
namespace {

TEST_F(PoolCoreTest, TheConnectionUsedLastIsLentFirst) {
  Core core = this->core();
  give_back(core, dial(core, 3));
  EXPECT_EQ(core.open(), 3u);
  EXPECT_EQ(core.idle(), 3u);
  auto last = take(core);
  EXPECT_EQ(last.connection.number(), 3);
  EXPECT_TRUE(last.reused);
  EXPECT_EQ(take(core).connection.number(), 2);
}

TEST_F(PoolCoreTest, MaxIdleBoundsWhatIsKept) {
  options_.max_idle = 1;
  Core core = this->core();
  give_back(core, dial(core, 3));
  EXPECT_EQ(core.idle(), 1u);
  EXPECT_EQ(core.open(), 1u);
  EXPECT_EQ(open_.size(), 1u);
}

TEST_F(PoolCoreTest, WithMaxIdleZeroEachAcquireDials) {
  options_.max_idle = 0;
  options_.max_open = 1;
  Core core = this->core();
  auto pooled = dial(core);
  Waiter waiter;
  core.enqueue(waiter);
  core.give_back(std::move(pooled), now_);
  EXPECT_EQ(open_.size(), 0u);
  EXPECT_EQ(waiter.grant.answer, Answer::dial);
  core.give_back(core.dialled(Fake(2, open_), now_), now_);
  EXPECT_EQ(open_.size(), 0u);
  EXPECT_EQ(core.open(), 0u);
}

}  // namespace
}  // namespace stagecoach
