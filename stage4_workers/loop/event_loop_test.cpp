#include "stage4_workers/loop/event_loop.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "stage4_workers/loop/event.hpp"

namespace stagecoach {
namespace {

using namespace std::chrono_literals;

Task<int> value_after(Event& event, int value) {
  co_await event.wait();
  co_return value;
}

Task<int> value_at_once(int value) { co_return value; }

Task<int> thrower() {
  throw std::runtime_error("thrown");
  co_return 0;
}

TEST(Task, GoesOnWhereItsChildWaited) {
  EventLoop loop(100ms);
  Event event;
  std::vector<int> values;
  loop.spawn([](Event& e, std::vector<int>& out) -> Task<void> {
    out.push_back(co_await value_at_once(1));
    out.push_back(co_await value_after(e, 2));
  }(event, values));
  EXPECT_EQ(values, (std::vector<int>{1}));
  event.set();
  EXPECT_EQ(values, (std::vector<int>{1, 2}));
}

TEST(Task, CarriesAnExceptionToWhoAwaitsIt) {
  EventLoop loop(100ms);
  std::string caught;
  loop.spawn([](std::string& out) -> Task<void> {
    try {
      co_await thrower();
    } catch (const std::runtime_error& error) {
      out = error.what();
    }
  }(caught));
  EXPECT_EQ(caught, "thrown");
}

TEST(Task, ThatCompletesAtOnceAgainAndAgainNeedsNoStack) {
  EventLoop loop(100ms);
  int sum = 0;
  loop.spawn([](int& out) -> Task<void> {
    for (int i = 0; i < 1'000'000; ++i) {
      out += co_await value_at_once(1);
    }
  }(sum));
  EXPECT_EQ(sum, 1'000'000);
}

TEST(EventLoop, EndsTheCoroutinesThatStillWait) {
  const auto held = std::make_shared<int>(0);
  Event never;
  {
    EventLoop loop(100ms);
    loop.spawn([](Event& event, std::shared_ptr<int> holds) -> Task<void> {
      *holds = co_await value_after(event, 1);
    }(never, held));
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(EventLoop, AnExceptionEndsOneCoroutineAndNoOther) {
  EventLoop loop(100ms);
  Event event;
  bool reached = false;
  loop.spawn([](Event& e, bool& out) -> Task<void> {
    co_await e.wait();
    out = true;
  }(event, reached));
  loop.spawn([]() -> Task<void> { co_await thrower(); }());
  event.set();
  EXPECT_TRUE(reached);
}

TEST(EventLoop, RunsWhatOtherThreadsPostUntilItIsFinished) {
  EventLoop loop(100ms);
  std::thread::id ran_on;
  std::thread other([&] {
    loop.post([&] {
      ran_on = std::this_thread::get_id();
      loop.finish();
    });
  });
  loop.run();
  other.join();
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST(EventLoop, StepsAtTheEndOfATurnRunOnceAndLater) {
  EventLoop loop(100ms);
  int ran = 0;
  loop.at_end_of_turn([&] { ++ran; });
  EXPECT_EQ(ran, 0);
  loop.poll();
  loop.poll();
  EXPECT_EQ(ran, 1);
}

}  // namespace
}  // namespace stagecoach
