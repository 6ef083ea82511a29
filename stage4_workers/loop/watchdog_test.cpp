#include "stage4_workers/loop/watchdog.hpp"

#include <functional>
#include <memory>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

namespace stagecoach {
namespace {

using namespace std::chrono_literals;

struct Dog : Watched {
  void look(net::Deadline::Clock::time_point now) override {
    ++looks;
    time_is_up = now == net::Deadline::Clock::time_point::max();
    if (on_look && !time_is_up) {
      on_look();
    }
  }
  void drain() override { drained = true; }

  int looks = 0;
  bool time_is_up = false;
  bool drained = false;
  std::function<void()> on_look;
};

class WatchdogTest : public ::testing::Test {
 protected:
  boost::asio::io_context loop_{1};
  Watchdog watchdog_{loop_, 1ms};
};

TEST_F(WatchdogTest, LooksAtAllUntilItIsStopped) {
  Dog first;
  Dog second;
  watchdog_.watch(first);
  watchdog_.watch(second);
  first.on_look = [&] {
    if (first.looks == 3) {
      boost::asio::post(loop_, [&] { watchdog_.stop(); });
    }
  };
  loop_.run();
  EXPECT_EQ(first.looks, 4);
  EXPECT_EQ(second.looks, 4);
  EXPECT_TRUE(first.time_is_up && second.time_is_up);
}

TEST_F(WatchdogTest, DrainsAll) {
  Dog first;
  Dog second;
  watchdog_.watch(first);
  watchdog_.watch(second);
  EXPECT_FALSE(watchdog_.draining());
  watchdog_.drain();
  EXPECT_TRUE(watchdog_.draining() && first.drained && second.drained);
}

TEST_F(WatchdogTest, ALookMayEndWhatWouldBeLookedAtNext) {
  Dog first;
  auto second = std::make_unique<Dog>();
  Dog third;
  watchdog_.watch(first);
  watchdog_.watch(*second);
  watchdog_.watch(third);
  first.on_look = [&] { second.reset(); };
  third.on_look = [&] { watchdog_.stop(); };
  loop_.run();
  EXPECT_EQ(third.looks, 2);
}

TEST_F(WatchdogTest, StoppedByALookItLetsTheLoopEnd) {
  Dog dog;
  watchdog_.watch(dog);
  dog.on_look = [&] { watchdog_.stop(); };
  loop_.run();
  EXPECT_TRUE(dog.time_is_up);
}

}  // namespace
}  // namespace stagecoach
