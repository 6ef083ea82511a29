#include "stage4_workers/channel.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

namespace stagecoach {
namespace {

using namespace std::chrono_literals;
using Ints = Channel<int>;
using Sent = Ints::Sent;

/// Collects all values until the channel is closed.
Awaitable<void> collect(Ints& channel, asio::io_context& loop, std::vector<int>& values) {
  while (const auto value = co_await channel.receive(loop)) {
    values.push_back(*value);
  }
}

void start_collecting(Ints& channel, asio::io_context& loop, std::vector<int>& values) {
  asio::co_spawn(loop, collect(channel, loop, values), asio::detached);
}

TEST(Channel, FirstInFirstOutUpToItsCapacity) {
  Ints channel(3);
  EXPECT_EQ(channel.capacity(), 3u);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(channel.try_send(i), Sent::yes);
  }
  int more = 3;
  EXPECT_EQ(channel.try_send(more), Sent::full);
  EXPECT_EQ(channel.send_for(more, 1ms), Sent::full);
  EXPECT_EQ(channel.size(), 3u);
  EXPECT_EQ(channel.receive(), 0);
  EXPECT_EQ(channel.try_send(more), Sent::yes);
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(channel.try_receive(), i);
  }
  EXPECT_EQ(channel.try_receive(), std::nullopt);
}

TEST(Channel, AfterCloseWhatIsInsideStillComesOut) {
  Ints channel(2);
  int first = 1;
  int second = 2;
  channel.try_send(first);
  channel.try_send(second);
  channel.close();
  channel.close();
  EXPECT_EQ(channel.receive(), 1);
  EXPECT_EQ(channel.receive(), 2);
  EXPECT_EQ(channel.receive(), std::nullopt);
  EXPECT_EQ(channel.receive(), std::nullopt);
}

TEST(Channel, SendingAfterCloseIsAnErrorAndTheValueIsKept) {
  Channel<std::unique_ptr<int>> channel(1);
  channel.close();
  auto value = std::make_unique<int>(7);
  using OfPointers = Channel<std::unique_ptr<int>>::Sent;
  EXPECT_EQ(channel.try_send(value), OfPointers::closed);
  EXPECT_EQ(channel.send_for(value, 1ms), OfPointers::closed);
  EXPECT_EQ(channel.send(value), OfPointers::closed);
  ASSERT_NE(value, nullptr);
  EXPECT_EQ(*value, 7);
}

TEST(Channel, AValueThatFindsNoRoomIsKept) {
  Channel<std::unique_ptr<int>> channel(1);
  auto first = std::make_unique<int>(1);
  auto second = std::make_unique<int>(2);
  channel.try_send(first);
  EXPECT_EQ(first, nullptr);
  channel.try_send(second);
  EXPECT_NE(second, nullptr);
}

TEST(Channel, ReceivingLetsAWaitingSenderGoOn) {
  Ints channel(1);
  std::thread sender([&] {
    for (int i = 0; i < 1000; ++i) {
      EXPECT_EQ(channel.send(i), Sent::yes);
    }
  });
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(channel.receive(), i);
  }
  sender.join();
}

TEST(Channel, ClosingLetsWaitingSendersAndReceiversGoOn) {
  Ints full(1);
  int value = 1;
  full.try_send(value);
  std::thread sender([&] {
    int more = 2;
    EXPECT_EQ(full.send(more), Sent::closed);
  });
  Ints empty(1);
  std::thread receiver([&] { EXPECT_EQ(empty.receive(), std::nullopt); });
  full.close();
  empty.close();
  sender.join();
  receiver.join();
}

TEST(Channel, ReceiversThatAwaitAreServedInTurn) {
  Ints channel(4);
  asio::io_context loop;
  std::vector<int> first;
  std::vector<int> second;
  start_collecting(channel, loop, first);
  start_collecting(channel, loop, second);
  loop.poll();
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(channel.try_send(i), Sent::yes);
    loop.poll();
  }
  EXPECT_EQ(first, (std::vector<int>{0, 2}));
  EXPECT_EQ(second, (std::vector<int>{1, 3}));
  channel.close();
  loop.poll();
}

TEST(Channel, WhatAnAwaitingReceiverGetsIsNotInTheBuffer) {
  Ints channel(1);
  asio::io_context loop;
  std::vector<int> values;
  start_collecting(channel, loop, values);
  loop.poll();
  int value = 1;
  EXPECT_EQ(channel.try_send(value), Sent::yes);
  EXPECT_EQ(channel.size(), 0u);
  value = 2;
  EXPECT_EQ(channel.try_send(value), Sent::yes);
  EXPECT_EQ(channel.size(), 1u);
  channel.close();
  loop.poll();
  EXPECT_EQ(values, (std::vector<int>{1, 2}));
}

TEST(Channel, AnAwaitingReceiverEndsWithItsLoop) {
  Ints channel(1);
  const auto held = std::make_shared<int>(0);
  {
    asio::io_context loop;
    asio::co_spawn(
        loop,
        [](Ints& c, asio::io_context& own, std::shared_ptr<int> holds) -> Awaitable<void> {
          co_await c.receive(own);
          ++*holds;
        }(channel, loop, held),
        asio::detached);
    loop.poll();
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(*held, 0);
}

TEST(Channel, ThreadsAndCoroutinesTogetherGetEachValueOnce) {
  constexpr int senders = 3;
  constexpr int each = 3000;
  constexpr std::size_t receivers = 4;  // of either kind
  Ints channel(10);
  std::vector<std::vector<int>> received(2 * receivers);

  std::vector<std::thread> receiving;
  for (std::size_t i = 0; i < receivers; ++i) {
    receiving.emplace_back([&channel, &values = received[i]] {
      while (const auto value = channel.receive()) {
        values.push_back(*value);
      }
    });
  }
  asio::io_context loops[2];
  for (std::size_t i = 0; i < receivers; ++i) {
    start_collecting(channel, loops[i % 2], received[receivers + i]);
  }
  for (auto& loop : loops) {
    receiving.emplace_back([&loop] { loop.run(); });
  }
  std::vector<std::thread> sending;
  for (int i = 0; i < senders; ++i) {
    sending.emplace_back([&channel, i] {
      for (int k = 0; k < each; ++k) {
        int value = i * each + k;
        EXPECT_EQ(channel.send(value), Sent::yes);
      }
    });
  }
  for (auto& thread : sending) {
    thread.join();
  }
  channel.close();
  for (auto& thread : receiving) {
    thread.join();
  }

  std::vector<int> all;
  for (const auto& values : received) {
    all.insert(all.end(), values.begin(), values.end());
  }
  std::ranges::sort(all);
  std::vector<int> expected(senders * each);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(all, expected);
}

}  // namespace
}  // namespace stagecoach
