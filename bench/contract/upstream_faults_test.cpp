#include <atomic>
#include <deque>

#include "bench/contract/upstream_fault.hpp"

namespace stagecoach::testing {
namespace {

class UpstreamFaults : public UpstreamFaultTest {};

TEST_P(UpstreamFaults, DownThenUpNeedsNoRestart) {
  const ReservedPort port;
  auto gateway = stage().start({"--upstream", at(port.port())});
  ReusingClient client(stage(), gateway);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(client.command({"GET", "key"}).text, "ERR upstream cannot be reached");
  }
  EXPECT_EQ(client.command({"PING"}).text, "PONG");
  EXPECT_EQ(counters(gateway)["errors_upstream_unreachable"], 5u);

  auto origin = origin_at(port.port());
  const auto recovered = [&] { return client.command({"SET", "key", "value"}).text == "OK"; };
  EXPECT_TRUE(poll_until(recovered));
  EXPECT_EQ(client.command({"GET", "key"}).text, "value");

  origin.reset();
  EXPECT_EQ(client.command({"GET", "key"}).text, "ERR upstream cannot be reached");
  client.close();
  expect_conservation_laws(gateway);
  EXPECT_EQ(gateway.stop(), 0);
}

TEST_P(UpstreamFaults, RestartsUnderLoadMixUpNoReplies) {
  const ReservedPort port;
  auto origin = origin_at(port.port());
  auto gateway = stage().start({"--upstream", at(port.port())});
  std::atomic<bool> done = false;
  std::atomic<std::size_t> stored = 0;
  const auto load = [&](int index) {
    const auto key = std::to_string(index);
    ReusingClient client(stage(), gateway);
    for (int round = 0; !done; ++round) {
      const auto value = key + " in round " + std::to_string(round);
      const auto set = client.command({"SET", key, value});
      const auto get = client.command({"GET", key});
      stored += set.text == "OK" ? 1 : 0;
      EXPECT_TRUE(set.text == "OK" || set.text.starts_with("ERR upstream")) << set.raw;
      // A write whose reply was lost may have happened, and a restart forgets everything.
      EXPECT_TRUE(get.text.starts_with(key + " in round") || get.type == Reply::Type::null ||
                  get.text.starts_with("ERR upstream"))
          << get.raw;
    }
  };
  std::deque<std::thread> clients;
  for (int index = 0; index < 4; ++index) {
    clients.emplace_back(load, index);
  }
  for (int restart = 0; restart < 5; ++restart) {
    const auto enough = stored + 50;
    EXPECT_TRUE(poll_until([&] { return stored >= enough; })) << "no recovery";
    origin.reset();
    origin = origin_at(port.port());
  }
  done = true;
  for (auto& client : clients) {
    client.join();
  }
  expect_conservation_laws(gateway);
  EXPECT_EQ(gateway.stop(), 0);
}

TEST_P(UpstreamFaults, BadReplyFailsItsRequestAlone) {
  struct Fault {
    std::string_view bytes;
    bool reset;
    std::string_view error;
  };
  constexpr std::string_view closed =
      "ERR upstream closed the connection before its reply was complete";
  constexpr Fault faults[] = {
      {"", false, closed},
      {"", true, closed},
      {"$5\r\nhe", false, closed},
      {"*2\r\n$1\r\na\r\n", true, closed},
      {"!5\r\nhello\r\n", false, "ERR upstream sent a malformed reply"},
      {"$x\r\n", false, "ERR upstream sent a malformed reply"},
  };
  for (const auto& fault : faults) {
    ScriptedUpstream upstream([&](ScriptedConnection& connection) {
      while (const auto request = connection.read_request()) {
        if (request->at(1) == "bad") {
          connection.write(fault.bytes);
          if (fault.reset) {
            connection.reset();
          }
          return;
        }
        answer(connection, *request);
      }
    });
    auto gateway = start(upstream);
    ReusingClient client(stage(), gateway);
    const auto reply = client.command({"SET", "bad"});
    EXPECT_EQ(reply.type, Reply::Type::error) << fault.bytes;
    EXPECT_EQ(reply.text, fault.error) << fault.bytes;
    EXPECT_EQ(client.command({"GET", "good"}).text, "good") << fault.bytes;
    client.close();
    expect_conservation_laws(gateway);
    EXPECT_EQ(gateway.stop(), 0);
  }
}

TEST_P(UpstreamFaults, SecondReplyToOneRequestReachesNobody) {
  ScriptedUpstream upstream([](ScriptedConnection& connection) {
    while (const auto request = connection.read_request()) {
      connection.write("+" + request->at(1) + "\r\n+extra\r\n");
    }
  });
  auto gateway = start(upstream);
  ReusingClient client(stage(), gateway);
  for (int i = 0; i < 10; ++i) {
    const auto key = std::to_string(i);
    ASSERT_EQ(client.command({"GET", key}).text, key);
  }
}

TEST_P(UpstreamFaults, SilenceIsAnErrorByItsDeadlineAndTheConnectionIsKept) {
  ScriptedUpstream upstream([](ScriptedConnection& connection) {
    while (connection.read_request()) {
    }
  });
  auto gateway = start(upstream, {"--request-timeout", "100ms"});
  ReusingClient client(stage(), gateway);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(client.command({"GET", "key"}).text,
              "ERR upstream did not reply within --request-timeout");
  }
  EXPECT_EQ(client.command({"PING"}).text, "PONG");
  EXPECT_EQ(counters(gateway)["errors_upstream_timeout"], 3u);
  client.close();
  expect_conservation_laws(gateway);
  EXPECT_EQ(gateway.stop(), 0);
}

TEST_P(UpstreamFaults, LateReplyReachesNobody) {
  std::atomic<bool> released = false;
  std::atomic<bool> replied = false;
  ScriptedUpstream upstream([&](ScriptedConnection& connection) {
    while (const auto request = connection.read_request()) {
      if (request->at(1) == "late") {
        poll_until([&] { return released.load(); });
        answer(connection, *request);
        replied = true;
      } else {
        answer(connection, *request);
      }
    }
  });
  auto gateway = start(upstream, {"--request-timeout", "3s"});
  ReusingClient client(stage(), gateway);
  EXPECT_EQ(client.command({"GET", "early"}).text, "early");
  EXPECT_EQ(client.command({"GET", "late"}).text,
            "ERR upstream did not reply within --request-timeout");
  released = true;
  ASSERT_TRUE(poll_until([&] { return replied.load(); }));
  for (int i = 0; i < 20; ++i) {
    const auto key = std::to_string(i);
    ASSERT_EQ(client.command({"GET", key}).text, key);
  }
}

/// Stage 4 has passed on part of it by then, and an error behind that would look like data.
TEST_P(UpstreamFaults, ALargeReplyThatBreaksOffIsNeverCompletedByAnythingElse) {
  const std::string half = "$1000000\r\n" + std::string(500'000, 'x');
  ScriptedUpstream upstream([&](ScriptedConnection& connection) {
    if (connection.read_request()) {
      connection.write(half);
    }
    connection.close();
  });
  auto gateway = start(upstream);
  RespClient client(gateway.port());
  client.send({"GET", "large"});
  if (stage().number < 4) {
    EXPECT_EQ(client.read_reply().text,
              "ERR upstream closed the connection before its reply was complete");
  } else {
    const std::string received = client.read_until_closed();
    EXPECT_EQ(received, half.substr(0, received.size()));
  }
  EXPECT_EQ(counters(gateway)["errors_upstream_closed"], 1u);
}

INSTANTIATE_TEST_SUITE_P(Contract, UpstreamFaults, ::testing::ValuesIn(all_stages()), stage_name);

/// Two clients share an upstream connection, and the first one's request takes too long. The other
/// still gets its own reply.
TEST(SharedConnectionFaults, LateReplyDoesNotFailTheNeighbour) {
  std::atomic<bool> released = false;
  ScriptedUpstream upstream([&](ScriptedConnection& connection) {
    while (const auto request = connection.read_request()) {
      if (request->at(1) == "late") {
        poll_until([&] { return released.load(); });
      }
      answer(connection, *request);
    }
  });
  const Stage stage{"stage4", 4};
  auto gateway = stage.start({"--upstream", at(upstream.port()), "--workers", "1",
                              "--request-timeout", "6s", "--read-timeout", "3s"});
  RespClient first(gateway.port());
  RespClient second(gateway.port());
  EXPECT_EQ(first.command({"GET", "early"}).text, "early");
  first.send({"GET", "late"});
  RespClient unfinished(gateway.port());
  unfinished.send_raw("*1\r\n");
  unfinished.read_until_closed();  // by --read-timeout: the neighbour's deadline is so much later
  second.send({"GET", "neighbour"});
  EXPECT_EQ(first.read_reply().text, "ERR upstream did not reply within --request-timeout");
  EXPECT_TRUE(silent(second));
  released = true;
  EXPECT_EQ(second.read_reply().text, "neighbour");
  EXPECT_EQ(first.command({"GET", "next"}).text, "next");
  EXPECT_EQ(second.command({"GET", "next"}).text, "next");
  EXPECT_EQ(counters(gateway)["upstream_dials"], 2u) << "the first was retired";
}

}  // namespace
}  // namespace stagecoach::testing
