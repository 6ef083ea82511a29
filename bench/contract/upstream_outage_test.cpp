#include <atomic>
#include <csignal>
#include <deque>
#include <thread>

#include "bench/contract/stage.hpp"
#include "common/resp/encode.hpp"

namespace stagecoach::testing {
namespace {

constexpr std::string_view unreachable = "ERR upstream cannot be reached";

class DeadUpstream : public StageTest {
 protected:
  /// How many pools there are; each finds out by itself.
  std::uint64_t pools() const { return stage().number == 4 ? 2 : 1; }
};

TEST_P(DeadUpstream, IsDialledByTheBackoffWhileRequestsFailFast) {
  constexpr std::uint64_t requests = 1000;
  const ReservedPort port;
  auto gateway = stage().start({"--upstream", at(port.port())});
  ReusingClient client(stage(), gateway);
  for (std::uint64_t i = 0; i < requests; ++i) {
    ASSERT_EQ(client.command({"GET", "key"}).text, unreachable);
  }
  const auto dials = counters(gateway)["upstream_dial_errors"];
  if (stage().number == 1) {
    EXPECT_EQ(dials, requests) << "naive: each finds out anew";
  } else {
    // The delay doubles from 50 ms up to one second, so these would take most of a minute.
    EXPECT_LT(dials, 50 * pools());
    EXPECT_GE(dials, 1u);
  }
}

TEST_P(DeadUpstream, IsBackWithTheFirstDialThatIsDue) {
  const ReservedPort port;
  auto gateway = stage().start({"--upstream", at(port.port())});
  ReusingClient client(stage(), gateway);
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(client.command({"GET", "key"}).text, unreachable);
  }
  const auto origin = origin_at(port.port());
  const auto failed = counters(gateway)["upstream_dial_errors"];
  const auto recovered = [&] { return client.command({"SET", "key", "value"}).text == "OK"; };
  EXPECT_TRUE(poll_until(recovered));
  auto counted = counters(gateway);
  EXPECT_EQ(counted["upstream_dials"], 1u);
  EXPECT_EQ(counted["upstream_dial_errors"], failed);
}

class PooledDeadUpstream : public DeadUpstream {};

/// Many clients at once: the one that is told to dial tries on behalf of all.
TEST_P(PooledDeadUpstream, IsNotHammeredByACrowd) {
  constexpr std::uint64_t crowd = 16;
  constexpr std::uint64_t requests = 100;
  const ReservedPort port;
  auto gateway = stage().start({"--upstream", at(port.port()), "--pool-wait-timeout", "1min"});
  std::deque<std::thread> threads;
  for (std::uint64_t i = 0; i < crowd; ++i) {
    threads.emplace_back([&] {
      ReusingClient client(stage(), gateway);
      for (std::uint64_t request = 0; request < requests; ++request) {
        EXPECT_EQ(client.command({"GET", "key"}).text, unreachable);
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  auto counted = counters(gateway);
  EXPECT_EQ(counted["errors_upstream_unreachable"], crowd * requests);
  // The first volley is under way before its first dial has failed.
  EXPECT_LT(counted["upstream_dial_errors"], crowd + 50 * pools());
}

INSTANTIATE_TEST_SUITE_P(Contract, PooledDeadUpstream,
                         ::testing::Values(Stage{"stage2", 2}, Stage{"stage3", 3},
                                           Stage{"stage4", 4}),
                         stage_name);
INSTANTIATE_TEST_SUITE_P(Contract, DeadUpstream, ::testing::ValuesIn(all_stages()), stage_name);

class StalledUpstream : public StageTest {
 protected:
  static constexpr int clients = 16;
  static constexpr int rounds = 12;

  /// Each key holds itself, and no two clients or rounds share one.
  static std::string key(int client, int round) {
    return std::to_string(client) + "." + std::to_string(round);
  }

  static void fill(const ServerProcess& origin) {
    RespClient direct(origin.port());
    for (int client = 0; client < clients; ++client) {
      for (int round = 0; round < rounds; ++round) {
        direct.command({"SET", key(client, round), key(client, round)});
      }
    }
  }
};

TEST_P(StalledUpstream, DeadlinesHoldAndNoLateReplyReachesAnybody) {
  constexpr int stall = 3;   // it begins in this round,
  constexpr int resume = 6;  // and ends before this one
  auto origin = start_origin();
  fill(origin);
  auto gateway = stage().start({"--upstream", at(origin.port()), "--request-timeout", "2s"});
  counters(gateway);  // this was served, so stage 4's workers have started
  const auto threads = [&] { return gateway.process().status("Threads"); };
  const auto threads_before = threads();

  std::deque<ReusingClient> crowd;
  for (int index = 0; index < clients; ++index) {
    crowd.emplace_back(stage(), gateway);
  }
  const auto everybody_asks = [&](int round, const auto& check) {
    std::deque<std::thread> asking;
    for (int index = 0; index < clients; ++index) {
      asking.emplace_back([&, index] {
        check(crowd[static_cast<std::size_t>(index)].command({"GET", key(index, round)}),
              key(index, round));
      });
    }
    for (auto& thread : asking) {
      thread.join();
    }
  };
  const auto is_own = [](const Reply& reply, const std::string& own) {
    EXPECT_EQ(reply.text, own);
  };
  const auto is_late = [](const Reply& reply, const std::string&) {
    EXPECT_EQ(reply.text, "ERR upstream did not reply within --request-timeout");
  };
  for (int round = 0; round < stall; ++round) {
    everybody_asks(round, is_own);
  }
  origin.process().signal(SIGSTOP);
  for (int round = stall; round < resume; ++round) {
    everybody_asks(round, is_late);
    EXPECT_LE(threads(), threads_before + (stage().number == 4 ? 0 : clients));
  }
  origin.process().signal(SIGCONT);
  const auto recovered = [&](ReusingClient& client) {
    const auto reply = client.command({"GET", "0.0"});
    EXPECT_TRUE(reply.text == "0.0" || reply.type == Reply::Type::error) << reply.text;
    return reply.text == "0.0";
  };
  for (auto& client : crowd) {
    EXPECT_TRUE(poll_until([&] { return recovered(client); }));
  }
  for (int round = resume; round < rounds; ++round) {
    everybody_asks(round, is_own);
  }
  crowd.clear();
  expect_conservation_laws(gateway);
  EXPECT_EQ(counters(gateway)["errors_upstream_protocol"], 0u);
  EXPECT_EQ(gateway.stop(), 0);
}

INSTANTIATE_TEST_SUITE_P(Contract, StalledUpstream, ::testing::ValuesIn(all_stages()), stage_name);

}  // namespace
}  // namespace stagecoach::testing
