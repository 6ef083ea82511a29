#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "stage2_pool/connection_pool_fixture.hpp"

namespace stagecoach {
namespace {

TEST_F(ConnectionPoolTest, OneConnectionCarriesManyRequests) {
  ConnectionPool pool(context_, pool_options_);
  for (int i = 0; i < 10; ++i) {
    auto lease = pool.acquire();
    ASSERT_TRUE(lease);
    EXPECT_EQ(lease->reused(), i > 0);
    EXPECT_EQ(ask(*lease), "+OK\r\n");
  }
  EXPECT_EQ(upstream_->connections(), 1u);
  expect_counters(9, 1);
  EXPECT_EQ(counters_.pool_open, 1u);
  EXPECT_EQ(counters_.pool_idle, 1u);
}

TEST_F(ConnectionPoolTest, AStaleConnectionIsNotLent) {
  for (const bool closes : {true, false}) {
    const auto go = std::make_shared<std::atomic<bool>>(false);
    set_script([go, closes](ScriptedConnection& connection) {
      connection.read_request();
      connection.write("+OK\r\n");
      poll_until([&] { return go->load(); });
      if (connection.index() == 0 && !closes) {
        connection.write("+unasked\r\n");
      }
      if (connection.index() > 0 || !closes) {
        connection.read_request();
      }
    });
    const auto stale_before = counters_.pool_stale.load();
    ConnectionPool pool(context_, pool_options_);
    {
      auto lease = pool.acquire();
      ASSERT_TRUE(lease);
      ask(*lease);
      EXPECT_FALSE((**lease).stale());
      *go = true;
      ASSERT_TRUE(poll_until([&] { return (**lease).stale(); }));
    }
    auto lease = pool.acquire();
    ASSERT_TRUE(lease);
    EXPECT_FALSE(lease->reused());
    EXPECT_EQ(ask(*lease), "+OK\r\n");
    EXPECT_EQ(counters_.pool_stale, stale_before + 1);
    EXPECT_EQ(upstream_->connections(), 2u);
    lease->discard();
  }
  expect_counters(0, 4);
  EXPECT_EQ(counters_.pool_open, 0u);
  EXPECT_EQ(counters_.upstream_open, 0u);
}

TEST_F(ConnectionPoolTest, DiscardReallyCloses) {
  ConnectionPool pool(context_, pool_options_);
  auto lease = pool.acquire();
  ASSERT_TRUE(lease);
  lease->discard();
  lease->discard();
  EXPECT_TRUE(poll_until([&] { return ended_ == 1; }));
  EXPECT_EQ(counters_.pool_open, 0u);
}

/// Each thread is lent a dead connection, and looks further, all at once.
TEST_F(ConnectionPoolTest, ManyThreadsFindAllIdleConnectionsStale) {
  constexpr int count = 32;
  std::atomic<bool> go = false;
  set_script([&](ScriptedConnection& connection) {
    if (connection.index() < count) {
      poll_until([&] { return go.load(); });
      return;
    }
    connection.read_request();
  });
  pool_options_.max_open = pool_options_.max_idle = count;
  ConnectionPool pool(context_, pool_options_);
  const auto lease_all = [&] {
    std::mutex mutex;
    std::vector<ConnectionPool::Lease> leases;
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) {
      threads.emplace_back([&] {
        auto lease = pool.acquire();
        ASSERT_TRUE(lease);
        const std::lock_guard lock(mutex);
        leases.push_back(std::move(*lease));
      });
    }
    for (auto& thread : threads) {
      thread.join();
    }
    EXPECT_EQ(leases.size(), std::size_t{count});
    if (!go) {
      go = true;
      for (auto& lease : leases) {
        EXPECT_TRUE(poll_until([&] { return (*lease).stale(); }));
      }
    }
  };
  lease_all();
  lease_all();
  EXPECT_EQ(counters_.pool_stale, std::size_t{count});
  EXPECT_EQ(counters_.upstream_dials, 2u * count);
  EXPECT_EQ(counters_.pool_open, std::size_t{count});
}

TEST_F(ConnectionPoolTest, RenewPutsAFreshConnectionInPlace) {
  pool_options_.max_open = 1;
  ConnectionPool pool(context_, pool_options_);
  {
    auto lease = pool.acquire();
    ASSERT_TRUE(lease);
    ASSERT_TRUE(lease->renew());
    EXPECT_FALSE(lease->reused());
    EXPECT_EQ(ask(*lease), "+OK\r\n");
    EXPECT_TRUE(poll_until([&] { return ended_ == 1; }));
    EXPECT_EQ(counters_.pool_open, 1u);
  }
  EXPECT_EQ(upstream_->connections(), 2u);
  EXPECT_EQ(counters_.retries, 1u);

  auto lease = pool.acquire();
  ASSERT_TRUE(lease);
  set_unreachable();
  EXPECT_FALSE(lease->renew());
  lease->discard();
  EXPECT_EQ(counters_.pool_open, 0u);
  EXPECT_EQ(counters_.upstream_open, 0u);
  EXPECT_EQ(counters_.retries, 1u);
}

TEST_F(ConnectionPoolTest, TwoOfThreeAreKeptIdleAndTheThirdIsReallyClosed) {
  pool_options_.max_idle = 2;
  ConnectionPool pool(context_, pool_options_);
  for (int round = 1; round <= 10; ++round) {
    {
      auto first = pool.acquire();
      auto second = pool.acquire();
      auto third = pool.acquire();
      ASSERT_TRUE(first && second && third);
    }
    EXPECT_EQ(counters_.pool_idle, 2u);
    EXPECT_EQ(counters_.upstream_dials, 2u + round);
    EXPECT_TRUE(poll_until([&] { return ended_ == round; }));
  }
  pool.close();
  EXPECT_TRUE(poll_until([&] { return ended_ == 12; }));
}

TEST_F(ConnectionPoolTest, WhatIsIdleForTooLongIsReallyClosed) {
  pool_options_.idle_timeout = 1ms;
  ConnectionPool pool(context_, pool_options_);
  ASSERT_TRUE(pool.acquire());
  EXPECT_TRUE(poll_until([&] { return ended_ == 1; }));
  EXPECT_TRUE(poll_until([&] { return counters_.pool_evicted == 1; }));
  EXPECT_EQ(counters_.pool_open, 0u);
}

TEST_F(ConnectionPoolTest, WhatTheUpstreamHasLeftIsReallyClosedAndLentNoMore) {
  ConnectionPool pool(context_, pool_options_);
  {
    auto idle = pool.acquire();
    auto busy = pool.acquire();
    ASSERT_TRUE(idle && busy);
    { const auto returned = std::move(*idle); }
    const ScriptedUpstream elsewhere(
        [](ScriptedConnection& connection) { connection.read_request(); });
    context_.upstream.move_to({*net::resolve("127.0.0.1:" + std::to_string(elsewhere.port()))});
    auto fresh = pool.acquire();
    ASSERT_TRUE(fresh);
    EXPECT_FALSE(fresh->reused());
    EXPECT_EQ((**fresh).peer.address, context_.upstream.latest());
    EXPECT_TRUE(poll_until([&] { return ended_ == 1; }));
    EXPECT_EQ(ask(*busy), "+OK\r\n");
  }
  EXPECT_TRUE(poll_until([&] { return ended_ == 2; }));
  EXPECT_EQ(counters_.pool_evicted, 2u);
  EXPECT_EQ(counters_.pool_idle, 1u);
}

TEST_F(ConnectionPoolTest, WhatRefusedAWriteIsLentNoMore) {
  set_script([](ScriptedConnection& connection) {
    while (connection.read_request()) connection.write("-READONLY replica\r\n");
  });
  ConnectionPool pool(context_, pool_options_);
  for (int i = 0; i < 2; ++i) {
    auto lease = pool.acquire();
    ASSERT_TRUE(lease);
    EXPECT_FALSE(lease->reused());
    EXPECT_EQ(ask(*lease), "-READONLY replica\r\n");
  }
  EXPECT_EQ(counters_.pool_evicted, 1u);
  EXPECT_EQ(counters_.pool_idle, 1u) << "dialled since: another dial would lead to the same";
}

TEST_F(ConnectionPoolTest, MinIdleIsDialledAhead) {
  pool_options_.min_idle = 3;
  ConnectionPool pool(context_, pool_options_);
  ASSERT_TRUE(poll_until([&] { return counters_.pool_idle == 3; }));
  EXPECT_TRUE(pool.acquire());
  expect_counters(1, 0);
  EXPECT_TRUE(poll_until([&] { return upstream_->connections() >= 3; }));
}

TEST_F(ConnectionPoolTest, MinIdleIsDialledOnceTheUpstreamIsThere) {
  set_unreachable();
  pool_options_.min_idle = 2;
  pool_options_.wait_timeout = 20ms;  // this sets the pace of the pool's thread
  ConnectionPool pool(context_, pool_options_);
  ASSERT_TRUE(poll_until([&] { return counters_.upstream_dial_errors >= 2; }));
  EXPECT_EQ(counters_.pool_open, 0u);
  ASSERT_EQ(::listen(refusing_.get(), 8), 0);
  EXPECT_TRUE(poll_until([&] { return counters_.pool_idle == 2; }));
  EXPECT_EQ(counters_.upstream_dials, 2u);
}

TEST_F(ConnectionPoolTest, BackOffBoundsTheDialsToAnUpstreamThatIsDown) {
  set_unreachable();
  pool_options_.max_open = 8;
  ConnectionPool pool(context_, pool_options_);
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int request = 0; request < 1000; ++request) {
        EXPECT_EQ(pool.acquire().error(), Failure::upstream_unreachable);
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  const auto delays = (std::chrono::steady_clock::now() - start) / Backoff::first_delay;
  EXPECT_GE(counters_.upstream_dial_errors, 1u);
  EXPECT_LE(counters_.upstream_dial_errors, 8u + static_cast<std::size_t>(delays));
  EXPECT_EQ(counters_.pool_open, 0u);
}

}  // namespace
}  // namespace stagecoach
