#include <atomic>
#include <chrono>
#include <deque>
#include <sys/socket.h>
#include <thread>

#include "bench/contract/randomised.hpp"
#include "bench/contract/stage.hpp"

namespace stagecoach::testing {
namespace {

/// STAGECOACH_OVERLOAD_SECONDS makes it longer.
std::chrono::seconds duration() {
  return std::chrono::seconds(from_environment("STAGECOACH_OVERLOAD_SECONDS", 5));
}

/// Closes with RST: a client that comes back at once soon has all its ports in TIME_WAIT.
void close_at_once(RespClient& client) {
  const linger at_once{1, 0};
  ::setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

/// A hundred clients that come back as soon as they were refused or served.
class Overload : public ::testing::TestWithParam<Stage> {
 protected:
  static constexpr int clients = 100;
  static constexpr std::uint64_t sessions_each = 3;

  /// Makes one connection. Whether it was served; then all its requests were answered.
  static bool visit(const ServerProcess& gateway, const std::string& key) {
    RespClient client(gateway.port());
    close_at_once(client);
    client.send({"SET", key, key});
    const auto first = client.read_reply();
    if (first.text == "ERR max number of clients reached") {
      return false;
    }
    EXPECT_EQ(first.text, "OK");
    for (int request = 0; request < 20; ++request) {
      EXPECT_EQ(client.command({"GET", key}).text, key);
    }
    return true;
  }
};

TEST_P(Overload, GoesOnAndTheBooksAgree) {
  auto gateway = GetParam().start({"--workers", "2", "--channel-capacity", "1"});
  std::atomic<std::uint64_t> served = 0;
  std::atomic<std::uint64_t> refused = 0;
  std::atomic<int> starved = 0;
  const auto end = std::chrono::steady_clock::now() + duration();
  const auto come_and_go = [&](int index) {
    const std::string key = std::to_string(index);
    std::uint64_t own = 0;
    const auto is_done = [&] {
      const bool was_served = visit(gateway, key);
      own += was_served ? 1 : 0;
      ++(was_served ? served : refused);
      return own >= sessions_each && std::chrono::steady_clock::now() >= end;
    };
    starved += poll_until(is_done, duration() + 30s) ? 0 : 1;
  };
  std::deque<std::thread> threads;
  for (int index = 0; index < clients; ++index) {
    threads.emplace_back(come_and_go, index);
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(starved, 0);
  expect_conservation_laws(gateway);
  auto counted = counters(gateway);
  EXPECT_EQ(counted["connections_refused"], refused);
  EXPECT_EQ(counted["channel_shed"], refused);
  EXPECT_GE(counted["connections_served"], served);
  EXPECT_GT(refused, 0u) << "no overload";
  EXPECT_EQ(counted["threads_started"], 2u);
  RecordProperty("served", std::to_string(served));
  RecordProperty("refused", std::to_string(refused));
  EXPECT_EQ(gateway.stop(), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Contract, Overload,
    ::testing::Values(Stage{"event", 4, {"--worker-connections", "4", "--channel-wait", "1ms"}},
                      Stage{"literal", 4, {"--worker", "literal"}}),
    stage_name);

}  // namespace
}  // namespace stagecoach::testing
