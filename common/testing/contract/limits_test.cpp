#include <atomic>
#include <deque>

#include "common/testing/contract/stage.hpp"

namespace stagecoach::testing {
namespace {

class ClientLimits : public StageTest {};

TEST_P(ClientLimits, TheClientBeyondMaxClientsIsRefused) {
  auto gateway = stage().start({"--max-clients", "2"});
  {
    RespClient first(gateway.port());
    RespClient second(gateway.port());
    RespClient third(gateway.port());
    EXPECT_EQ(third.read_until_closed(), "-ERR max number of clients reached\r\n");
    EXPECT_EQ(info(first)["connections_refused"], 1u);
    EXPECT_EQ(second.command({"PING"}).text, "PONG");
  }
  const auto has_room = [&] { return RespClient(gateway.port()).command({"PING"}).text == "PONG"; };
  EXPECT_TRUE(poll_until(has_room));
  expect_conservation_laws(gateway);
  EXPECT_EQ(gateway.stop(), 0);
}

INSTANTIATE_TEST_SUITE_P(Contract, ClientLimits, ::testing::ValuesIn(all_stages()), stage_name);

class KeptClients : public StageTest {};

TEST_P(KeptClients, EndAfterMaxRequests) {
  auto gateway = stage().start({"--max-requests", "2"});
  RespClient pipelining(gateway.port());
  pipelining.send_raw("PING\r\nSET key value\r\nSET key more\r\n");
  EXPECT_EQ(pipelining.read_until_closed(), "+PONG\r\n+OK\r\n");

  RespClient client(gateway.port());
  EXPECT_EQ(client.command({"PING"}).text, "PONG");
  EXPECT_EQ(client.command({"GET", "key"}).text, "value");
  EXPECT_EQ(client.read_until_closed(), "");
  EXPECT_EQ(counters(gateway)["connections_accepted"], 3u);
}

INSTANTIATE_TEST_SUITE_P(Contract, KeptClients, ::testing::ValuesIn(stages_that_keep_clients()),
                         stage_name);

class PoolLimits : public StageTest {};

TEST_P(PoolLimits, TheUpstreamNeverSeesMoreThanMaxOpen) {
  auto origin = start_origin({"--delay", "5ms"});
  auto gateway = stage().start(
      {"--upstream", at(origin.port()), "--pool-max-open", "4", "--pool-wait-timeout", "10s"});
  for (int round = 0; round < 3; ++round) {
    std::deque<RespClient> clients;
    for (int i = 0; i < 40; ++i) {
      clients.emplace_back(gateway.port()).send({"GET", "key"});
    }
    for (auto& client : clients) {
      ASSERT_EQ(client.read_reply().raw, "$-1\r\n");
    }
  }
  RespClient direct(origin.port());
  const auto seen = info(direct, "clients")["total_connections_received"];
  EXPECT_EQ(seen - 2, counters(gateway)["upstream_dials"]) << "2: the look at start, and this one";
  EXPECT_LE(seen - 2, 4u);
  expect_conservation_laws(gateway);
  EXPECT_EQ(gateway.stop(), 0);
}

TEST_P(PoolLimits, WaitingForAConnectionIsBounded) {
  std::atomic<bool> stuck = false;
  ScriptedUpstream upstream([&](ScriptedConnection& connection) {
    while (connection.read_request()) {
      stuck = true;
    }
  });
  Options options{"--upstream", at(upstream.port()),   "--pool-max-open",
                  "1",          "--pool-wait-timeout", "50ms"};
  if (stage().number == 4) {
    options.insert(options.end(), {"--workers", "1"});
  }
  auto gateway = stage().start(options);
  RespClient first(gateway.port());
  first.send({"GET", "key"});
  ASSERT_TRUE(poll_until([&] { return stuck.load(); }));

  ReusingClient second(stage(), gateway);
  EXPECT_EQ(second.command({"GET", "key"}).text,
            "ERR upstream connections are all in use: none came free within --pool-wait-timeout");
  EXPECT_EQ(second.command({"PING"}).text, "PONG");
  EXPECT_EQ(counters(gateway)["pool_timeouts"], 1u);
  EXPECT_TRUE(silent(first));
}

INSTANTIATE_TEST_SUITE_P(Contract, PoolLimits, ::testing::ValuesIn(stages_with_a_pool()),
                         stage_name);

}  // namespace
}  // namespace stagecoach::testing
