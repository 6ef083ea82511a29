#include <atomic>
#include <deque>
#include <iostream>
#include <random>

#include "bench/contract/randomised.hpp"
#include "bench/contract/stage.hpp"
#include "common/resp/encode.hpp"
#include "common/testing/misbehaving_upstream.hpp"

namespace stagecoach::testing {
namespace {

/// Long enough for a sanitizer's build under load: if all requests time out, nothing is learnt.
constexpr auto patience = 200ms;
constexpr std::size_t clients = 16;

class Crossover : public StageTest {
 protected:
  /// Whether several clients share an upstream connection. Then one fault hits many requests, and a
  /// second complete reply looks like the reply to the next one.
  bool shares_connections() const { return stage().name == "stage4"; }

  /// Sends batches until it has made `exchanges`. Each request holds its client and a number of its
  /// own; so does its reply.
  void exchange(std::uint16_t port, std::size_t client, std::size_t exchanges, unsigned seed) {
    std::mt19937 random(seed);
    std::optional<RespClient> connection;
    for (std::size_t made = 0; made < exchanges;) {
      const std::size_t size = random() % 2 == 0 ? 1 : 2 + random() % 20;
      std::vector<std::string> words;
      std::string requests;
      for (std::size_t i = 0; i < size; ++i) {
        words.push_back("client " + std::to_string(client) + ": " + std::to_string(made + i));
        requests += resp::request({command(random() % 100), words.back()});
      }
      made += size;
      if (!connection) connection.emplace(port);
      connection->send_raw(requests);
      if (random() % 50 == 0) {
        connection.reset();  // nobody reads the replies, and nobody else may get them
        continue;
      }
      for (const auto& word : words) {
        check(connection->read_reply(), word);
      }
      if (!stage().keeps_clients()) {
        EXPECT_EQ(connection->read_until_closed(), "");
        connection.reset();
      }
    }
  }

  static std::string_view command(std::size_t percent) {
    if (percent < 60) return "GET";
    if (percent < 94) return "SET";
    return percent < 97 ? "ECHO" : "TWICE";
  }

  void check(const Reply& reply, const std::string& word) {
    if (reply.text == word) {
      ++answered_;
    } else if (reply.type == Reply::Type::error && reply.text.starts_with("ERR upstream")) {
      ++failed_;
    } else {
      ADD_FAILURE() << word << " got: " << reply.raw;
    }
  }

  std::atomic<std::size_t> answered_ = 0;
  std::atomic<std::size_t> failed_ = 0;
};

TEST_P(Crossover, NoReplyReachesAnotherClient) {
  const auto seed = random_seed();
  MisbehavingUpstream upstream({.seed = seed,
                                .one_in = shares_connections() ? 50u : 10u,
                                .patience = patience,
                                .extra_replies = !shares_connections()});
  auto gateway = stage().start({"--upstream", at(upstream.port()), "--request-timeout",
                                std::to_string(patience.count()) + "ms"});
  std::deque<std::thread> threads;
  for (std::size_t client = 0; client < clients; ++client) {
    threads.emplace_back([&, client] {
      exchange(gateway.port(), client, random_exchanges() / clients,
               seed + static_cast<unsigned>(client));
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  std::cout << answered_ << " answered, " << failed_ << " failed" << std::endl;
  EXPECT_GT(answered_, 100u) << "too little was answered to show anything";
  EXPECT_EQ(upstream.repeated_writes(), 0u);
  for (auto fault = Fault::late; fault != Fault::none;
       fault = static_cast<Fault>(static_cast<int>(fault) + 1)) {
    EXPECT_GT(upstream.committed(fault), 0u) << static_cast<int>(fault);
  }

  upstream.behave();
  ReusingClient client(stage(), gateway);
  const auto serves = [&] { return client.command({"GET", "key"}).text == "key"; };
  EXPECT_TRUE(poll_until(serves));
  client.close();
  expect_conservation_laws(gateway);
  EXPECT_EQ(gateway.stop(), 0);
}

INSTANTIATE_TEST_SUITE_P(Contract, Crossover,
                         ::testing::Values(Stage{"stage1", 1}, Stage{"stage2", 2},
                                           Stage{"stage3", 3}, Stage{"stage4", 4},
                                           Stage{"stage4_depth1", 4, {"--pipeline-depth", "1"}}),
                         stage_name);

class SecondReplies : public StageTest {};

/// The second reply to an unknown command comes after the first was delivered, when a request of
/// another client may be on its way.
TEST_P(SecondReplies, ToAnUnknownCommandReachNobodyHoweverLate) {
  std::atomic<bool> late = false;
  ScriptedUpstream upstream([&](ScriptedConnection& connection) {
    while (const auto request = connection.read_request()) {
      connection.write("+" + request->at(1) + "\r\n");
      if (request->at(0) == "TWICE") {
        poll_until([&] { return late.load(); });
        connection.write("+second\r\n");
      }
    }
  });
  auto gateway = stage().start({"--upstream", at(upstream.port()), "--request-timeout", "5s"});
  ReusingClient unknown(stage(), gateway);
  ReusingClient other(stage(), gateway);
  for (int i = 0; i < 10; ++i) {
    late = false;
    const auto key = std::to_string(i);
    EXPECT_EQ(unknown.command({"TWICE", key}).text, key);
    late = true;
    EXPECT_EQ(other.command({"SET", key}).text, key);
  }
  EXPECT_EQ(counters(gateway)["retries"], 0u);
}

INSTANTIATE_TEST_SUITE_P(Contract, SecondReplies, ::testing::ValuesIn(all_stages()), stage_name);

}  // namespace
}  // namespace stagecoach::testing
