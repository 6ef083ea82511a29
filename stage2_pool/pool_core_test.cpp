#include "stage2_pool/pool_core.hpp"

#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace stagecoach {
namespace {

using namespace std::chrono_literals;

/// A connection that is known to be open by its number.
class Fake {
 public:
  Fake(int number, std::set<int>& open) : number_(number), open_(&open) { open_->insert(number); }
  Fake(Fake&& other) noexcept
      : number_(other.number_), open_(std::exchange(other.open_, nullptr)) {}
  Fake& operator=(Fake&& other) noexcept {
    std::swap(number_, other.number_);
    std::swap(open_, other.open_);
    return *this;
  }
  ~Fake() {
    if (open_ != nullptr) {
      open_->erase(number_);
    }
  }

  int number() const { return number_; }

 private:
  int number_;
  std::set<int>* open_;
};

using Core = PoolCore<Fake>;
using Answer = Core::Answer;

struct Waiter final : Core::Waiter {
  void granted() override { ++times_granted; }
  int times_granted = 0;
};

class PoolCoreTest : public ::testing::Test {
 protected:
  Core core() { return Core(options_, 1); }

  /// Has a connection dialled, which must be allowed.
  Core::Pooled dial(Core& core) {
    EXPECT_EQ(core.ask(now_).answer, Answer::dial);
    return core.dialled(Fake(++dialled_, open_), now_);
  }

  std::vector<Core::Pooled> dial(Core& core, int count) {
    std::vector<Core::Pooled> pooled;
    for (int i = 0; i < count; ++i) {
      pooled.push_back(dial(core));
    }
    return pooled;
  }

  void give_back(Core& core, std::vector<Core::Pooled> all) {
    for (auto& pooled : all) {
      core.give_back(std::move(pooled), now_);
    }
  }

  Core::Pooled take(Core& core) {
    auto grant = core.ask(now_);
    EXPECT_EQ(grant.answer, Answer::take);
    return std::move(*grant.pooled);
  }

  PoolOptions options_;
  std::set<int> open_;
  int dialled_ = 0;
  Core::Time now_{};
};

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

TEST_F(PoolCoreTest, ClosesWhatIsIdleForTooLong) {
  options_.idle_timeout = 60s;
  Core core = this->core();
  auto leased = dial(core, 2);
  core.give_back(std::move(leased[0]), now_);
  core.give_back(std::move(leased[1]), now_ + 1s);
  core.evict(now_ + 60s - 1ms);
  EXPECT_EQ(core.idle(), 2u);
  core.evict(now_ + 60s);
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
  core.evict(now_ + 900s - 1ms);
  EXPECT_EQ(core.idle(), 100u);
  core.evict(now_ + 1000s);
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
  EXPECT_TRUE(core.dial_ahead(now_));
  EXPECT_FALSE(core.dial_ahead(now_));
  core.give_back(core.dialled(Fake(3, open_), now_), now_);
  give_back(core, std::move(leased));
  EXPECT_EQ(core.idle(), 3u);

  core.evict(now_ + options_.idle_timeout);
  EXPECT_TRUE(core.dial_ahead(now_));
  core.dial_failed(now_);
  EXPECT_FALSE(core.dial_ahead(now_));
  core.close();
  EXPECT_FALSE(core.dial_ahead(now_ + 1h));
}

/// Plays all that callers may do in random order, beside the simplest model of what must hold.
class RandomSteps {
 public:
  RandomSteps(const PoolOptions& options, std::uint32_t seed)
      : options_(options), core_(options, seed), random_(seed) {}

  void step() {
    now_ += std::chrono::milliseconds(below(40));
    switch (below(8)) {
      case 0:
      case 1:
      case 2:
        return ask();
      case 3:
        return give_one_back();
      case 4:
        return discard_one();
      case 5:
        return end_a_dial();
      case 6:
        return leave();
      default:
        if (core_.dial_ahead(now_)) ++dialling_;
        return core_.evict(now_);
    }
  }

  void check() {
    ASSERT_LE(core_.open(), options_.max_open);
    ASSERT_EQ(core_.open(), core_.idle() + leased_.size() + dialling_);
    ASSERT_EQ(open_.size(), core_.idle() + leased_.size());
    ASSERT_LE(core_.idle(), options_.max_idle);
    ASSERT_EQ(core_.waiting(), queue_.size());
    ASSERT_TRUE(queue_.empty() || core_.idle() == 0);
  }

  void finish() {
    while (!queue_.empty()) leave();
    while (dialling_ > 0) end_a_dial();
    while (!leased_.empty()) give_one_back();
    now_ += options_.idle_timeout;
    core_.evict(now_);
    EXPECT_EQ(core_.open(), 0u);
    EXPECT_EQ(open_.size(), 0u);
  }

 private:
  struct Queued final : Core::Waiter {
    explicit Queued(RandomSteps& steps) : owner(steps) {}
    void granted() override { owner.granted_.push_back(this); }
    RandomSteps& owner;
  };

  std::size_t below(std::size_t bound) { return random_() % bound; }

  void ask() { accept(core_.ask(now_)); }

  void accept(Core::Grant grant) {
    if (grant.answer == Answer::take) {
      leased_.push_back(std::move(*grant.pooled));
    } else if (grant.answer == Answer::dial) {
      ++dialling_;
    } else if (grant.answer == Answer::wait) {
      queue_.push_back(std::make_unique<Queued>(*this));
      core_.enqueue(*queue_.back());
    }
  }

  Core::Pooled remove_leased() {
    std::swap(leased_[below(leased_.size())], leased_.back());
    Core::Pooled pooled = std::move(leased_.back());
    leased_.pop_back();
    return pooled;
  }

  void give_one_back() {
    if (leased_.empty()) return;
    core_.give_back(remove_leased(), now_);
    take_grants();
  }

  void discard_one() {
    if (leased_.empty()) return;
    { const auto closing = remove_leased(); }
    core_.discarded(now_);
    take_grants();
  }

  void end_a_dial() {
    if (dialling_ == 0) return;
    --dialling_;
    if (below(3) == 0) {
      core_.dial_failed(now_);
    } else {
      leased_.push_back(core_.dialled(Fake(++dialled_, open_), now_));
    }
    take_grants();
  }

  void leave() {
    if (queue_.empty()) return;
    const auto leaving = queue_.begin() + static_cast<std::ptrdiff_t>(below(queue_.size()));
    core_.leave(**leaving, now_);
    queue_.erase(leaving);
  }

  /// Those who are granted something are the first of the queue; some have given up meanwhile.
  void take_grants() {
    while (!granted_.empty()) {
      ASSERT_EQ(granted_.front(), queue_.front().get());
      granted_.pop_front();
      const auto waiter = std::move(queue_.front());
      queue_.pop_front();
      if (below(3) == 0) {
        core_.leave(*waiter, now_);
      } else {
        accept(std::move(waiter->grant));
      }
    }
  }

  PoolOptions options_;
  std::set<int> open_;
  Core core_;
  std::mt19937 random_;
  Core::Time now_{};
  std::vector<Core::Pooled> leased_;
  std::size_t dialling_ = 0;
  int dialled_ = 0;
  std::deque<std::unique_ptr<Queued>> queue_;
  std::deque<Queued*> granted_;
};

TEST(PoolCoreModel, NoSlotIsLostInTenThousandRandomSteps) {
  const std::uint32_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  PoolOptions options;
  options.max_open = 5;
  options.max_idle = 3;
  options.min_idle = 1;
  options.idle_timeout = 500ms;
  options.max_lifetime = 3s;
  RandomSteps steps(options, seed);
  for (int i = 0; i < 10'000 && !testing::Test::HasFatalFailure(); ++i) {
    steps.step();
    steps.check();
  }
  steps.finish();
}

}  // namespace
}  // namespace stagecoach
