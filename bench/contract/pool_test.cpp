#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>
#include <thread>

#include "bench/contract/stage.hpp"

namespace stagecoach::testing {
namespace {

class Pool : public StageTest {};

/// What a real Redis says about its clients, not counting the one that asks.
class RedisWitness {
 public:
  explicit RedisWitness(std::uint16_t port) : connection_(port) {}

  std::size_t clients() {
    const auto list = connection_.command({"CLIENT", "LIST"}).text;
    return static_cast<std::size_t>(std::ranges::count(list, '\n')) - 1;
  }

  /// Since Redis started.
  std::uint64_t ever_connected() {
    return info(connection_, "stats").at("total_connections_received");
  }

 private:
  RespClient connection_;
};

TEST_P(Pool, RedisNeverSeesMoreThanMaxOpen) {
  const ReservedPort port;
  const auto redis = redis_at(port.port());
  RedisWitness witness(port.port());
  Options options{"--upstream", at(port.port()),       "--pool-max-open",
                  "8",          "--pool-wait-timeout", "1min"};
  if (stage().number == 4) options.insert(options.end(), {"--channel-capacity", "200"});
  auto gateway = stage().start(options);
  ASSERT_TRUE(poll_until([&] { return witness.clients() == 0; })) << "the look at start is over";
  const auto before = witness.ever_connected();

  std::atomic<int> working = 200;
  std::deque<std::thread> clients;
  for (int i = 0; i < 200; ++i) {
    clients.emplace_back([&, key = std::to_string(i)] {
      ReusingClient client(stage(), gateway);
      for (std::int64_t n = 1; n <= 10; ++n) {
        EXPECT_EQ(client.command({"INCR", key}).integer, n);
      }
      --working;
    });
  }
  std::size_t most = 0;
  while (working > 0) {
    most = std::max(most, witness.clients());
  }
  for (auto& client : clients) {
    client.join();
  }
  EXPECT_LE(most, 8u);
  EXPECT_GE(most, 1u);
  EXPECT_EQ(witness.clients(), witness.ever_connected() - before) << "none was closed";
  EXPECT_LE(witness.clients(), 8u);
  auto now = counters(gateway);
  EXPECT_EQ(now["upstream_dials"], witness.clients());
  EXPECT_EQ(now["pool_timeouts"], 0u);
  expect_conservation_laws(gateway);
  EXPECT_EQ(gateway.stop(), 0);
  EXPECT_TRUE(poll_until([&] { return witness.clients() == 0; }));
}

/// An upstream that notes the second word of each request, and replies once released.
class HoldingUpstream {
 public:
  std::string address() const { return at(upstream_.port()); }
  std::size_t connections() const { return upstream_.connections(); }
  void release() { released_ = true; }

  std::vector<std::string> received() {
    const std::lock_guard lock(mutex_);
    return received_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> received_;
  std::atomic<bool> released_ = false;
  ScriptedUpstream upstream_{[this](ScriptedConnection& connection) {
    while (const auto request = connection.read_request()) {
      {
        const std::lock_guard lock(mutex_);
        received_.push_back(request->at(1));
      }
      if (!poll_until([this] { return released_.load(); })) return;
      connection.write("+OK\r\n");
    }
  }};
};

/// Options for a pool of one connection in all, not one per worker.
Options one_connection(const Stage& stage, const HoldingUpstream& upstream,
                       const std::string& wait_timeout) {
  Options options{"--upstream",          upstream.address(), "--pool-max-open",   "1",
                  "--pool-wait-timeout", wait_timeout,       "--request-timeout", "1min"};
  if (stage.number == 4) {
    options.insert(options.end(), {"--workers", "1"});
  }
  return options;
}

TEST_P(Pool, AWaitIsBoundedAndTheClientIsKept) {
  HoldingUpstream upstream;
  auto gateway = stage().start(one_connection(stage(), upstream, "1s"));
  RespClient first(gateway.port());
  first.send({"GET", "first"});
  ASSERT_TRUE(poll_until([&] { return upstream.received().size() == 1; }));

  ReusingClient second(stage(), gateway);
  EXPECT_EQ(second.command({"GET", "second"}).text,
            "ERR upstream connections are all in use: none came free within --pool-wait-timeout");
  EXPECT_EQ(second.command({"PING"}).text, "PONG");
  EXPECT_EQ(counters(gateway)["pool_timeouts"], 1u);
  EXPECT_TRUE(silent(first));
  upstream.release();
  EXPECT_EQ(first.read_reply().text, "OK");
  EXPECT_EQ(second.command({"GET", "second"}).text, "OK") << "the slot was not lost";
  EXPECT_EQ(upstream.received(), (std::vector<std::string>{"first", "second"}));
}

TEST_P(Pool, WhoWaitsIsServedInOrder) {
  HoldingUpstream upstream;
  auto gateway = stage().start(one_connection(stage(), upstream, "1min"));
  /// Stage 4 counts a wait when its turn comes, but a request in flight at once.
  const auto waiting = [&] {
    auto now = counters(gateway);
    return stage().number == 4 ? now["requests_in_flight"] - 1 : now["pool_waits"];
  };
  std::deque<RespClient> clients;
  std::vector<std::string> order;
  for (const std::string key : {"a", "b", "c", "d", "e", "f", "g", "h"}) {
    order.push_back(key);
    clients.emplace_back(gateway.port()).send({"GET", key});
    ASSERT_TRUE(poll_until([&] { return upstream.received().size() == 1; }));
    ASSERT_TRUE(poll_until([&] { return waiting() == clients.size() - 1; }));
  }
  upstream.release();
  for (auto& client : clients) {
    EXPECT_EQ(client.read_reply().text, "OK");
  }
  EXPECT_EQ(upstream.received(), order);
}

/// An upstream that counts the connections that its peer keeps open.
class CountingUpstream {
 public:
  std::string address() const { return at(upstream_.port()); }
  std::size_t ended() const { return ended_; }
  std::size_t open() const {
    const std::size_t ended = ended_;
    return upstream_.connections() - ended;
  }

 private:
  std::atomic<std::size_t> ended_ = 0;
  ScriptedUpstream upstream_{[this](ScriptedConnection& connection) {
    while (connection.read_request()) {
      connection.write("+OK\r\n");
    }
    ++ended_;
  }};
};

constexpr std::size_t look_at_start = 1;  // one connection, before the gateway listens

/// Waits until the pool has closed all that it ever dialled, also by its own counters.
bool all_evicted(const ServerProcess& gateway, const CountingUpstream& upstream) {
  return poll_until([&] {
    auto now = counters(gateway);
    return upstream.open() == 0 && now["pool_open"] == 0 && now["upstream_open"] == 0 &&
           now["pool_evicted"] == now["upstream_dials"];
  });
}

TEST_P(Pool, WhatIsIdleForTooLongIsClosed) {
  CountingUpstream upstream;
  auto gateway = stage().start({"--upstream", upstream.address(), "--pool-idle-timeout", "20ms"});
  ReusingClient client(stage(), gateway);
  for (std::size_t round = 1; round <= 3; ++round) {
    EXPECT_EQ(client.command({"GET", "key"}).text, "OK");
    EXPECT_TRUE(all_evicted(gateway, upstream));
    EXPECT_EQ(upstream.ended(), look_at_start + round);
  }
}

TEST_P(Pool, WhatIsTooOldIsClosedHoweverBusy) {
  CountingUpstream upstream;
  auto gateway = stage().start({"--upstream", upstream.address(), "--pool-max-lifetime", "20ms"});
  ReusingClient busy(stage(), gateway);
  const auto three_have_ended = [&] {
    EXPECT_EQ(busy.command({"GET", "key"}).text, "OK");
    return upstream.ended() >= look_at_start + 3;
  };
  EXPECT_TRUE(poll_until(three_have_ended));
  EXPECT_TRUE(all_evicted(gateway, upstream));
}

TEST_P(Pool, MinIdleIsDialledAhead) {
  CountingUpstream upstream;
  auto gateway = stage().start({"--upstream", upstream.address(), "--pool-min-idle", "4"});
  const auto dialled = [&] {
    auto now = counters(gateway);
    return upstream.open() == 4 && now["pool_idle"] == 4 && now["upstream_dials"] == 4;
  };
  ASSERT_TRUE(poll_until(dialled)) << "before there is a client";
  ReusingClient client(stage(), gateway);
  EXPECT_EQ(client.command({"GET", "key"}).text, "OK");
  auto now = counters(gateway);
  EXPECT_EQ(now["pool_hits"], 1u);
  EXPECT_EQ(now["pool_misses"], 0u);
}

TEST_P(Pool, MinIdleIsDialledAnewWhereIdleOnesEnd) {
  CountingUpstream upstream;
  auto gateway = stage().start(
      {"--upstream", upstream.address(), "--pool-min-idle", "4", "--pool-idle-timeout", "20ms"});
  EXPECT_TRUE(poll_until([&] { return upstream.ended() >= look_at_start + 8; }));
  EXPECT_TRUE(poll_until([&] { return upstream.open() == 4; }));
}

INSTANTIATE_TEST_SUITE_P(Contract, Pool, ::testing::ValuesIn(stages_with_a_pool()), stage_name);

}  // namespace
}  // namespace stagecoach::testing
