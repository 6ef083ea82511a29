#include <deque>
#include <memory>
#include <random>
#include <string>

#include "stage2_pool/pool_core_fixture.hpp"

namespace stagecoach {
namespace {

/// Plays all that callers may do, in random order, beside the simplest model of what must hold.
class RandomSteps {
 public:
  RandomSteps(const PoolOptions& options, std::uint32_t seed)
      : options_(options),
        core_(options, seed, [this](const Fake& fake) { return has_left(fake); }),
        random_(seed) {}

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
        return maintain();
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

  std::size_t left_waiting() const { return left_waiting_; }
  std::size_t left_granted() const { return left_granted_; }

  void finish() {
    while (!queue_.empty()) leave();
    while (dialling_ > 0) end_a_dial();
    while (!leased_.empty()) give_one_back();
    now_ += options_.idle_timeout;
    core_.maintain(now_);
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

  /// Now and then the upstream moves, and leaves all its connections.
  bool has_left(const Fake& fake) const { return fake.number() <= last_left_; }

  void ask() {
    accept(core_.ask(now_));
    take_grants();
  }

  void maintain() {
    if (below(10) == 0) last_left_ = dialled_;
    if (core_.dial_ahead(now_, 0)) ++dialling_;
    core_.maintain(now_);
    take_grants();
  }

  void accept(Core::Grant grant) {
    if (grant.answer == Answer::take) {
      EXPECT_FALSE(has_left(grant.pooled->connection));
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
    ++left_waiting_;
  }

  /// Grants go to the first in the queue; some of these have given up meanwhile.
  void take_grants() {
    while (!granted_.empty()) {
      ASSERT_EQ(granted_.front(), queue_.front().get());
      granted_.pop_front();
      const auto waiter = std::move(queue_.front());
      queue_.pop_front();
      if (below(3) == 0) {
        core_.leave(*waiter, now_);
        ++left_granted_;
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
  int last_left_ = 0;
  std::deque<std::unique_ptr<Queued>> queue_;
  std::deque<Queued*> granted_;
  std::size_t left_waiting_ = 0;
  std::size_t left_granted_ = 0;
};

TEST(PoolCoreModel, NoSlotIsLostInTenThousandCancelledWaits) {
  const std::uint32_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  PoolOptions options;
  options.max_open = 5;
  options.max_idle = 3;
  options.min_idle = 1;
  options.idle_timeout = 500ms;
  options.max_lifetime = 3s;
  RandomSteps steps(options, seed);
  while (steps.left_waiting() + steps.left_granted() < 10'000 && !HasFatalFailure()) {
    steps.step();
    steps.check();
  }
  EXPECT_GT(steps.left_waiting(), 1000u);
  EXPECT_GT(steps.left_granted(), 1000u);
  steps.finish();
}

}  // namespace
}  // namespace stagecoach
