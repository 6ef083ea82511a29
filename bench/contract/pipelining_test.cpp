#include <algorithm>
#include <random>
#include <set>
#include <system_error>

#include "bench/contract/randomised.hpp"
#include "bench/contract/stage.hpp"
#include "common/resp/encode.hpp"

namespace stagecoach::testing {
namespace {

class Pipelining : public StageTest {};

struct Step {
  std::string request;
  std::string reply;
};

/// Requests that are forwarded, answered by the gateway, refused by it, and unknown to it.
std::vector<Step> mixed_steps() {
  using resp::request;
  return {
      {request({"PING"}), "+PONG\r\n"},
      {request({"SET", "k", "v"}), "+OK\r\n"},
      {request({"RESET"}),
       "-ERR RESET is not supported by this gateway: it changes the state of a connection that is "
       "shared\r\n"},
      {request({"GET", "k"}), "$1\r\nv\r\n"},
      {request({"SET", "n", "41"}), "+OK\r\n"},
      {"incr n\r\n", ":42\r\n"},
      {request({"FOO", "a"}), "-ERR unknown command 'FOO', with args beginning with: 'a' \r\n"},
      {request({"MGET", "k", "none", "n"}), "*3\r\n$1\r\nv\r\n$-1\r\n$2\r\n42\r\n"},
      {request({"ECHO", "\r\n"}), "$2\r\n\r\n\r\n"},
      {request({"CONFIG", "SET", "a", "b"}),
       "-ERR CONFIG SET is not supported by this gateway: it administers the server behind it\r\n"},
      {request({"DEL", "k", "n"}), ":2\r\n"},
  };
}

std::string read_replies(RespClient& client, std::size_t count) {
  std::string replies;
  for (; count > 0; --count) {
    replies += client.read_reply().raw;
  }
  return replies;
}

TEST_P(Pipelining, RepliesKeepTheOrderWhereverTheRequestsAreSplit) {
  const auto steps = mixed_steps();
  std::string requests;
  std::string expected;
  for (const auto& [request, reply] : steps) {
    requests += request;
    expected += reply;
  }
  auto gateway = stage().start();
  RespClient client(gateway.port());
  for (std::size_t split = 0; split < requests.size(); ++split) {
    client.send_raw(requests.substr(0, split));
    client.send_raw(requests.substr(split));
    ASSERT_EQ(read_replies(client, steps.size()), expected) << "split at byte " << split;
  }
}

/// Any depth, cut anywhere.
TEST_P(Pipelining, RepliesKeepTheOrderAtAnyDepth) {
  const auto steps = mixed_steps();
  std::mt19937 random(random_seed());
  auto gateway = stage().start();
  RespClient client(gateway.port());
  for (int round = 0; round < 30; ++round) {
    const std::size_t depth = 1 + random() % 400;
    std::string requests;
    std::string expected;
    for (std::size_t i = 0; i < depth; ++i) {
      requests += steps[i % steps.size()].request;
      expected += steps[i % steps.size()].reply;
    }
    for (std::string_view rest = requests; !rest.empty();) {
      const std::size_t size = 1 + random() % 2000;
      client.send_raw(rest.substr(0, size));
      rest.remove_prefix(std::min(size, rest.size()));
    }
    // DEL ends the sequence, so each round starts with nothing stored.
    client.send_raw(resp::request({"DEL", "k", "n"}));
    ASSERT_EQ(read_replies(client, depth), expected) << "round " << round << ", depth " << depth;
    client.read_reply();
  }
}

TEST_P(Pipelining, FiveHundredRequestsInOneWrite) {
  auto gateway = stage().start();
  RespClient client(gateway.port());
  std::string requests;
  std::string expected;
  for (int i = 1; i <= 500; ++i) {
    const std::string number = std::to_string(i);
    const bool local = i % 10 == 0;
    requests += local ? resp::request({"ECHO", number}) : resp::request({"INCR", "n"});
    if (local) {
      resp::append_bulk(expected, number);
    } else {
      resp::append_integer(expected, i - i / 10);
    }
  }
  client.send_raw(requests);
  EXPECT_EQ(read_replies(client, 500), expected);
}

TEST_P(Pipelining, LargeRequestsAndRepliesAmongSmallOnes) {
  auto gateway = stage().start();
  RespClient client(gateway.port());
  const std::string value(1 << 20, 'v');
  client.send_raw("PING\r\n" + resp::request({"SET", "large", value}) + "SET small s\r\n");
  EXPECT_EQ(read_replies(client, 3), "+PONG\r\n+OK\r\n+OK\r\n");
  client.send_raw("GET small\r\nGET large\r\nPING\r\nGET large\r\nGET small\r\n");
  EXPECT_EQ(client.read_reply().text, "s");
  EXPECT_TRUE(client.read_reply().text == value);
  EXPECT_EQ(client.read_reply().text, "PONG");
  EXPECT_TRUE(client.read_reply().text == value);
  EXPECT_EQ(client.read_reply().text, "s");
}

TEST_P(Pipelining, LargeRepliesComeInTurnsAndInOrder) {
  auto gateway = stage().start();
  RespClient client(gateway.port());
  std::string requests;
  std::string expected;
  for (int i = 0; i < 40; ++i) {
    const std::string key = std::to_string(i);
    const std::string value = key + std::string(300'000, 'v');
    ASSERT_EQ(client.command({"SET", key, value}).text, "OK");
    requests += resp::request({"GET", key}) + resp::request({"ECHO", key});
    resp::append_bulk(expected, value);
    resp::append_bulk(expected, key);
  }
  client.send_raw(requests);
  EXPECT_TRUE(read_replies(client, 80) == expected);
}

TEST_P(Pipelining, ClientsGetTheirOwnReplies) {
  const std::size_t clients = stage().name == "stage4_literal" ? 2 : 8;
  auto gateway = stage().start();
  std::vector<RespClient> connections;
  std::vector<std::string> expected(clients);
  for (std::size_t i = 0; i < clients; ++i) {
    connections.emplace_back(gateway.port());
  }
  for (int round = 0; round < 20; ++round) {
    for (std::size_t i = 0; i < clients; ++i) {
      const std::string key = std::to_string(i);
      const std::string value = key + " in round " + std::to_string(round);
      std::string requests = resp::request({"SET", key, value});
      expected[i] = "+OK\r\n";
      for (int repeat = 0; repeat < 10; ++repeat) {
        requests += resp::request({"GET", key});
        resp::append_bulk(expected[i], value);
      }
      connections[i].send_raw(requests);
    }
    for (std::size_t i = 0; i < clients; ++i) {
      ASSERT_EQ(read_replies(connections[i], 11), expected[i]);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Contract, Pipelining,
                         ::testing::Values(Stage{"stage3", 3}, Stage{"stage4", 4},
                                           Stage{"stage4_depth1", 4, {"--pipeline-depth", "1"}},
                                           Stage{"stage4_literal", 4, {"--worker", "literal"}}),
                         stage_name);

/// A connection that serves one round answers the requests that arrived together, or the first of
/// them, and closes.
class OneRound : public StageTest {};

TEST_P(OneRound, EndsBehindWholeRepliesInOrder) {
  std::mt19937 random(random_seed());
  auto gateway = stage().start();
  for (int round = 0; round < 100; ++round) {
    const std::size_t depth = 1 + random() % 50;
    std::string requests;
    std::string expected;
    std::set<std::size_t> ends;
    for (std::size_t i = 0; i < depth; ++i) {
      const auto word = std::to_string(i);
      requests += resp::request({i % 3 == 0 ? "MGET" : "ECHO", word});
      if (i % 3 == 0) {
        expected += "*1\r\n$-1\r\n";
      } else {
        resp::append_bulk(expected, word);
      }
      ends.insert(expected.size());
    }
    RespClient client(gateway.port());
    const std::size_t first = 1 + random() % requests.size();
    client.send_raw(requests.substr(0, first));
    try {
      client.send_raw(requests.substr(first));
    } catch (const std::system_error&) {
      // It closed after what came first.
    }
    const auto replies = client.read_until_closed();
    ASSERT_TRUE(expected.starts_with(replies)) << replies;
    ASSERT_TRUE(ends.contains(replies.size())) << replies;
  }
}

INSTANTIATE_TEST_SUITE_P(Contract, OneRound,
                         ::testing::Values(Stage{"stage1", 1}, Stage{"stage2", 2}), stage_name);

}  // namespace
}  // namespace stagecoach::testing
