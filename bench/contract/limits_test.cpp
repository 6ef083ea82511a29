#include "bench/contract/stage.hpp"

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

}  // namespace
}  // namespace stagecoach::testing
