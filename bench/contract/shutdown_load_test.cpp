#include <algorithm>
#include <atomic>
#include <csignal>
#include <deque>
#include <random>
#include <set>
#include <sys/socket.h>
#include <system_error>
#include <thread>

#include "bench/contract/stage.hpp"
#include "common/resp/encode.hpp"

namespace stagecoach::testing {
namespace {

/// Sets and gets values of its own, a batch at a time, until the gateway is gone.
class BusyClient {
 public:
  BusyClient(std::uint16_t port, bool keep, int number, std::atomic<int>& batches)
      : port_(port),
        keep_(keep),
        batch_size_(keep ? 1 + 5 * (number % 4) : 1),
        key_("key" + std::to_string(number)),
        batches_(batches),
        thread_([this] { run(); }) {}

  void join() { thread_.join(); }

 private:
  void run() {
    std::optional<RespClient> connection;
    try {
      do {
        if (!connection || !keep_) {
          connection.emplace(port_);
        }
      } while (exchange(*connection));
    } catch (const std::system_error& gone) {
      const auto code = gone.code();
      EXPECT_TRUE(code == std::errc::connection_refused || code == std::errc::connection_reset ||
                  code == std::errc::broken_pipe)
          << gone.what();
    }
  }

  /// False if the connection ended before the batch was answered. It may end only between two
  /// replies.
  bool exchange(RespClient& connection) {
    std::string requests;
    std::string replies;
    std::set<std::size_t> ends{0};
    for (int i = 0; i < batch_size_; ++i) {
      add_request(requests, replies);
      ends.insert(replies.size());
    }
    connection.send_raw(requests);
    const std::string received = read(connection, replies.size());
    EXPECT_TRUE(replies.starts_with(received)) << received;
    EXPECT_TRUE(ends.contains(received.size())) << "a partial reply: " << received;
    ++batches_;
    return received.size() == replies.size();
  }

  void add_request(std::string& requests, std::string& replies) {
    if (value_.empty()) {
      const std::size_t size = sent_ % 7 == 0 ? 50'000 : 50;
      value_ = key_ + '=' + std::to_string(++sent_) + std::string(size, '.');
      requests += resp::request({"SET", key_, value_});
      replies += "+OK\r\n";
    } else {
      requests += resp::request({"GET", key_});
      resp::append_bulk(replies, value_);
      value_.clear();
    }
  }

  /// Up to `size` bytes; fewer if the connection ends.
  static std::string read(const RespClient& connection, std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t received = 0;
    while (received < size) {
      const auto count = ::recv(connection.fd(), bytes.data() + received, size - received, 0);
      EXPECT_TRUE(count >= 0 || errno == ECONNRESET) << "it was left waiting";
      if (count <= 0) break;
      received += static_cast<std::size_t>(count);
    }
    bytes.resize(received);
    return bytes;
  }

  std::uint16_t port_;
  bool keep_;
  int batch_size_;
  std::string key_;
  std::string value_;  // the next GET must find it; empty: a SET comes next
  int sent_ = 0;
  std::atomic<int>& batches_;
  std::thread thread_;
};

class ShutdownUnderLoad : public StageTest {};

TEST_P(ShutdownUnderLoad, EveryRequestIsAnsweredOrItsConnectionClosed) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  // Behind one seat, one client alone brings it about, and the others wait no longer than 10 s.
  const int latest = sanitized && stage().name == "stage4_one_seat" ? 100 : 500;
  auto origin = start_origin();
  RespClient direct(origin.port());
  for (int round = 0; round < 5; ++round) {
    auto gateway = stage().start({"--upstream", at(origin.port()), "--max-clients", "1000"});
    std::atomic<int> batches = 0;
    std::deque<BusyClient> clients;
    for (int number = 0; number < 8; ++number) {
      clients.emplace_back(gateway.port(), stage().keeps_clients(), number, batches);
    }
    const int moment = std::uniform_int_distribution(0, latest)(random);
    EXPECT_TRUE(poll_until([&] { return batches >= moment; }));
    gateway.process().signal(SIGTERM);
    for (auto& client : clients) {
      client.join();
    }
    const auto status = gateway.process().wait(longest_wait);
    ASSERT_TRUE(status);
    EXPECT_EQ(status->code, 0);
    EXPECT_EQ(gateway.process().errors(), "");
    EXPECT_TRUE(poll_until([&] { return info(direct, "clients")["connected_clients"] == 1; }));
  }
}

/// The stages, and variants of stage 4 in which connections then wait in the channel.
std::vector<Stage> stages_and_full_channels() {
  auto stages = all_stages();
  stages.push_back({"stage4_literal", 4, {"--worker", "literal"}});
  stages.push_back({"stage4_one_seat", 4, {"--workers", "1", "--worker-connections", "1"}});
  return stages;
}

class ShutdownOfAKeenClient : public StageTest {};

/// It always has requests on their way, one more for each reply, so it never rests.
TEST_P(ShutdownOfAKeenClient, ItsLastReplyIsWholeAndItDoesNotHoldUpTheEnd) {
  constexpr std::size_t in_flight = 50;
  const std::string value(100'000, 'v');
  std::string reply;
  resp::append_bulk(reply, value);
  auto gateway = stage().start({"--max-clients", "100", "--drain-timeout", "1min"});
  RespClient client(gateway.port());
  ASSERT_EQ(client.command({"SET", "key", value}).text, "OK");
  std::size_t asked = 0;
  std::size_t received = 0;
  bool told_to_stop = false;
  std::vector<char> piece(reply.size());
  for (bool open = true; open;) {
    try {
      for (; asked < received / reply.size() + in_flight; ++asked) {
        client.send({"GET", "key"});
      }
    } catch (const std::system_error&) {
      // It is closed, but may still hold replies.
    }
    const auto count = ::recv(client.fd(), piece.data(), piece.size(), 0);
    ASSERT_TRUE(count >= 0 || errno == ECONNRESET) << "it was left waiting";
    open = count > 0;
    received += open ? static_cast<std::size_t>(count) : 0;
    if (!told_to_stop && asked > 4 * in_flight) {
      gateway.process().signal(SIGTERM);
      told_to_stop = true;
    }
  }
  EXPECT_EQ(received % reply.size(), 0u);
  const auto status = gateway.process().wait(longest_wait);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->code, 0);
}

INSTANTIATE_TEST_SUITE_P(Contract, ShutdownUnderLoad,
                         ::testing::ValuesIn(stages_and_full_channels()), stage_name);
INSTANTIATE_TEST_SUITE_P(Contract, ShutdownOfAKeenClient,
                         ::testing::ValuesIn(stages_that_keep_clients()), stage_name);

}  // namespace
}  // namespace stagecoach::testing
