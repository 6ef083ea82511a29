#include "common/gateway/connection_threads.hpp"

#include <atomic>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "common/net/listener.hpp"
#include "common/testing/poll_until.hpp"

namespace stagecoach::gateway {
namespace {

using stagecoach::testing::longest_wait;
using stagecoach::testing::poll_until;

class ConnectionThreadsTest : public ::testing::Test {
 protected:
  /// Whether a thread serves one more client; clients_ keeps its other end.
  bool connect(ConnectionThreads& threads) {
    clients_.push_back(*net::dial(listener_.address(), longest_wait));
    net::Descriptor accepted = *listener_.accept();
    const bool started = threads.start(accepted);
    EXPECT_NE(started, static_cast<bool>(accepted));
    return started;
  }

  static std::size_t read(net::Socket& socket) {
    char byte = 0;
    const auto count = socket.read_some({&byte, 1}, longest_wait);
    EXPECT_TRUE(count);
    return count ? *count : 0;
  }

  static void until_closed(net::Socket& client) {
    while (read(client) > 0) {
    }
  }

  Options options_;
  Context context_{.options = options_, .upstream = {}};
  net::Listener listener_{*net::resolve("127.0.0.1:0")};
  std::vector<net::Socket> clients_;
};

TEST_F(ConnectionThreadsTest, ServesEachInAThreadAndClosesIt) {
  std::atomic<int> served = 0;
  ConnectionThreads threads(context_, [&](net::Socket&) { ++served; });
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(connect(threads));
  }
  for (auto& client : clients_) {
    EXPECT_EQ(read(client), 0u);
  }
  threads.drain();
  EXPECT_EQ(served, 20);
  EXPECT_EQ(context_.counters.threads_started, 20u);
  EXPECT_EQ(context_.counters.connections_served, 20u);
  EXPECT_EQ(context_.counters.connections_open, 0u);
}

TEST_F(ConnectionThreadsTest, MoreThanMaxClientsAreLeftToTheCaller) {
  options_.max_clients = 2;
  ConnectionThreads threads(context_, until_closed);
  EXPECT_TRUE(connect(threads));
  EXPECT_TRUE(connect(threads));
  EXPECT_FALSE(connect(threads));
  EXPECT_EQ(context_.counters.connections_open, 2u);

  clients_.erase(clients_.begin());
  ASSERT_TRUE(poll_until([&] { return context_.counters.connections_open == 1; }));
  EXPECT_TRUE(connect(threads));
  threads.drain();
  EXPECT_EQ(context_.counters.connections_served, 3u);
}

TEST_F(ConnectionThreadsTest, DrainEndsIdleConnectionsButNotARequestUnderWay) {
  std::atomic<int> waiting = 0;
  std::atomic<bool> answer = false;
  ConnectionThreads threads(context_, [&](net::Socket& client) {
    ++waiting;
    if (read(client) > 0) {
      poll_until([&] { return answer.load(); });
      client.write_all("reply", longest_wait);
    }
  });
  EXPECT_TRUE(connect(threads));
  EXPECT_TRUE(connect(threads));
  clients_[1].write_all("r", longest_wait);
  ASSERT_TRUE(poll_until([&] { return waiting == 2; }));

  std::thread acceptor([&] { threads.drain(); });
  EXPECT_EQ(read(clients_[0]), 0u);
  answer = true;
  std::string reply(5, '\0');
  EXPECT_EQ(*clients_[1].read_some(reply, longest_wait), 5u);
  acceptor.join();
  EXPECT_EQ(context_.counters.connections_open, 0u);
}

TEST_F(ConnectionThreadsTest, AnExceptionEndsItsConnectionAlone) {
  ConnectionThreads threads(context_, [](net::Socket& client) {
    if (read(client) > 0) {
      throw std::runtime_error("for the log");
    }
  });
  EXPECT_TRUE(connect(threads));
  EXPECT_TRUE(connect(threads));
  clients_[0].write_all("x", longest_wait);
  EXPECT_EQ(read(clients_[0]), 0u);
  EXPECT_EQ(context_.counters.connections_open, 1u);
  threads.drain();
  EXPECT_EQ(context_.counters.connections_served, 2u);
}

}  // namespace
}  // namespace stagecoach::gateway
