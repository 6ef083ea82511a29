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

TEST_P(ClientLimits, AClientThatTakesNoneOfItsReplyIsClosed) {
  auto gateway = stage().start({"--write-timeout", "50ms", "--request-timeout", "1min"});
  ReusingClient writer(stage(), gateway);
  ASSERT_EQ(writer.command({"SET", "large", std::string(16 << 20, 'v')}).text, "OK");
  RespClient client(gateway.port());
  client.send({"GET", "large"});
  EXPECT_TRUE(poll_until([&] { return counters(gateway)["timeouts_write"] == 1; }));
  EXPECT_LT(client.read_until_closed().size(), std::size_t{16} << 20);
  EXPECT_EQ(writer.command({"PING"}).text, "PONG");
}

/// What a client does without ever completing a request. It is closed without a byte.
class SlowClients : public StageTest {
 protected:
  /// Sends `drip` again and again until the connection ends; false where it never does.
  static bool ends(RespClient& client, std::string_view drip) {
    return poll_until([&] {
      if (client.closed_by_peer(5ms)) {
        return true;
      }
      client.send_raw(drip);
      return false;
    });
  }

  /// The counters of a gateway whose patience may end before it has seen who asks.
  static bool reach(const ServerProcess& gateway, const std::string& name, std::uint64_t value) {
    return poll_until([&] {
      try {
        return counters(gateway)[name] == value;
      } catch (const std::runtime_error&) {
        return false;
      }
    });
  }
};

TEST_P(SlowClients, HalfARequestEndsByTheReadTimeoutHoweverItDrips) {
  auto gateway = stage().start({"--read-timeout", "50ms"});
  for (auto drip : {"", "x"}) {
    RespClient client(gateway.port());
    client.send_raw("*2\r\n$3\r\nGET\r\n$100000\r\n");
    EXPECT_TRUE(ends(client, drip)) << drip;
    EXPECT_EQ(client.read_until_closed(), "");
  }
  EXPECT_TRUE(reach(gateway, "timeouts_read", 2));
}

TEST_P(SlowClients, BlankLinesDoNotBuyTime) {
  const bool keeps = stage().keeps_clients();
  auto gateway = stage().start({keeps ? "--idle-timeout" : "--read-timeout", "50ms"});
  RespClient client(gateway.port());
  EXPECT_TRUE(ends(client, "\r\n"));
  EXPECT_EQ(client.read_until_closed(), "");
  EXPECT_TRUE(reach(gateway, "timeouts_idle", 1));
}

INSTANTIATE_TEST_SUITE_P(Contract, ClientLimits, ::testing::ValuesIn(all_stages()), stage_name);
INSTANTIATE_TEST_SUITE_P(Contract, SlowClients, ::testing::ValuesIn(all_stages()), stage_name);

class KeptClients : public SlowClients {};

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

TEST_P(KeptClients, EndSilentlyByTheIdleTimeout) {
  auto gateway = stage().start({"--idle-timeout", "50ms"});
  RespClient client(gateway.port());
  client.send({"PING"});
  EXPECT_EQ(client.read_until_closed(), "+PONG\r\n");
  EXPECT_TRUE(reach(gateway, "timeouts_idle", 1));
}

INSTANTIATE_TEST_SUITE_P(Contract, KeptClients, ::testing::ValuesIn(stages_that_keep_clients()),
                         stage_name);

}  // namespace
}  // namespace stagecoach::testing
