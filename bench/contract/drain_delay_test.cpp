#include <csignal>

#include "bench/contract/stage.hpp"

namespace stagecoach::testing {
namespace {

constexpr auto goodbye = "ERR gateway is shutting down";

class DrainDelay : public StageTest {
 protected:
  /// What the check of a load balancer gets: it connects anew each time.
  static std::string check(const ServerProcess& gateway) {
    return RespClient(gateway.port()).command({"PING"}).text;
  }
};

TEST_P(DrainDelay, OnlyChecksHearOfItUntilItIsOver) {
  auto gateway = stage().start({"--drain-delay", "1min"});
  RespClient there_before(gateway.port());
  EXPECT_EQ(there_before.command({"PING"}).text, "PONG");

  gateway.process().signal(SIGTERM);
  ASSERT_TRUE(poll_until([&] { return check(gateway) == goodbye; }));
  EXPECT_EQ(RespClient(gateway.port()).command({"SET", "key", "value"}).text, "OK");
  EXPECT_EQ(RespClient(gateway.port()).command({"GET", "key"}).text, "value");
  if (stage().keeps_clients()) {
    EXPECT_EQ(there_before.command({"PING"}).text, "PONG");
    EXPECT_EQ(there_before.command({"GET", "key"}).text, "value");
  }

  gateway.process().signal(SIGTERM);
  const auto status = gateway.process().wait(longest_wait);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->code, 1) << "a second signal ends it at once";
}

TEST_P(DrainDelay, ThenItDrains) {
  auto gateway = stage().start({"--drain-delay", "5s"});
  RespClient idle(gateway.port());
  ASSERT_TRUE(poll_until([&] { return counters(gateway)["connections_accepted"] >= 2; }));
  gateway.process().signal(SIGTERM);
  EXPECT_TRUE(poll_until([&] { return check(gateway) == goodbye; })) << "not at once";
  const auto status = gateway.process().wait(longest_wait);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->code, 0);
  EXPECT_EQ(idle.read_until_closed(), "");
  EXPECT_TRUE(refuses_connections(gateway.port()));
}

INSTANTIATE_TEST_SUITE_P(Contract, DrainDelay, ::testing::ValuesIn(all_stages()), stage_name);

}  // namespace
}  // namespace stagecoach::testing
