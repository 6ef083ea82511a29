#include <atomic>
#include <csignal>
#include <sys/socket.h>

#include "bench/contract/stage.hpp"

namespace stagecoach::testing {
namespace {

class Shutdown : public StageTest {};

/// Holds each request until it is released.
class HoldingUpstream {
 public:
  std::uint16_t port() const { return upstream_.port(); }
  bool wait_for_request() {
    return poll_until([this] { return holding_.load(); });
  }
  void release() { released_ = true; }

 private:
  std::atomic<bool> holding_ = false;
  std::atomic<bool> released_ = false;
  ScriptedUpstream upstream_{[this](ScriptedConnection& connection) {
    while (connection.read_request()) {
      holding_ = true;
      poll_until([this] { return released_.load(); });
      connection.write("+released\r\n");
    }
  }};
};

/// Takes one connection, and leaves all others waiting.
class FullUpstream {
 public:
  FullUpstream() : listener_(listen_on_loopback()) {
    ::listen(listener_.get(), 0);  // with a backlog of 0, Linux queues one connection
  }
  std::uint16_t port() const { return local_port(listener_); }

 private:
  Descriptor listener_;
};

TEST_P(Shutdown, IdleAndHalfDoneClientsDoNotHoldUpTheEnd) {
  auto gateway = stage().start();
  RespClient idle(gateway.port());
  RespClient half(gateway.port());
  half.send_raw("*2\r\n$3\r\nGET\r\n");
  ASSERT_TRUE(poll_until([&] { return counters(gateway)["connections_accepted"] >= 3; }));
  EXPECT_EQ(gateway.stop(), 0);
  EXPECT_EQ(idle.read_until_closed(), "");
  EXPECT_EQ(half.read_until_closed(), "");
}

TEST_P(Shutdown, WhatIsInFlightIsFinishedAndNoNewClientTaken) {
  HoldingUpstream upstream;
  auto gateway = stage().start(
      {"--upstream", at(upstream.port()), "--request-timeout", "1min", "--drain-timeout", "1min"});
  RespClient idle(gateway.port());
  RespClient client(gateway.port());
  std::string expected = "+released\r\n";
  if (stage().keeps_clients()) {
    client.send_raw("GET key\r\nGET key\r\nPING\r\n");
    expected += "+released\r\n+PONG\r\n";
  } else {
    client.send_raw("GET key\r\n");
  }
  ASSERT_TRUE(upstream.wait_for_request());

  gateway.process().signal(SIGTERM);
  EXPECT_TRUE(poll_until([&] { return refuses_connections(gateway.port()); }));
  EXPECT_TRUE(idle.closed_by_peer(longest_wait));
  EXPECT_FALSE(gateway.process().wait(0ms)) << "it ended with a request in flight";
  upstream.release();
  EXPECT_EQ(client.read_until_closed(), expected);
  const auto status = gateway.process().wait(longest_wait);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->code, 0);
}

TEST_P(Shutdown, AReplyThatNobodyWaitsForAnyMoreDoesNotHoldUpTheEnd) {
  HoldingUpstream upstream;
  auto gateway = stage().start(
      {"--upstream", at(upstream.port()), "--request-timeout", "500ms", "--drain-timeout", "1min"});
  RespClient client(gateway.port());
  client.send({"GET", "key"});
  EXPECT_EQ(client.read_reply().text, "ERR upstream did not reply within --request-timeout");
  EXPECT_EQ(gateway.stop(), 0);
  upstream.release();
}

TEST_P(Shutdown, DrainTimeoutEndsWhatTakesTooLong) {
  HoldingUpstream upstream;
  auto gateway = stage().start(
      {"--upstream", at(upstream.port()), "--request-timeout", "1min", "--drain-timeout", "50ms"});
  RespClient client(gateway.port());
  client.send({"GET", "key"});
  ASSERT_TRUE(upstream.wait_for_request());
  EXPECT_EQ(gateway.stop(), 0);
  EXPECT_EQ(client.read_until_closed(), "");
  EXPECT_NE(gateway.process().errors().find("--drain-timeout"), std::string::npos);
  upstream.release();
}

/// An upstream that nobody reaches: the stage's check at the start filled its queue.
TEST_P(Shutdown, DrainTimeoutEndsADialThatTakesTooLong) {
  const FullUpstream upstream;
  Options options{"--upstream", at(upstream.port()), "--connect-timeout",
                  "1min",       "--drain-timeout",   "50ms"};
  if (stage().number > 1) {
    options.insert(options.end(), {"--pool-min-idle", "1", "--pool-wait-timeout", "1min"});
  }
  auto gateway = stage().start(options);
  RespClient client(gateway.port());
  client.send({"GET", "key"});
  std::uint64_t looks = 0;
  ASSERT_TRUE(poll_until([&] { return counters(gateway)["requests"] > ++looks; }));
  EXPECT_EQ(gateway.stop(), 0);
  EXPECT_EQ(client.read_until_closed(), "");
}

TEST_P(Shutdown, SecondSignalEndsItAtOnce) {
  HoldingUpstream upstream;
  auto gateway = stage().start(
      {"--upstream", at(upstream.port()), "--request-timeout", "1min", "--drain-timeout", "1min"});
  RespClient client(gateway.port());
  client.send({"GET", "key"});
  ASSERT_TRUE(upstream.wait_for_request());
  gateway.process().signal(SIGTERM);
  ASSERT_TRUE(poll_until([&] { return refuses_connections(gateway.port()); }));
  gateway.process().signal(SIGTERM);
  const auto status = gateway.process().wait(longest_wait);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->code, 1) << gateway.process().errors();
  upstream.release();
}

INSTANTIATE_TEST_SUITE_P(Contract, Shutdown, ::testing::ValuesIn(all_stages()), stage_name);

}  // namespace
}  // namespace stagecoach::testing
