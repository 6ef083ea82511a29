#include <algorithm>
#include <atomic>
#include <deque>
#include <thread>

#include "bench/contract/named_upstream.hpp"

namespace stagecoach::testing {
namespace {

constexpr std::string_view read_only = "READONLY You can't write against a read only replica.";

class MovedUpstream : public NamedUpstream {
 protected:
  /// Whether the gateway says in the end that the name leads there.
  static bool finds_it(ServerProcess& gateway, const std::string& address) {
    return poll_until([&] {
      return gateway.process().errors().find("is now at " + address) != std::string::npos;
    });
  }
};

TEST_P(MovedUpstream, IsFoundAgainByItsName) {
  auto here = start_origin({"--listen", "127.0.0.1:7100"});
  auto gateway = start({"--upstream", "upstream.test:7100"});
  ReusingClient client(stage(), gateway);
  EXPECT_EQ(client.command({"SET", "key", "here"}).text, "OK");

  auto there = start_origin({"--listen", "127.0.0.2:7100"});
  name_at({"127.0.0.2"});
  EXPECT_EQ(here.stop(), 0);
  EXPECT_TRUE(poll_until([&] { return client.command({"SET", "key", "there"}).text == "OK"; }));
  EXPECT_EQ(client.command({"GET", "key"}).text, "there");
  EXPECT_TRUE(finds_it(gateway, "127.0.0.2:7100"));
}

TEST_P(MovedUpstream, IsFollowedThoughTheOldAddressStillAnswers) {
  const auto here = redis_at("127.0.0.1", 7100);
  const auto there = redis_at("127.0.0.2", 7100);
  client_of("127.0.0.1:7100").command({"SET", "key", "here"});
  client_of("127.0.0.2:7100").command({"SET", "key", "there"});
  auto gateway = start({"--upstream", "upstream.test:7100"});
  ReusingClient client(stage(), gateway);
  EXPECT_EQ(client.command({"GET", "key"}).text, "here");

  name_at({"127.0.0.2"});
  const auto arrived = [&] { return client.command({"GET", "key"}).text == "there"; };
  EXPECT_TRUE(poll_until(arrived));
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(client.command({"GET", "key"}).text, "there");
  }
  client.close();
  expect_conservation_laws(gateway);
  EXPECT_EQ(counters(gateway)["pool_evicted"], stage().number == 1 ? 0u : 1u);
}

TEST_P(MovedUpstream, FinishesWhatIsInFlightAtTheOldAddress) {
  std::atomic<bool> asked = false;
  std::atomic<bool> released = false;
  std::atomic<bool> ended = false;
  ScriptedUpstream here([&](ScriptedConnection& connection) {
    if (!connection.read_request()) return;  // the check at the start
    asked = true;
    poll_until([&] { return released.load(); });
    connection.write("+here\r\n");
    EXPECT_FALSE(connection.read_request()) << "it carries no more";
    ended = true;
  });
  const auto port = std::to_string(here.port());
  auto there = start_origin({"--listen", "127.0.0.2:" + port});
  auto gateway = start({"--upstream", "upstream.test:" + port, "--request-timeout", "1min"});
  RespClient slow(gateway.port());
  slow.send({"GET", "key"});
  ASSERT_TRUE(poll_until([&] { return asked.load(); }));

  name_at({"127.0.0.2"});
  ASSERT_TRUE(finds_it(gateway, "127.0.0.2:" + port));
  std::deque<ReusingClient> crowd;
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(crowd.emplace_back(stage(), gateway).command({"SET", "key", "there"}).text, "OK");
  }
  EXPECT_TRUE(silent(slow));
  released = true;
  EXPECT_EQ(slow.read_reply().text, "here");
  EXPECT_TRUE(poll_until([&] { return ended.load(); })) << "and is closed";
}

/// The old primary is a live replica now: it refuses the writes of clients that still use it.
TEST_P(MovedUpstream, FailsOverAlthoughTheOldPrimaryIsAlive) {
  const auto here = redis_at("127.0.0.1", 7100);
  const auto there = redis_at("127.0.0.2", 7100);
  auto gateway = start({"--upstream", "upstream.test:7100"});
  constexpr int clients = 8;
  std::atomic<int> served = 0;
  std::atomic<int> followed = 0;
  std::deque<std::thread> crowd;
  for (int i = 0; i < clients; ++i) {
    crowd.emplace_back([&, key = std::to_string(i)] {
      ReusingClient client(stage(), gateway);
      EXPECT_EQ(client.command({"SET", key, "here"}).text, "OK");
      ++served;
      const auto written_there = [&] {
        const auto reply = client.command({"SET", key, "there"}).text;
        EXPECT_TRUE(reply == "OK" || reply == read_only) << reply;
        return reply == "OK" && client_of("127.0.0.2:7100").command({"GET", key}).text == "there";
      };
      EXPECT_TRUE(poll_until(written_there));
      for (int again = 0; again < 20; ++again) {
        EXPECT_EQ(client.command({"SET", key, "again"}).text, "OK");
      }
      ++followed;
    });
  }
  EXPECT_TRUE(poll_until([&] { return served == clients; }));
  EXPECT_EQ(client_of("127.0.0.1:7100").command({"REPLICAOF", "127.0.0.2", "7100"}).text, "OK");
  name_at({"127.0.0.2"});
  for (auto& client : crowd) {
    client.join();
  }
  EXPECT_EQ(followed, clients);
  EXPECT_TRUE(poll_until([] {
    const auto list = client_of("127.0.0.1:7100").command({"CLIENT", "LIST", "TYPE", "NORMAL"});
    return std::ranges::count(list.text, '\n') == 1;
  })) << "nobody but the client that asks";
}

INSTANTIATE_TEST_SUITE_P(Contract, MovedUpstream, ::testing::ValuesIn(all_stages()), stage_name);

/// An address led to a server that is now a replica, and the next connection to it leads elsewhere:
/// so it is behind a balancer.
class ReadOnlyUpstream : public StageTest {};

TEST_P(ReadOnlyUpstream, IsDialledAnewAfterItHasRefusedAWrite) {
  std::atomic<int> ended = 0;
  ScriptedUpstream upstream([&](ScriptedConnection& connection) {
    constexpr std::size_t replica = 1;  // after the check at the start
    while (connection.read_request()) {
      connection.write(connection.index() == replica ? "-" + std::string(read_only) + "\r\n"
                                                     : "+OK\r\n");
    }
    ++ended;
  });
  auto gateway = stage().start({"--upstream", at(upstream.port())});
  ReusingClient client(stage(), gateway);
  EXPECT_EQ(client.command({"SET", "key", "value"}).text, read_only);
  EXPECT_EQ(client.command({"SET", "key", "value"}).text, "OK");
  EXPECT_TRUE(poll_until([&] { return ended == 2; }));
  EXPECT_EQ(counters(gateway)["pool_evicted"], 1u);
  client.close();
  expect_conservation_laws(gateway);
}

TEST_P(ReadOnlyUpstream, IsNotDialledForEachWriteThatItRefuses) {
  const ReservedPort port;
  const auto redis = redis_at(port.port(), {"--replicaof", "127.0.0.1 1"});
  auto gateway = stage().start({"--upstream", at(port.port())});
  ReusingClient client(stage(), gateway);
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(client.command({"SET", "key", "value"}).text, read_only);
    ASSERT_EQ(client.command({"GET", "key"}).type, Reply::Type::null);
  }
  EXPECT_LT(counters(gateway)["upstream_dials"], 50u);
}

INSTANTIATE_TEST_SUITE_P(Contract, ReadOnlyUpstream,
                         ::testing::Values(Stage{"stage2", 2}, Stage{"stage3", 3},
                                           Stage{"stage4", 4}),
                         stage_name);

}  // namespace
}  // namespace stagecoach::testing
