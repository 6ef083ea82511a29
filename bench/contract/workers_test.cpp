#include <atomic>
#include <deque>

#include "bench/contract/stage.hpp"

namespace stagecoach::testing {
namespace {

const Stage stage4{"stage4", 4};

TEST(Workers, IdleClientsDelayNobody) {
  auto gateway = stage4.start({"--workers", "2"});
  std::deque<RespClient> idle;
  for (int i = 0; i < 64; ++i) {
    EXPECT_EQ(idle.emplace_back(gateway.port()).command({"PING"}).text, "PONG");
  }
  RespClient client(gateway.port());
  EXPECT_EQ(client.command({"SET", "key", "value"}).text, "OK");
  EXPECT_EQ(client.command({"GET", "key"}).text, "value");
  for (const auto& connection : idle) {
    EXPECT_TRUE(silent(connection));
  }
  EXPECT_EQ(info(client)["connections_open"], 65u);
}

/// The opposite: the recipe's worker serves one connection until it closes.
TEST(Workers, LiteralWorkersStarveWhoComesBehindIdleClients) {
  auto gateway = stage4.start({"--workers", "2", "--worker", "literal"});
  std::deque<RespClient> idle;
  for (int i = 0; i < 64; ++i) {
    idle.emplace_back(gateway.port());
  }
  auto& served = idle.front();
  const auto waiting = [&](std::uint64_t count) {
    return poll_until([&] { return info(served)["channel_depth"] == count; });
  };
  ASSERT_TRUE(waiting(62));
  RespClient client(gateway.port());
  client.send({"SET", "key", "value"});
  ASSERT_TRUE(waiting(63));
  EXPECT_EQ(served.command({"GET", "key"}).type, Reply::Type::null);
  EXPECT_TRUE(silent(client));

  idle.clear();
  EXPECT_EQ(client.read_reply().text, "OK");
  EXPECT_EQ(client.command({"GET", "key"}).text, "value");
}

/// Both kinds of worker stop receiving when they have enough to do; then the channel fills.
TEST(Workers, WhatTheChannelCannotHoldIsRefused) {
  for (const Options& kind : {Options{"--worker", "literal"}, {"--worker-connections", "1"}}) {
    Options options{"--workers", "1", "--channel-capacity", "1"};
    options.insert(options.end(), kind.begin(), kind.end());
    auto gateway = stage4.start(options);
    RespClient served(gateway.port());
    EXPECT_EQ(served.command({"PING"}).text, "PONG");
    std::optional<RespClient> waiting(gateway.port());
    ASSERT_TRUE(poll_until([&] { return info(served)["channel_depth"] == 1; })) << kind[0];

    RespClient shed(gateway.port());
    EXPECT_EQ(shed.read_until_closed(), "-ERR max number of clients reached\r\n") << kind[0];
    auto counted = info(served);
    EXPECT_EQ(counted["channel_shed"], 1u);
    EXPECT_EQ(counted["connections_refused"], 1u);

    served.shutdown_write();
    EXPECT_EQ(waiting->command({"PING"}).text, "PONG") << kind[0];
    waiting.reset();
    expect_conservation_laws(gateway);
    EXPECT_EQ(gateway.stop(), 0);
  }
}

/// Only the first of them waits for --channel-wait: if each did, the last would not see its
/// refusal.
TEST(Workers, AFloodIsRefusedAsFastAsItComes) {
  auto gateway = stage4.start({"--workers", "1", "--worker-connections", "1", "--channel-capacity",
                               "1", "--channel-wait", "500ms"});
  RespClient served(gateway.port());
  EXPECT_EQ(served.command({"PING"}).text, "PONG");
  RespClient waiting(gateway.port());
  ASSERT_TRUE(poll_until([&] { return info(served)["channel_depth"] == 1; }));

  std::deque<RespClient> flood;
  for (int i = 0; i < 200; ++i) {
    flood.emplace_back(gateway.port());
  }
  for (auto& client : flood) {
    ASSERT_EQ(client.read_until_closed(), "-ERR max number of clients reached\r\n");
  }
  EXPECT_EQ(info(served)["channel_shed"], 200u);

  served.shutdown_write();
  EXPECT_EQ(waiting.command({"PING"}).text, "PONG");
  RespClient next(gateway.port());
  ASSERT_TRUE(poll_until([&] { return info(waiting)["channel_depth"] == 1; })) << "room again";
}

TEST(Workers, MaxInFlightRefusesRequestsAndKeepsTheConnection) {
  ScriptedUpstream stuck([](ScriptedConnection& connection) {
    while (connection.read_request()) {
    }
  });
  auto gateway = stage4.start(
      {"--upstream", at(stuck.port()), "--max-in-flight", "1", "--request-timeout", "1min"});
  RespClient first(gateway.port());
  first.send({"GET", "key"});
  RespClient second(gateway.port());
  ASSERT_TRUE(poll_until([&] { return info(second)["requests_in_flight"] == 1; }));
  EXPECT_EQ(second.command({"GET", "key"}).text, "ERR gateway is busy");
  EXPECT_EQ(second.command({"PING"}).text, "PONG");
  EXPECT_EQ(info(second)["errors_busy"], 1u);
  EXPECT_TRUE(silent(first));
}

/// The limit holds for the process, at whichever workers the requests arrive.
TEST(Workers, MaxInFlightIsNeverExceeded) {
  constexpr std::size_t limit = 3;
  std::atomic<std::size_t> holding = 0;
  std::atomic<bool> released = false;
  ScriptedUpstream upstream([&](ScriptedConnection& connection) {
    while (connection.read_request()) {
      ++holding;
      poll_until([&] { return released.load(); });
      --holding;
      connection.write("+OK\r\n");
    }
  });
  auto gateway =
      stage4.start({"--upstream", at(upstream.port()), "--workers", "8", "--pipeline-depth", "1",
                    "--max-in-flight", std::to_string(limit), "--request-timeout", "1min"});
  std::deque<RespClient> clients;
  for (int i = 0; i < 64; ++i) {
    clients.emplace_back(gateway.port());
  }
  RespClient observer(gateway.port());
  for (std::uint64_t round = 1; round <= 20; ++round) {
    for (auto& client : clients) {
      client.send({"GET", "key"});
    }
    const auto busy = [&] { return info(observer)["errors_busy"]; };
    ASSERT_TRUE(poll_until([&] { return busy() + round * limit >= round * clients.size(); }));
    ASSERT_TRUE(poll_until([&] { return holding == limit; }));
    released = true;
    std::size_t served = 0;
    for (auto& client : clients) {
      served += client.read_reply().text == "OK" ? 1 : 0;
    }
    EXPECT_EQ(served, limit) << round;
    EXPECT_EQ(busy(), round * (clients.size() - limit)) << round;
    ASSERT_TRUE(poll_until([&] { return info(observer)["requests_in_flight"] == 0; }));
    released = false;
  }
}

/// A client may be slow until somebody else needs the connection of its replies.
TEST(Workers, ClientThatTakesNoReplyLosesTheConnectionThatOthersWaitFor) {
  auto gateway =
      stage4.start({"--workers", "1", "--pool-max-open", "1", "--max-output-bytes", "4MiB",
                    "--pool-wait-timeout", sanitized ? "20s" : "6s", "--request-timeout", "60s"});
  RespClient neighbour(gateway.port());
  const std::string large(16 << 20, 'v');
  EXPECT_EQ(neighbour.command({"SET", "large", large}).text, "OK");
  RespClient slow(gateway.port());
  slow.send({"GET", "large"});
  ASSERT_TRUE(poll_until([&] { return info(neighbour)["requests_in_flight"] == 1; }));
  EXPECT_EQ(neighbour.command({"INCR", "n"}).integer, 1);
  EXPECT_EQ(info(neighbour)["errors_output_limit"], 1u);
  EXPECT_EQ(info(neighbour)["requests_in_flight"], 0u);
  EXPECT_LT(slow.read_until_closed().size(), large.size());
}

/// --max-in-flight bounds the work of the upstream, whether or not a client takes its replies.
TEST(Workers, ClientThatTakesNoRepliesIsNotInFlight) {
  auto gateway =
      stage4.start({"--workers", "1", "--max-in-flight", "64", "--request-timeout", "60s"});
  RespClient neighbour(gateway.port());
  EXPECT_EQ(neighbour.command({"SET", "large", std::string(8 << 20, 'v')}).text, "OK");
  const auto writes_before = info(neighbour)["upstream_writes"];
  RespClient slow(gateway.port());
  slow.send_raw("GET large\r\nGET large\r\n");
  ASSERT_TRUE(poll_until([&] { return info(neighbour)["upstream_writes"] > writes_before; }));
  ASSERT_TRUE(poll_until([&] { return info(neighbour)["requests_in_flight"] == 0; }));
  EXPECT_EQ(slow.read_reply().text.size(), 8U << 20U);
  EXPECT_EQ(slow.read_reply().text.size(), 8U << 20U);
}

}  // namespace
}  // namespace stagecoach::testing
