#include <atomic>
#include <deque>
#include <optional>
#include <regex>
#include <system_error>

#include "bench/contract/stage.hpp"
#include "common/testing/network_namespace.hpp"

namespace stagecoach::testing {
namespace {

/// The gateways are in a network with the test, so counters() reaches them whatever happens to the
/// cable. Their clients are in another network, at the other end of it.
class DeadPeers : public StageTest {
 protected:
  static constexpr std::uint64_t peers = 8;

  void SetUp() override {
    try {
      networks_.emplace();
    } catch (const std::system_error& error) {
      GTEST_SKIP() << "network namespaces are not permitted here: " << error.what();
    }
    inside_.emplace(networks_->left());
  }

  ServerProcess start(const Options& more) const {
    Options options{"--listen", "0.0.0.0:0", "--public"};
    options.insert(options.end(), more.begin(), more.end());
    return stage().start(options);
  }

  ServerProcess start_with_keepalive(Options more = {}) const {
    more.insert(more.end(), {"--read-timeout", "10min", "--keepalive-idle", "1s",
                             "--keepalive-interval", "1s", "--keepalive-count", "2"});
    return start(more);
  }

  ServerProcess start_without(Options more = {}) const {
    more.insert(more.end(),
                {"--read-timeout", "10min", "--keepalive", "off", "--idle-timeout", "0s"});
    return start(more);
  }

  RespClient connect(const ServerProcess& gateway) const {
    return RespClient(networks_->connect_from_right(gateway.port()));
  }

  std::deque<RespClient> connect_peers(const ServerProcess& gateway) const {
    std::deque<RespClient> clients;
    while (clients.size() < peers) {
      clients.push_back(connect(gateway));
    }
    EXPECT_TRUE(open_connections(gateway, peers));
    return clients;
  }

  /// Whether there are so many in the end, not counting the one that asks.
  static bool open_connections(const ServerProcess& gateway, std::uint64_t count) {
    return poll_until([&] { return counters(gateway)["connections_open"] == count + 1; });
  }

  std::optional<CabledNetworks> networks_;
  std::optional<NetworkNamespace::Inside> inside_;
};

class KeptDeadPeers : public DeadPeers {};

TEST_P(KeptDeadPeers, GiveBackThreadSocketAndMemoryUnlessKeepaliveIsOff) {
  auto gateway = start_with_keepalive();
  auto trusting = start_without();
  const auto threads = [](ServerProcess& server) { return server.process().status("Threads"); };
  const auto memory = [&] { return gateway.process().status("VmRSS"); };
  if (stage().number == 4) counters(gateway);  // this was served, so its workers have started
  const auto threads_before = threads(gateway);

  const auto idle = connect_peers(gateway);
  const auto trusted = connect_peers(trusting);
  RespClient large = connect(gateway);
  large.send_raw("*2\r\n$4\r\nECHO\r\n$60000000\r\n");
  const std::string megabyte(1'000'000, 'x');
  for (int i = 0; i < 40; ++i) {
    large.send_raw(megabyte);
  }
  EXPECT_TRUE(poll_until([&] { return memory() > 40'000; })) << "it did not arrive";
  const auto threads_of_peers = stage().number == 3 ? peers : 0;
  EXPECT_GE(threads(gateway), threads_before + threads_of_peers);

  networks_->cut();
  EXPECT_TRUE(open_connections(gateway, 0));
  EXPECT_TRUE(poll_until([&] { return threads(gateway) == threads_before; }));
  EXPECT_TRUE(sanitized || poll_until([&] { return memory() < 30'000; })) << memory();
  auto counted = counters(gateway);
  EXPECT_EQ(counted["timeouts_idle"] + counted["timeouts_read"], 0u) << "TCP ended them";

  EXPECT_EQ(counters(trusting)["connections_open"], peers + 1);
  EXPECT_GE(threads(trusting), threads_before + threads_of_peers);
  expect_conservation_laws(gateway);
  EXPECT_EQ(gateway.stop(), 0);
  EXPECT_EQ(trusting.stop(), 0);
}

/// While data is unacknowledged TCP sends no probes: TCP_USER_TIMEOUT ends the connection instead.
TEST_P(KeptDeadPeers, GiveBackWhatWaitsForTheirAcknowledgement) {
  std::atomic<bool> released = false;
  ScriptedUpstream upstream([&](ScriptedConnection& connection) {
    while (connection.read_request()) {
      poll_until([&] { return released.load(); });
      connection.write("+reply\r\n");
    }
  });
  const Options held{"--upstream", at(upstream.port()), "--request-timeout", "1min"};
  auto gateway = start_with_keepalive(held);
  auto trusting = start_without(held);
  auto clients = connect_peers(gateway);
  auto trusted = connect_peers(trusting);
  for (std::size_t i = 0; i < peers; ++i) {
    clients[i].send({"GET", "key"});
    trusted[i].send({"GET", "key"});
  }
  const auto all_wait = [&](const ServerProcess& server) {
    return poll_until([&] { return counters(server)["requests_in_flight"] >= peers; });
  };
  // Stage 3 has one in flight on each upstream connection, and one connection for each client.
  EXPECT_TRUE(all_wait(gateway) && all_wait(trusting));

  networks_->cut();
  released = true;
  EXPECT_TRUE(open_connections(gateway, 0));
  EXPECT_EQ(counters(gateway)["timeouts_write"], 0u) << "TCP ended them";
  EXPECT_EQ(counters(trusting)["connections_open"], peers + 1);
  EXPECT_EQ(gateway.stop(), 0);
  EXPECT_EQ(trusting.stop(), 0);
}

INSTANTIATE_TEST_SUITE_P(Contract, KeptDeadPeers, ::testing::ValuesIn(stages_that_keep_clients()),
                         stage_name);

class OneShotDeadPeers : public DeadPeers {};

/// If a connection carries only one request, the time limit of that request is enough.
TEST_P(OneShotDeadPeers, EndByTheReadTimeout) {
  auto gateway = start({"--read-timeout", "5s"});
  auto trusting = start({"--read-timeout", "10min"});
  const auto clients = connect_peers(gateway);
  const auto trusted = connect_peers(trusting);
  networks_->cut();
  EXPECT_TRUE(open_connections(gateway, 0));
  EXPECT_EQ(counters(gateway)["timeouts_idle"], peers);
  EXPECT_EQ(counters(trusting)["connections_open"], peers + 1);
}

INSTANTIATE_TEST_SUITE_P(Contract, OneShotDeadPeers,
                         ::testing::Values(Stage{"stage1", 1}, Stage{"stage2", 2}), stage_name);

class KeepaliveTimer : public StageTest {};

TEST_P(KeepaliveTimer, OfThreeMinutesRunsWhereClientsAreKept) {
  auto gateway = stage().start();
  const RespClient client(gateway.port());
  const auto shown = [&] {
    ChildProcess ss({"ss", "-tnoH", "state", "established", "sport", "=",
                     ":" + std::to_string(gateway.port())});
    EXPECT_TRUE(ss.wait(longest_wait)) << ss.errors();
    return ss.output();
  };
  ASSERT_TRUE(poll_until([&] { return shown().find("127.0.0.1") != std::string::npos; }));
  const std::regex timer(R"(timer:\(keepalive,(3min|2min[0-9]+sec),0\))");
  EXPECT_EQ(std::regex_search(shown(), timer), stage().keeps_clients()) << shown();
}

INSTANTIATE_TEST_SUITE_P(Contract, KeepaliveTimer, ::testing::ValuesIn(all_stages()), stage_name);

}  // namespace
}  // namespace stagecoach::testing
