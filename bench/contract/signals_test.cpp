#include <csignal>

#include "bench/contract/stage.hpp"

namespace stagecoach::testing {
namespace {

class Signals : public StageTest {
 protected:
  /// Starts the stage on `port` through `launcher`, which executes its arguments.
  std::unique_ptr<ChildProcess> start_by(Options launcher, std::uint16_t port) const {
    launcher.insert(launcher.end(), {stage().executable(), "--listen", at(port)});
    auto gateway = std::make_unique<ChildProcess>(launcher);
    EXPECT_TRUE(poll_until([&] { return !refuses_connections(port); })) << gateway->errors();
    return gateway;
  }
};

TEST_P(Signals, EachSignalEndsItAndTheOriginInside) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    auto gateway = stage().start();
    RespClient client(gateway.port());
    const auto origin = static_cast<std::uint16_t>(info(client, "server").at("tcp_port"));
    EXPECT_FALSE(refuses_connections(origin));
    gateway.process().signal(signal);
    const auto status = gateway.process().wait(longest_wait);
    ASSERT_TRUE(status);
    EXPECT_EQ(status->code, 0);
    EXPECT_TRUE(client.closed_by_peer(longest_wait));
    EXPECT_TRUE(poll_until([&] { return refuses_connections(origin); }));
  }
}

TEST_P(Signals, OriginInsideDiesWithItsStage) {
  auto gateway = stage().start();
  RespClient client(gateway.port());
  const auto origin = static_cast<std::uint16_t>(info(client, "server").at("tcp_port"));
  gateway.process().signal(SIGKILL);
  EXPECT_TRUE(poll_until([&] { return refuses_connections(origin); }));
}

TEST_P(Signals, EndItEachTime) {
  const int cycles = sanitized ? 30 : 100;  // with a sanitizer each takes a second
  for (int cycle = 0; cycle < cycles; ++cycle) {
    auto gateway = stage().start();
    RespClient client(gateway.port());
    ASSERT_EQ(client.command({"SET", "key", "value"}).text, "OK");
    ASSERT_EQ(gateway.stop(), 0) << "in cycle " << cycle;
    ASSERT_EQ(client.read_until_closed(), "");
  }
}

TEST_P(Signals, AHangupThatWasIgnoredAtTheStartStaysIgnored) {
  const ReservedPort port;
  const auto gateway = start_by({"nohup"}, port.port());
  gateway->signal(SIGHUP);
  EXPECT_EQ(RespClient(port.port()).command({"PING"}).text, "PONG");
  gateway->signal(SIGTERM);
  const auto status = gateway->wait(longest_wait);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->code, 0);
}

/// As in `stage 2>&1 | head -1`: the reader of its output is gone, and it has something to log.
TEST_P(Signals, ABrokenPipeEndsNothing) {
  const ReservedPort port;
  const ReservedPort no_upstream;
  const std::string script =
      "exec > >(:) 2>&1; wait $!; exec \"$@\" --log-level debug --upstream " +
      at(no_upstream.port());
  const auto gateway = start_by({"bash", "-c", script, "bash"}, port.port());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(RespClient(port.port()).command({"GET", "key"}).text,
              "ERR upstream cannot be reached");
  }
  gateway->signal(SIGTERM);
  const auto status = gateway->wait(longest_wait);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->code, 0);
}

INSTANTIATE_TEST_SUITE_P(Contract, Signals, ::testing::ValuesIn(all_stages()), stage_name);

}  // namespace
}  // namespace stagecoach::testing
