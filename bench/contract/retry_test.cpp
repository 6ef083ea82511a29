#include <atomic>

#include "bench/contract/upstream_fault.hpp"

namespace stagecoach::testing {
namespace {

constexpr auto closed = "ERR upstream closed the connection before its reply was complete";

class Retry : public UpstreamFaultTest {};

/// A pooled connection whose upstream is gone carries neither a read nor a write.
TEST_P(Retry, AnUpstreamRestartedWhileIdleIsNoErrorForAnybody) {
  const ReservedPort port;
  auto origin = origin_at(port.port());
  auto gateway = stage().start({"--upstream", at(port.port())});
  ReusingClient client(stage(), gateway);
  for (int restart = 0; restart < 3; ++restart) {
    EXPECT_EQ(client.command({"GET", "key"}).type, Reply::Type::null);
    origin.reset();
    origin = origin_at(port.port());
    EXPECT_EQ(client.command({"INCR", "n"}).integer, 1);
    origin.reset();
    origin = origin_at(port.port());
  }
  EXPECT_EQ(client.command({"GET", "key"}).type, Reply::Type::null);
  EXPECT_EQ(counters(gateway)["upstream_dials"], 7u);
}

/// The connection dies under a request, after it has served others: was it stale? GET may be sent
/// again to find out; INCR may not.
TEST_P(Retry, IncrIsNeverExecutedTwice) {
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
  EXPECT_EQ(client.command({"INCR", "n"}).text, closed);
  EXPECT_EQ(client.command({"GET", "key"}).text, "key");
  EXPECT_EQ(executed, 1);
  EXPECT_EQ(counters(gateway)["retries"], 0u);
}

TEST_P(Retry, GetOnAReusedConnectionThatDiesIsSentAgain) {
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

/// The upstream executes a GET and, if both are under way, the SET behind it; then their replies
/// are lost. If it were sent again, the GET would see what the SET wrote.
TEST_P(Retry, AGetNeverSeesTheSetBehindIt) {
  const bool pipelined = stage().number == 4;
  std::atomic<bool> lost = false;
  std::atomic<int> value = 1;
  ScriptedUpstream upstream([&](ScriptedConnection& connection) {
    while (const auto request = connection.read_request()) {
      if (request->at(0) == "SET") {
        value = 2;
      }
      if (request->at(1) == "a" && !lost.exchange(true)) {
        value = pipelined && connection.read_request() ? 2 : 1;
        return;
      }
      answer(connection, {"", std::to_string(value)});
    }
  });
  auto gateway = start(upstream);
  ReusingClient other(stage(), gateway);
  EXPECT_EQ(other.command({"GET", "b"}).text, "1");
  RespClient client(gateway.port());
  client.send_raw("GET a\r\nSET a 2\r\n");
  const bool leased_anew = stage().number == 2 || stage().number == 3;
  EXPECT_EQ(client.read_reply().text, leased_anew ? "1" : closed);
}

INSTANTIATE_TEST_SUITE_P(Contract, Retry, ::testing::ValuesIn(all_stages()), stage_name);

/// A batch whose upstream connection dies after two replies.
class BatchRetry : public UpstreamFaultTest {
 protected:
  /// Sends a batch of five; the first connection answers two. Returns the replies.
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

TEST_P(BatchRetry, ReadsAreSentAgain) {
  EXPECT_EQ(replies_to("GET"), (Request{"0", "1", "2", "3", "4"}));
}

/// Stage 3 loses one request, stage 4 all that were in flight; neither executes one twice.
TEST_P(BatchRetry, WritesFailAndKeepTheirPlaces) {
  const bool pipelined = stage().number == 4;
  EXPECT_EQ(replies_to("INCR"),
            (Request{"0", "1", closed, pipelined ? closed : "3", pipelined ? closed : "4"}));
}

INSTANTIATE_TEST_SUITE_P(Contract, BatchRetry, ::testing::ValuesIn(stages_that_keep_clients()),
                         stage_name);

}  // namespace
}  // namespace stagecoach::testing
