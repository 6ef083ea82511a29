#include <atomic>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "stage2_pool/connection_pool_fixture.hpp"

namespace stagecoach {
namespace {

TEST_F(ConnectionPoolTest, SixteenThreadsShareFourConnections) {
  pool_options_.max_open = 4;
  ConnectionPool pool(context_, pool_options_);
  std::atomic<int> replies = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      for (int request = 0; request < 100; ++request) {
        auto lease = pool.acquire();
        ASSERT_TRUE(lease);
        replies += ask(*lease) == "+OK\r\n" ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(replies, 1600);
  EXPECT_LE(most_busy_, 4);
  EXPECT_LE(upstream_->connections(), 4u);
  EXPECT_EQ(counters_.pool_hits + counters_.pool_misses, 1600u);
  EXPECT_EQ(counters_.pool_idle, counters_.pool_open);
  EXPECT_EQ(counters_.pool_open, upstream_->connections());
}

TEST_F(ConnectionPoolTest, AWaitIsBoundedAndLeaksNoSlot) {
  pool_options_.max_open = 1;
  pool_options_.wait_timeout = 1ms;
  ConnectionPool pool(context_, pool_options_);
  {
    auto lease = pool.acquire();
    ASSERT_TRUE(lease);
    EXPECT_EQ(pool.acquire().error(), Failure::pool_timeout);
  }
  EXPECT_EQ(counters_.pool_waits, 1u);
  EXPECT_EQ(counters_.pool_timeouts, 1u);
  EXPECT_TRUE(pool.acquire());
  expect_counters(1, 2);
}

TEST_F(ConnectionPoolTest, CloseFailsThoseThatWaitAndClosesWhatReturns) {
  pool_options_.max_open = 1;
  ConnectionPool pool(context_, pool_options_);
  {
    auto lease = pool.acquire();
    ASSERT_TRUE(lease);
    std::vector<std::thread> waiting;
    for (int i = 0; i < 10; ++i) {
      waiting.emplace_back(
          [&] { EXPECT_EQ(pool.acquire().error(), Failure::upstream_unreachable); });
    }
    EXPECT_TRUE(poll_until([&] { return counters_.pool_waits == 10; }));
    pool.close();
    pool.close();
    for (auto& thread : waiting) {
      thread.join();
    }
    EXPECT_EQ(ask(*lease), "+OK\r\n");
  }
  EXPECT_TRUE(poll_until([&] { return ended_ == 1; }));
  EXPECT_EQ(counters_.pool_open, 0u);
  EXPECT_FALSE(pool.acquire());
}

TEST_F(ConnectionPoolTest, CloseBesideBusyThreadsLeavesNothingOpen) {
  pool_options_.max_open = 4;
  ConnectionPool pool(context_, pool_options_);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      while (auto lease = pool.acquire()) {
        EXPECT_EQ(ask(*lease), "+OK\r\n");
      }
    });
  }
  EXPECT_TRUE(poll_until([&] { return counters_.pool_acquires >= 100; }));
  pool.close();
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(counters_.pool_open, 0u);
  EXPECT_EQ(counters_.upstream_open, 0u);
}

/// Ten threads wait for the only connection of a pool, which is leased.
class ConnectionPoolQueue : public ConnectionPoolTest {
 protected:
  ConnectionPoolQueue() { pool_options_.max_open = 1; }

  /// All wait, then `before_release` runs, then the lease returns. `use` learns who is served.
  void run(
      const std::function<void(int, gateway::Result<ConnectionPool::Lease>&)>& use,
      const std::function<void(ConnectionPool::Lease&)>& before_release = [](auto&) {}) {
    pool_.emplace(context_, pool_options_);
    std::vector<std::thread> threads;
    {
      auto lease = pool_->acquire();
      ASSERT_TRUE(lease);
      EXPECT_EQ(ask(*lease), "+OK\r\n");
      for (int i = 0; i < 10; ++i) {
        threads.emplace_back([&, i] {
          auto waited_for = pool_->acquire();
          use(i, waited_for);
        });
        EXPECT_TRUE(poll_until([&] { return counters_.pool_waits == threads.size(); }));
      }
      before_release(*lease);
    }
    for (auto& thread : threads) {
      thread.join();
    }
    expect_counters(0, 11);
  }

  static std::vector<int> first_come_first_served() { return {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}; }

  std::vector<int> served_;  // guarded by the only connection
  std::optional<ConnectionPool> pool_;
};

TEST_F(ConnectionPoolQueue, IsServedInOrderByOneConnection) {
  run([this](int thread, auto& lease) {
    ASSERT_TRUE(lease);
    served_.push_back(thread);
    EXPECT_EQ(ask(*lease), "+OK\r\n");
  });
  EXPECT_EQ(served_, first_come_first_served());
  EXPECT_EQ(upstream_->connections(), 1u);
}

TEST_F(ConnectionPoolQueue, GoesOnWithAFreshConnectionBehindEachThatIsDiscarded) {
  run([this](int thread, auto& lease) {
    ASSERT_TRUE(lease);
    served_.push_back(thread);
    lease->discard();
  });
  EXPECT_EQ(served_, first_come_first_served());
  EXPECT_EQ(counters_.upstream_dials, 10u) << "the first took the one that was there";
  EXPECT_EQ(counters_.pool_open, 0u);
}

TEST_F(ConnectionPoolQueue, FailsTogetherWhenADialFails) {
  std::atomic<int> failed = 0;
  run(
      [&](int /*thread*/, auto& lease) {
        if (lease) {
          lease->discard();
        } else {
          EXPECT_EQ(lease.error(), Failure::upstream_unreachable);
          ++failed;
        }
      },
      [this](auto&) { set_unreachable(); });
  EXPECT_EQ(failed, 10) << "the one that was there led elsewhere";
  EXPECT_EQ(counters_.upstream_dial_errors, 1u);
  EXPECT_EQ(counters_.pool_open, 0u);
}

/// The first waiter gets a dead connection: it dials, and does not queue again.
TEST_F(ConnectionPoolQueue, KeepsItsOrderWhereAConnectionIsStale) {
  std::atomic<bool> go = false;
  set_script([&](ScriptedConnection& connection) {
    connection.read_request();
    connection.write("+OK\r\n");
    if (connection.index() == 0) {
      poll_until([&] { return go.load(); });
      return;
    }
    while (connection.read_request()) {
      connection.write("+OK\r\n");
    }
  });
  run(
      [this](int thread, auto& lease) {
        ASSERT_TRUE(lease);
        served_.push_back(thread);
        EXPECT_EQ(ask(*lease), "+OK\r\n");
      },
      [&](auto& lease) {
        go = true;
        EXPECT_TRUE(poll_until([&] { return (*lease).stale(); }));
      });
  EXPECT_EQ(served_, first_come_first_served());
  EXPECT_EQ(counters_.pool_stale, 1u);
  EXPECT_EQ(upstream_->connections(), 2u);
}

/// A holder returns its connection as soon as another thread gave up waiting.
TEST_F(ConnectionPoolTest, AThousandCancelledWaitsLeakNoSlot) {
  pool_options_.max_open = 4;
  pool_options_.wait_timeout = 1ms;
  ConnectionPool pool(context_, pool_options_);
  const auto cancelled = [this] { return counters_.pool_timeouts.load(); };
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      for (auto before = cancelled(); before < 1000; before = cancelled()) {
        if (const auto lease = pool.acquire()) {
          poll_until([&] { return cancelled() > before; });
        }
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  std::vector<ConnectionPool::Lease> leases;
  for (int i = 0; i < 4; ++i) {
    auto lease = pool.acquire();
    ASSERT_TRUE(lease);
    EXPECT_EQ(ask(*lease), "+OK\r\n");
    leases.push_back(std::move(*lease));
  }
  EXPECT_EQ(pool.acquire().error(), Failure::pool_timeout);
  EXPECT_EQ(counters_.pool_open, 4u);
  EXPECT_EQ(upstream_->connections(), 4u);
}

}  // namespace
}  // namespace stagecoach
