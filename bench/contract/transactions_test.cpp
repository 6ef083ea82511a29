#include <thread>

#include "bench/contract/stage.hpp"

namespace stagecoach::testing {
namespace {

/// Brackets: what opens them, what is inside, and what closes them. Runs in front of a real Redis,
/// and compares the answers with its own.
class Transactions : public StageTest {
 protected:
  /// The reply to `requests` on a connection of their own, until its end.
  static std::string replies(std::uint16_t port, std::string_view requests) {
    RespClient client(port);
    client.send_raw(requests);
    client.shutdown_write();
    return client.read_until_closed();
  }

  const ReservedPort port_;
  const std::unique_ptr<ChildProcess> redis_ = redis_at(port_.port());
  ServerProcess gateway_ = stage().start({"--upstream", at(port_.port())});
  RespClient direct_{port_.port()};
};

TEST_P(Transactions, AreExecutedWholeAndAnsweredAsByRedis) {
  for (const std::string transaction :
       {"MULTI\r\nSET a 1\r\nINCR a\r\nGET a\r\nEXEC\r\n", "MULTI\r\nEXEC\r\n",
        "MULTI\r\nSET a 1\r\nLPUSH a x\r\nGET a\r\nEXEC\r\n", "MULTI\r\nPING\r\nECHO x\r\nEXEC\r\n",
        "MULTI\r\nSET a 1\r\nDISCARD\r\n", "MULTI\r\nMULTI\r\nSET a 2\r\nEXEC\r\n",
        "MULTI\r\nEVAL \"return {1,{2,{3}}}\" 0\r\nEXEC\r\n", "EXEC\r\n", "DISCARD\r\n"}) {
    EXPECT_EQ(replies(gateway_.port(), transaction), replies(port_.port(), transaction))
        << transaction;
  }
  EXPECT_EQ(direct_.command({"GET", "a"}).text, "2");
}

TEST_P(Transactions, WithOneErrorAreNotExecuted) {
  for (const std::string wrong : {"GET", "NOSUCH x", "SUBSCRIBE c", "SELECT 5", "BLPOP l 0",
                                  "CLIENT ID", "CONFIG SET a b", "WATCH a", "AUTH x y z"}) {
    const auto got =
        replies(gateway_.port(), "MULTI\r\nINCR n\r\n" + wrong + "\r\nINCR n\r\nEXEC\r\n");
    EXPECT_TRUE(got.ends_with("-EXECABORT Transaction discarded because of previous errors.\r\n"))
        << wrong << ": " << got;
  }
  EXPECT_EQ(direct_.command({"EXISTS", "n"}).integer, 0);
}

TEST_P(Transactions, ThatWatchWasToGuardAreNotExecuted) {
  const auto got =
      replies(gateway_.port(), "WATCH n\r\nGET n\r\nMULTI\r\nINCR n\r\nEXEC\r\nGET n\r\n");
  EXPECT_TRUE(got.starts_with("-ERR WATCH")) << got;
  EXPECT_NE(got.find("-EXECABORT"), got.npos) << got;
  EXPECT_EQ(direct_.command({"EXISTS", "n"}).integer, 0);
}

TEST_P(Transactions, ThatEndWithTheirConnectionAreNotExecuted) {
  EXPECT_EQ(replies(gateway_.port(), "MULTI\r\nINCR n\r\n"), "+OK\r\n+QUEUED\r\n");
  EXPECT_EQ(direct_.command({"EXISTS", "n"}).integer, 0);
  EXPECT_EQ(counters(gateway_)["upstream_writes"], 0u);
}

TEST_P(Transactions, NothingBehindARefusedSelectIsExecuted) {
  const std::string bracket =
      "SELECT 5\r\nSET k v\r\nNOSUCH k\r\nMULTI\r\nINCR k\r\nEXEC\r\nSELECT 99999999999\r\n"
      "GET k\r\n";
  const auto got = replies(gateway_.port(), bracket);
  EXPECT_EQ(got.find("+OK\r\n"), got.rfind("+OK\r\n")) << got;  // MULTI's own
  EXPECT_EQ(direct_.command({"DBSIZE"}).integer, 0);
  EXPECT_EQ(counters(gateway_)["upstream_writes"], 0u);
  EXPECT_TRUE(replies(gateway_.port(), "SELECT 5\r\nSELECT 0\r\nSET k v\r\n").ends_with("+OK\r\n"));
}

TEST_P(Transactions, NothingBehindARefusedSubscribeIsExecuted) {
  for (const std::string subscribe : {"SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE"}) {
    replies(gateway_.port(), subscribe + " c\r\nSET k v\r\nINCR n\r\n");
  }
  EXPECT_EQ(direct_.command({"DBSIZE"}).integer, 0);
}

TEST_P(Transactions, WhatSilencesRepliesEndsTheConnection) {
  for (const std::string silence :
       {"CLIENT REPLY OFF", "CLIENT REPLY SKIP", "client reply skip", "SCRIPT DEBUG YES"}) {
    const auto got = replies(gateway_.port(), silence + "\r\nSET k v\r\nGET k\r\n");
    EXPECT_TRUE(got.starts_with("-ERR ")) << got;
    EXPECT_EQ(got.find("\r\n"), got.size() - 2) << got;
  }
  EXPECT_EQ(direct_.command({"DBSIZE"}).integer, 0);
}

TEST_P(Transactions, LoginsAndDatabasesThatFailAreAnsweredAsByRedis) {
  for (const std::string requests :
       {"AUTH default x\r\nGET k\r\n", "AUTH x\r\nGET k\r\n", "AUTH bob x\r\nGET k\r\n",
        "SELECT x\r\nGET k\r\n", "SELECT -1\r\nGET k\r\n", "SELECT\r\nGET k\r\n",
        "SELECT 00\r\nGET k\r\n", "SELECT 3000000000\r\nGET k\r\n",
        "CLIENT REPLY ON\r\nGET k\r\n"}) {
    EXPECT_EQ(replies(gateway_.port(), requests), replies(port_.port(), requests)) << requests;
  }
}

INSTANTIATE_TEST_SUITE_P(Contract, Transactions, ::testing::ValuesIn(all_stages()), stage_name);

/// The embedded origin knows them, too.
using EmbeddedTransactions = StageTest;

TEST_P(EmbeddedTransactions, AreExecutedWholeOrNotAtAll) {
  auto gateway = stage().start();
  const auto replies = [&](std::string_view requests) {
    RespClient client(gateway.port());
    client.send_raw(requests);
    client.shutdown_write();
    return client.read_until_closed();
  };
  EXPECT_EQ(replies("MULTI\r\nINCR n\r\nGET n\r\nEXEC\r\n"),
            "+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n$1\r\n1\r\n");
  EXPECT_TRUE(replies("MULTI\r\nINCR n\r\nNOSUCH\r\nEXEC\r\n").ends_with("previous errors.\r\n"));
  EXPECT_EQ(replies("GET n\r\n"), "$1\r\n1\r\n");
}

INSTANTIATE_TEST_SUITE_P(Contract, EmbeddedTransactions, ::testing::ValuesIn(all_stages()),
                         stage_name);

class KeptTransactions : public Transactions {};

/// In pieces, waiting for each reply, as interactive clients do.
TEST_P(KeptTransactions, MayWaitForEachReply) {
  RespClient client(gateway_.port());
  RespClient other(gateway_.port());
  EXPECT_EQ(client.command({"MULTI"}).text, "OK");
  EXPECT_EQ(client.command({"SET", "k", "1"}).text, "QUEUED");
  EXPECT_EQ(other.command({"SET", "k", "0"}).text, "OK");
  EXPECT_EQ(client.command({"INCR", "k"}).text, "QUEUED");
  EXPECT_EQ(other.command({"GET", "k"}).text, "0") << "nothing is executed yet";
  const Reply reply = client.command({"EXEC"});
  ASSERT_EQ(reply.elements.size(), 2u);
  EXPECT_EQ(reply.elements[1].integer, 2);
  EXPECT_EQ(client.command({"GET", "k"}).text, "2");
}

TEST_P(KeptTransactions, OfManyClientsDoNotMix) {
  constexpr int clients = 8;
  constexpr int rounds = 50;
  std::vector<std::thread> threads;
  for (int c = 0; c < clients; ++c) {
    threads.emplace_back([&, c] {
      RespClient client(gateway_.port());
      const std::string key = "k" + std::to_string(c);
      for (int i = 1; i <= rounds; ++i) {
        client.send_raw("MULTI\r\nINCR " + key + "\r\nINCR all\r\nGET " + key + "\r\nEXEC\r\nGET " +
                        key + "\r\n");
        for (int queued = 0; queued < 4; ++queued) client.read_reply();
        const Reply reply = client.read_reply();
        ASSERT_EQ(reply.elements.size(), 3u) << reply.raw;
        EXPECT_EQ(reply.elements[0].integer, i);
        EXPECT_EQ(reply.elements[2].text, std::to_string(i));
        EXPECT_EQ(client.read_reply().text, std::to_string(i));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(direct_.command({"GET", "all"}).text, std::to_string(clients * rounds));
  expect_conservation_laws(gateway_);
}

INSTANTIATE_TEST_SUITE_P(Contract, KeptTransactions,
                         ::testing::ValuesIn(stages_that_keep_clients()), stage_name);

}  // namespace
}  // namespace stagecoach::testing
