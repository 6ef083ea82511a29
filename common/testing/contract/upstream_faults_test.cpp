#include <atomic>
#include <deque>
#include <thread>

#include "common/resp/encode.hpp"
#include "common/testing/contract/stage.hpp"

namespace stagecoach::testing {
namespace {

using Request = std::vector<std::string>;

class UpstreamFaults : public StageTest {
 protected:
  ServerProcess start(const ScriptedUpstream& upstream, const Options& more = {}) const {
    Options options{"--upstream", at(upstream.port())};
    options.insert(options.end(), more.begin(), more.end());
    return stage().start(options);
  }
};

/// The well-behaved part of the scripts: each request is answered by its own second word.
void answer(ScriptedConnection& connection, const Request& request) {
  std::string reply;
  resp::append_bulk(reply, request.at(1));
  connection.write(reply);
}

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

TEST_P(UpstreamFaults, RestartedWhileIdleIsNoErrorForReaders) {
  const ReservedPort port;
  auto origin = origin_at(port.port());
  auto gateway = stage().start({"--upstream", at(port.port())});
  ReusingClient client(stage(), gateway);
  for (int restart = 0; restart < 3; ++restart) {
    EXPECT_EQ(client.command({"GET", "key"}).type, Reply::Type::null);
    origin.reset();
    origin = origin_at(port.port());
  }
  EXPECT_EQ(client.command({"GET", "key"}).type, Reply::Type::null);
  EXPECT_EQ(counters(gateway)["upstream_dials"], 4u);
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
      // A write whose reply was lost may have happened, and a restart forgets all.
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

/// The connection dies under a request after it has served others: was it stale? GET may be sent
/// again to find out, INCR may not.
TEST_P(UpstreamFaults, IncrIsNeverExecutedTwice) {
  std::atomic<int> executed = 0;
  ScriptedUpstream upstream([&](ScriptedConnection& connection) {
    while (const auto request = connection.read_request()) {
      if (request->at(0) == "INCR") {
        ++executed;
        return;
      }
      answer(connection, *request);
    }
  });
  auto gateway = start(upstream);
  ReusingClient client(stage(), gateway);
  EXPECT_EQ(client.command({"GET", "key"}).text, "key");
  EXPECT_EQ(client.command({"INCR", "n"}).text,
            "ERR upstream closed the connection before its reply was complete");
  EXPECT_EQ(client.command({"GET", "key"}).text, "key");
  EXPECT_EQ(executed, 1);
  EXPECT_EQ(counters(gateway)["retries"], 0u);
}

TEST_P(UpstreamFaults, GetOnAReusedConnectionThatDiesIsSentAgain) {
  ScriptedUpstream upstream([](ScriptedConnection& connection) {
    const auto first = connection.read_request();
    if (first) {
      answer(connection, *first);
      connection.read_request();
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
  auto gateway = start(upstream, {"--request-timeout", "500ms"});
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

INSTANTIATE_TEST_SUITE_P(Contract, UpstreamFaults, ::testing::ValuesIn(all_stages()), stage_name);

/// A batch whose upstream connection dies after two replies.
class BatchFaults : public UpstreamFaults {
 protected:
  /// Sends a batch of five, whose first connection answers two; returns the replies.
  std::vector<std::string> replies_to(const std::string& command) const {
    std::atomic<int> answered = 0;
    ScriptedUpstream upstream([&](ScriptedConnection& connection) {
      while (const auto request = connection.read_request()) {
        if (answered++ == 2) {
          return;
        }
        answer(connection, *request);
      }
    });
    auto gateway = start(upstream);
    RespClient client(gateway.port());
    std::string requests;
    for (auto key : {"0", "1", "2", "3", "4"}) {
      requests += resp::request({command, key});
    }
    client.send_raw(requests);
    std::vector<std::string> replies(5);
    for (auto& reply : replies) {
      reply = client.read_reply().text;
    }
    EXPECT_EQ(client.command({"GET", "kept"}).text, "kept");
    return replies;
  }
};

TEST_P(BatchFaults, ReadsAreSentAgain) {
  EXPECT_EQ(replies_to("GET"), (Request{"0", "1", "2", "3", "4"}));
}

/// Stage 3 loses one request, stage 4 all that were in flight; neither executes one twice.
TEST_P(BatchFaults, WritesFailAndKeepTheirPlaces) {
  const std::string closed = "ERR upstream closed the connection before its reply was complete";
  const bool pipelined = stage().number == 4;
  EXPECT_EQ(replies_to("INCR"),
            (Request{"0", "1", closed, pipelined ? closed : "3", pipelined ? closed : "4"}));
}

INSTANTIATE_TEST_SUITE_P(Contract, BatchFaults, ::testing::ValuesIn(stages_that_keep_clients()),
                         stage_name);

/// Two clients share an upstream connection, and the first one's request takes too long: the other
/// gets its own reply all the same.
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
  auto gateway =
      stage.start({"--upstream", at(upstream.port()), "--workers", "1", "--request-timeout", "3s"});
  RespClient first(gateway.port());
  RespClient second(gateway.port());
  EXPECT_EQ(first.command({"GET", "early"}).text, "early");
  first.send({"GET", "late"});
  std::this_thread::sleep_for(1500ms);  // So much later is the neighbour's deadline.
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
