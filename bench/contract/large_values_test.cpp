#include <poll.h>
#include <sys/socket.h>

#include "bench/contract/stage.hpp"
#include "common/resp/encode.hpp"

namespace stagecoach::testing {
namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20;

/// Copying takes long under a sanitizer, and is not the point.
const Options patient{"--request-timeout", "60s"};

/// No two pieces of it are alike, so a lost, doubled or moved one shows.
std::string value_of(std::size_t bytes) {
  std::string value;
  value.reserve(bytes + 8);
  for (std::size_t i = 0; value.size() < bytes; ++i) {
    value.append(reinterpret_cast<const char*>(&i), sizeof i);
  }
  return value;
}

class LargeValues : public StageTest {
 protected:
  /// The most memory that the gateway's process had, and what it has now. Its origin has a process
  /// of its own.
  static std::size_t peak_bytes(ServerProcess& gateway) {
    return gateway.process().status("VmHWM") * 1024;
  }
  static std::size_t bytes(ServerProcess& gateway) {
    return gateway.process().status("VmRSS") * 1024;
  }
};

TEST_P(LargeValues, RoundTripInSmallMultiplesOfTheirSize) {
  const std::string value = value_of((sanitized ? 8 : 32) * mebibyte);
  auto gateway = stage().start(patient);
  ReusingClient client(stage(), gateway);
  ASSERT_EQ(client.command({"PING"}).text, "PONG");
  const std::size_t before = bytes(gateway);
  ASSERT_EQ(client.command({"SET", "large", value}).text, "OK");
  ASSERT_TRUE(client.command({"GET", "large"}).text == value);
  if (!sanitized) {
    EXPECT_LT(peak_bytes(gateway), before + 3 * value.size());
  }
  // At stages 3 and 4 the connection is still open.
  ASSERT_EQ(client.command({"PING"}).text, "PONG");
  if (!sanitized) {
    const auto is_given_back = [&] { return bytes(gateway) < before + 4 * mebibyte; };
    EXPECT_TRUE(poll_until(is_given_back)) << bytes(gateway) - before;
  }
}

TEST_P(LargeValues, AClientThatAsksForMuchAndNeverReadsIsDropped) {
  const std::string value = value_of(8 * mebibyte);
  Options options = patient;
  options.insert(options.end(), {"--write-timeout", "2s"});
  const bool sends_all = stage().name == "stage4";
  if (sends_all) {
    options.insert(options.end(), {"--max-output-bytes", "32MiB"});
  }
  auto gateway = stage().start(options);
  ReusingClient other(stage(), gateway);
  ASSERT_EQ(other.command({"SET", "large", value}).text, "OK");
  ASSERT_TRUE(other.command({"GET", "large"}).text == value);
  const std::size_t before = bytes(gateway);

  RespClient client(gateway.port());
  std::string requests;
  for (int i = 0; i < 128; ++i) {
    requests += resp::request({"GET", "large"});
  }
  client.send_raw(requests);
  EXPECT_TRUE(poll_until([&] {
    EXPECT_EQ(other.command({"PING"}).text, "PONG");
    return counters(gateway)["timeouts_write"] == 1;
  }));
  EXPECT_LT(client.read_until_closed().size(), 128 * value.size());
  if (!sanitized) {
    EXPECT_LT(peak_bytes(gateway), before + (sends_all ? 64 : 24) * mebibyte);
  }
}

/// It may send ahead, but not forever.
TEST_P(LargeValues, AClientThatDoesNotReadIsNotReadFrom) {
  auto gateway = stage().start({"--write-timeout", "1min", "--request-timeout", "60s"});
  ReusingClient other(stage(), gateway);
  ASSERT_EQ(other.command({"SET", "large", value_of(16 * mebibyte)}).text, "OK");

  RespClient client(gateway.port());
  client.send({"GET", "large"});
  const std::string more(64 * 1024, '\n');
  std::size_t sent = 0;
  const auto takes_more = [&] {
    pollfd writable{client.fd(), POLLOUT, 0};
    return ::poll(&writable, 1, 200) == 1;
  };
  while (sent < 128 * mebibyte && takes_more()) {
    const auto count = ::send(client.fd(), more.data(), more.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ASSERT_GT(count, 0);
    sent += static_cast<std::size_t>(count);
  }
  EXPECT_LT(sent, 128 * mebibyte) << "the kernel's buffers are full";
  EXPECT_EQ(other.command({"PING"}).text, "PONG");
}

TEST_P(LargeValues, ARequestThatNeverEndsIsClosedWithoutAWord) {
  auto gateway = stage().start({"--max-bulk-bytes", "1KiB"});
  RespClient client(gateway.port());
  client.send_raw("*2147483647\r\n");
  std::string arguments;
  for (int i = 0; i < 1000; ++i) {
    arguments += "$1\r\nx\r\n";
  }
  EXPECT_TRUE(poll_until([&] {
    if (client.closed_by_peer(0ms)) {
      return true;
    }
    ::send(client.fd(), arguments.data(), arguments.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return false;
  }));
  EXPECT_EQ(client.read_until_closed(), "");
  EXPECT_EQ(counters(gateway)["errors_input_limit"], 1u);
}

TEST_P(LargeValues, ArgumentsBeyondCountingAreGivenBack) {
  auto gateway = stage().start(patient);
  ReusingClient client(stage(), gateway);
  ASSERT_EQ(client.command({"PING"}).text, "PONG");
  const std::size_t before = bytes(gateway);
  std::vector<std::string_view> keys(sanitized ? 10'000 : 500'000, "k");
  keys.front() = "DEL";
  std::string request;
  resp::append_request(request, keys);
  RespClient sender(gateway.port());
  sender.send_raw(request);
  ASSERT_EQ(sender.read_reply().integer, 0);
  ASSERT_EQ(client.command({"PING"}).text, "PONG");
  if (!sanitized) {
    const auto are_given_back = [&] { return bytes(gateway) < before + 4 * mebibyte; };
    EXPECT_TRUE(poll_until(are_given_back)) << bytes(gateway) - before;
  }
}

std::vector<Stage> stages() {
  auto all = all_stages();
  all.push_back({"stage4_depth1", 4, {"--pipeline-depth", "1"}});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Contract, LargeValues, ::testing::ValuesIn(stages()), stage_name);

}  // namespace
}  // namespace stagecoach::testing
