#pragma once

#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "stage2_pool/pool_core.hpp"

/// What the tests of PoolCore share: numbers as connections, and a clock that they set.
namespace stagecoach {

using namespace std::chrono_literals;

/// A connection; its number is in `open` while it is open.
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
  Core core() {
    return Core(options_, 1, [this](const Fake& fake) { return left_.contains(fake.number()); });
  }

  /// Dials a connection, which must be allowed.
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
  std::set<int> left_;  // by the upstream
  int dialled_ = 0;
  Core::Time now_{};
};

}  // namespace stagecoach
