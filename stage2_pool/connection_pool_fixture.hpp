#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <sys/socket.h>

#include <gtest/gtest.h>

#include "common/gateway/exchange.hpp"
#include "common/resp/encode.hpp"
#include "common/testing/poll_until.hpp"
#include "common/testing/scripted_upstream.hpp"
#include "stage2_pool/connection_pool.hpp"

/// What the tests of ConnectionPool share: an upstream over real sockets, and the counters.
namespace stagecoach {

using gateway::Failure;
using stagecoach::testing::longest_wait;
using stagecoach::testing::poll_until;
using stagecoach::testing::ScriptedConnection;
using stagecoach::testing::ScriptedUpstream;
using namespace std::chrono_literals;

class ConnectionPoolTest : public ::testing::Test {
 protected:
  /// An upstream that replies +OK to each request, and then counts the end.
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
    context_.upstream.move_to({*net::resolve("127.0.0.1:" + std::to_string(upstream_->port()))});
  }

  /// An address that refuses connections; nobody else can take it.
  void set_unreachable() {
    const auto any = *net::resolve("127.0.0.1:0");
    refusing_ = net::Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::bind(refusing_.get(), any.data(), any.size()), 0);
    context_.upstream.move_to({net::local_endpoint(refusing_.get())});
  }

  std::string ask(ConnectionPool::Lease& lease) {
    const std::string wire = resp::request({"PING"});
    gateway::Exchange exchange;
    resp::RequestParser().parse(wire, exchange.request);
    exchange.verdict = {.action = gateway::Action::forward, .shareable = true};
    EXPECT_TRUE(gateway::attempt(*lease, exchange, context_).reusable);
    return exchange.reply;
  }

  void expect_counters(std::size_t hits, std::size_t misses) {
    EXPECT_EQ(counters_.pool_hits, hits);
    EXPECT_EQ(counters_.pool_misses, misses);
    EXPECT_EQ(counters_.pool_acquires, hits + misses);
  }

  gateway::Options options_{.connect_timeout = longest_wait, .request_timeout = longest_wait};
  gateway::Context context_{.options = options_, .upstream = {}};
  gateway::Counters& counters_ = context_.counters;
  PoolOptions pool_options_{.wait_timeout = longest_wait};
  std::atomic<int> busy_ = 0;
  std::atomic<int> most_busy_ = 0;
  std::atomic<int> ended_ = 0;
  net::Descriptor refusing_;
  std::optional<ScriptedUpstream> upstream_;
};

}  // namespace stagecoach
