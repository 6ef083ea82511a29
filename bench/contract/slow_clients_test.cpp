#include <sys/socket.h>

#include "bench/contract/stage.hpp"

namespace stagecoach::testing {
namespace {

/// Each kind of slowness has its own deadline and its own counter.
class SlowClients : public StageTest {
 protected:
  /// Repeats `drip` until the connection ends; false if it never does.
  static bool ends(RespClient& client, std::string_view drip) {
    return poll_until([&] {
      if (client.closed_by_peer(5ms)) {
        return true;
      }
      client.send_raw(drip);
      return false;
    });
  }

  /// How many connections each deadline ended, once `count` have ended.
  static Counters timeouts(const ServerProcess& gateway, std::uint64_t count) {
    Counters now;
    poll_until([&] {
      try {
        now = counters(gateway);
        return now["timeouts_idle"] + now["timeouts_read"] + now["timeouts_write"] >= count;
      } catch (const std::runtime_error&) {
        return false;  // its patience ended before it saw the client that asks
      }
    });
    return {{"idle", now["timeouts_idle"]},
            {"read", now["timeouts_read"]},
            {"write", now["timeouts_write"]}};
  }

  /// Stages 1 and 2 have one deadline for both: their clients come to ask at once.
  Options idle_timeout(const std::string& timeout) const {
    return {stage().keeps_clients() ? "--idle-timeout" : "--read-timeout", timeout};
  }

  static Counters only(const std::string& name, std::uint64_t count) {
    Counters all{{"idle", 0}, {"read", 0}, {"write", 0}};
    all[name] = count;
    return all;
  }
};

TEST_P(SlowClients, HalfARequestEndsByTheReadTimeoutHoweverItDrips) {
  auto gateway = stage().start({"--read-timeout", "1s"});
  for (auto drip : {"", "x"}) {
    RespClient client(gateway.port());
    client.send_raw("*2\r\n$3\r\nGET\r\n$100000\r\n");
    EXPECT_TRUE(ends(client, drip)) << drip;
    EXPECT_EQ(client.read_until_closed(), "");
  }
  EXPECT_EQ(timeouts(gateway, 2), only("read", 2));
}

TEST_P(SlowClients, WhoAsksNothingEndsByTheIdleTimeout) {
  auto gateway = stage().start(idle_timeout("1s"));
  RespClient client(gateway.port());
  EXPECT_EQ(client.read_until_closed(), "");
  EXPECT_EQ(timeouts(gateway, 1), only("idle", 1));
}

TEST_P(SlowClients, BlankLinesDoNotBuyTime) {
  auto gateway = stage().start(idle_timeout("1s"));
  RespClient client(gateway.port());
  EXPECT_TRUE(ends(client, "\r\n"));
  EXPECT_EQ(client.read_until_closed(), "");
  EXPECT_EQ(timeouts(gateway, 1), only("idle", 1));
}

TEST_P(SlowClients, WhoTakesNoneOfItsReplyEndsByTheWriteTimeout) {
  auto gateway = stage().start({"--write-timeout", "50ms", "--request-timeout", "1min"});
  const std::string value(8 << 20, 'v');
  ReusingClient writer(stage(), gateway);
  ASSERT_EQ(writer.command({"SET", "large", value}).text, "OK");
  RespClient client(gateway.port());
  const int small = 4096;
  ASSERT_EQ(::setsockopt(client.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
  client.send({"GET", "large"});
  EXPECT_EQ(timeouts(gateway, 1), only("write", 1));
  EXPECT_EQ(writer.command({"PING"}).text, "PONG");
}

INSTANTIATE_TEST_SUITE_P(Contract, SlowClients, ::testing::ValuesIn(all_stages()), stage_name);

class KeptSlowClients : public SlowClients {};

TEST_P(KeptSlowClients, EndByTheIdleTimeoutAfterAReplyToo) {
  auto gateway = stage().start({"--idle-timeout", "1s"});
  RespClient client(gateway.port());
  client.send({"PING"});
  EXPECT_EQ(client.read_until_closed(), "+PONG\r\n");
  EXPECT_EQ(timeouts(gateway, 1), only("idle", 1));
}

TEST_P(KeptSlowClients, EndWhileTheActiveOneBesideThemGoesOn) {
  auto gateway = stage().start({"--idle-timeout", "5s"});
  RespClient active(gateway.port());
  RespClient idle(gateway.port());
  EXPECT_TRUE(poll_until([&] {
    EXPECT_EQ(active.command({"PING"}).text, "PONG");
    return idle.closed_by_peer(0ms);
  }));
  EXPECT_EQ(active.command({"PING"}).text, "PONG");
  EXPECT_EQ(info(active)["timeouts_idle"], 1u);
}

INSTANTIATE_TEST_SUITE_P(Contract, KeptSlowClients, ::testing::ValuesIn(stages_that_keep_clients()),
                         stage_name);

}  // namespace
}  // namespace stagecoach::testing
