#include <deque>
#include <thread>

#include "bench/contract/stage.hpp"
#include "common/resp/encode.hpp"

namespace stagecoach::testing {
namespace {

class Ledger : public StageTest {};

/// What the ledger predicts for a client that reuses its connection.
TEST_P(Ledger, ThousandRequestsOneAfterAnother) {
  struct Row {
    std::uint64_t accepts;
    std::uint64_t threads;
    std::uint64_t dials;
    std::uint64_t observer_threads;
  };
  constexpr Row rows[] = {{1000, 1000, 1000, 1}, {1000, 1000, 1, 1}, {1, 1, 1, 1}, {1, 0, 1, 0}};
  const Row& expected = rows[stage().number - 1];

  auto gateway = stage().start();
  auto before = counters(gateway);
  ReusingClient client(stage(), gateway);
  for (std::int64_t i = 1; i <= 1000; ++i) {
    ASSERT_EQ(client.command({"INCR", "n"}).integer, i);
  }
  auto after = counters(gateway);

  const auto counted = [&](const std::string& name) { return after.at(name) - before.at(name); };
  EXPECT_EQ(counted("connections_accepted"), expected.accepts + 1)
      << "1: the client that asks for the counters";
  EXPECT_EQ(counted("threads_started"), expected.threads + expected.observer_threads);
  EXPECT_EQ(counted("upstream_dials"), expected.dials);
  EXPECT_EQ(counted("upstream_writes"), 1000u);
  EXPECT_EQ(counted("requests"), 1001u);
  if (stage().number == 4) {
    EXPECT_EQ(after["threads_started"], 2u) << "the workers";
  }
}

TEST_P(Ledger, WhoAsksIsCounted) {
  auto gateway = stage().start();
  for (std::uint64_t asked = 1; asked <= 200; ++asked) {
    auto now = counters(gateway);
    ASSERT_EQ(now["connections_accepted"], asked);
    ASSERT_EQ(now["threads_started"], stage().number == 4 ? 2 : asked);
    ASSERT_GE(now["connections_open"], 1u);
  }
}

/// At rest after clients of every kind, well-behaved and not.
TEST_P(Ledger, NothingIsLostInTheBooks) {
  auto gateway = stage().start();
  const auto behave = [&](int index) {
    const std::string key = std::to_string(index);
    ReusingClient client(stage(), gateway);
    for (int round = 0; round < 20; ++round) {
      EXPECT_EQ(client.command({"SET", key, "value"}).text, "OK");
      EXPECT_EQ(client.command({"GET", key}).text, "value");
      EXPECT_EQ(client.command({"PING"}).text, "PONG");
      EXPECT_EQ(client.command({"RESET"}).type, Reply::Type::error);
      EXPECT_EQ(client.command({"FOO"}).type, Reply::Type::error);
    }
  };
  const auto misbehave = [&] {
    for (int round = 0; round < 10; ++round) {
      RespClient(gateway.port()).send_raw("*2\r\n$3\r\nGET\r\n$1");
      RespClient(gateway.port()).send({"GET", "reply nobody waits for"});
      RespClient malformed(gateway.port());
      malformed.send_raw("*x\r\n");
      malformed.read_until_closed();
    }
  };
  std::deque<std::thread> threads;
  for (int index = 0; index < 6; ++index) {
    threads.emplace_back(behave, index);
  }
  threads.emplace_back(misbehave);
  for (auto& thread : threads) {
    thread.join();
  }
  expect_conservation_laws(gateway);
  EXPECT_EQ(gateway.stop(), 0);
}

INSTANTIATE_TEST_SUITE_P(Contract, Ledger, ::testing::ValuesIn(all_stages()), stage_name);

class PoolLedger : public StageTest {};

/// The idea of the pool, taken out again.
TEST_P(PoolLedger, WithoutIdleConnectionsEachRequestDials) {
  auto gateway = stage().start({"--pool-max-idle", "0"});
  ReusingClient client(stage(), gateway);
  for (std::int64_t i = 1; i <= 50; ++i) {
    ASSERT_EQ(client.command({"INCR", "n"}).integer, i);
  }
  EXPECT_EQ(counters(gateway)["upstream_dials"], 50u);
}

INSTANTIATE_TEST_SUITE_P(Contract, PoolLedger, ::testing::ValuesIn(stages_with_a_pool()),
                         stage_name);

TEST(PipelineLedger, RequestsThatArriveTogetherLeaveTogether) {
  const Stage stage{"stage4", 4};
  auto gateway = stage.start();
  RespClient client(gateway.port());
  auto writes_before = info(client).at("upstream_writes");
  auto reads_before = info(client, "stats").at("total_reads");
  std::string requests;
  for (int i = 0; i < 50; ++i) {
    requests += resp::request({"INCR", "n"});
  }
  client.send_raw(requests);
  for (std::int64_t i = 1; i <= 50; ++i) {
    ASSERT_EQ(client.read_reply().integer, i);
  }
  // Each counts one more: INFO stats, which went upstream, too.
  EXPECT_LT(info(client).at("upstream_writes") - writes_before - 1, 50u);
  EXPECT_LT(info(client, "stats").at("total_reads") - reads_before - 1, 50u);
}

}  // namespace
}  // namespace stagecoach::testing
