#include "stage2_pool/connection_pool.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "common/gateway/exchange.hpp"
#include "common/resp/encode.hpp"
#include "common/testing/poll_until.hpp"
#include "common/testing/scripted_upstream.hpp"

namespace stagecoach {
namespace {

using gateway::Failure;
using stagecoach::testing::poll_until;
using stagecoach::testing::ScriptedConnection;
using stagecoach::testing::ScriptedUpstream;
using namespace std::chrono_literals;

class ConnectionPoolTest : public ::testing::Test {
 protected:
  /// An upstream that replies +OK for as long as it is asked, then counts the end.
  ConnectionPoolTest() {
    set_script([this](ScriptedConnection& connection) {
      while (connection.read_request()) {
        const int now = ++busy_;
        for (int most = most_busy_; now > most && !most_busy_.compare_exchange_weak(most, now);) {
        }
        --busy_;
        connection.write("+OK\r\n");
      }
      ++ended_;
    });
  }

  void set_script(ScriptedUpstream::Script script) {
    upstream_.emplace(std::move(script));
    context_.upstream = *net::resolve("127.0.0.1:" + std::to_string(upstream_->port()));
  }

  /// An address that refuses connections, and that nobody else can take.
  void set_unreachable() {
    const auto any = *net::resolve("127.0.0.1:0");
    refusing_ = net::Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::bind(refusing_.get(), any.data(), any.size()), 0);
    context_.upstream = net::local_address(refusing_.get());
  }

  std::string ask(ConnectionPool::Lease& lease) {
    const std::string wire = resp::request({"PING"});
    gateway::Exchange exchange;
    resp::RequestParser().parse(wire, exchange.request);
    EXPECT_TRUE(gateway::attempt(*lease, exchange, context_).reusable);
    return exchange.reply;
  }

  void expect_counters(std::size_t hits, std::size_t misses) {
    EXPECT_EQ(counters_.pool_hits, hits);
    EXPECT_EQ(counters_.pool_misses, misses);
    EXPECT_EQ(counters_.pool_acquires, hits + misses);
  }

  gateway::Options options_;
  gateway::Context context_{.options = options_, .upstream = {}};
  gateway::Counters& counters_ = context_.counters;
  PoolOptions pool_options_;
  std::atomic<int> busy_ = 0;
  std::atomic<int> most_busy_ = 0;
  std::atomic<int> ended_ = 0;
  net::Descriptor refusing_;
  std::optional<ScriptedUpstream> upstream_;
};

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

TEST_F(ConnectionPoolTest, SixteenThreadsShareFourConnections) {
  pool_options_.max_open = 4;
  pool_options_.wait_timeout = net::Timeout(60'000);
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

TEST_F(ConnectionPoolTest, DiscardReallyCloses) {
  ConnectionPool pool(context_, pool_options_);
  auto lease = pool.acquire();
  ASSERT_TRUE(lease);
  lease->discard();
  lease->discard();
  EXPECT_TRUE(poll_until([&] { return ended_ == 1; }));
  EXPECT_EQ(counters_.pool_open, 0u);
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

TEST_F(ConnectionPoolTest, WhatIsIdleForTooLongIsReallyClosed) {
  pool_options_.idle_timeout = 1ms;
  ConnectionPool pool(context_, pool_options_);
  ASSERT_TRUE(pool.acquire());
  EXPECT_TRUE(poll_until([&] { return ended_ == 1; }));
  EXPECT_TRUE(poll_until([&] { return counters_.pool_open == 0; }));
  EXPECT_EQ(counters_.pool_evicted, 1u);
}

TEST_F(ConnectionPoolTest, MinIdleIsDialledAhead) {
  pool_options_.min_idle = 3;
  ConnectionPool pool(context_, pool_options_);
  ASSERT_TRUE(poll_until([&] { return counters_.pool_idle == 3; }));
  EXPECT_TRUE(pool.acquire());
  expect_counters(1, 0);
  EXPECT_TRUE(poll_until([&] { return upstream_->connections() == 3; }));
}

TEST_F(ConnectionPoolTest, CloseFailsThoseThatWaitAndClosesWhatReturns) {
  pool_options_.max_open = 1;
  pool_options_.wait_timeout = net::Timeout(60'000);
  ConnectionPool pool(context_, pool_options_);
  {
    auto lease = pool.acquire();
    ASSERT_TRUE(lease);
    std::thread waiting([&] { EXPECT_EQ(pool.acquire().error(), Failure::upstream_unreachable); });
    EXPECT_TRUE(poll_until([&] { return counters_.pool_waits == 1; }));
    pool.close();
    pool.close();
    waiting.join();
    EXPECT_EQ(ask(*lease), "+OK\r\n");
  }
  EXPECT_TRUE(poll_until([&] { return ended_ == 1; }));
  EXPECT_EQ(counters_.pool_open, 0u);
  EXPECT_FALSE(pool.acquire());
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
