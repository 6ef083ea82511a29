#include <algorithm>
#include <functional>
#include <string>
#include <sys/socket.h>

#include "bench/contract/stage.hpp"
#include "common/resp/encode.hpp"

namespace stagecoach::testing {
namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20;
constexpr std::size_t longest_argument = 4 * mebibyte;
constexpr std::size_t longest_reply = 4 * mebibyte;

// The formula of the page Production, production_memory: the counted bytes, twice, and a part for
// what requests keep for later ones.
constexpr std::size_t request_limit = 2 * (longest_argument + 64 * 1024);
constexpr std::size_t bound(std::size_t counted) { return 2 * counted + 2 * mebibyte; }

/// Each plays a client that takes memory, and ends when the gateway has answered or closed.
class ClientMemory : public StageTest {
 protected:
  void expect_bounded(std::size_t counted, const std::function<void(RespClient&)>& play) {
    RespClient(gateway_.port()).command({"PING"});
    const std::size_t before = gateway_.process().status("VmRSS") * 1024;
    RespClient client(gateway_.port());
    play(client);
    const std::size_t peak = gateway_.process().status("VmHWM") * 1024;
    if (!sanitized) {
      EXPECT_LT(peak, before + bound(counted));
    }
    EXPECT_EQ(RespClient(gateway_.port()).command({"PING"}).text, "PONG");
  }

  /// Repeats it until the connection is closed.
  static void send_until_closed(RespClient& client, const std::string& bytes) {
    std::size_t sent = 0;
    const auto is_closed = [&] {
      if (client.closed_by_peer(0ms)) return true;
      const auto count = ::send(client.fd(), bytes.data() + sent, bytes.size() - sent,
                                MSG_NOSIGNAL | MSG_DONTWAIT);
      sent = (sent + static_cast<std::size_t>(std::max<ssize_t>(count, 0))) % bytes.size();
      return false;
    };
    EXPECT_TRUE(poll_until(is_closed));
  }

  static std::string repeat(std::string_view text, std::size_t times) {
    std::string out;
    out.reserve(text.size() * times);
    while (times-- > 0) out += text;
    return out;
  }

 private:
  ServerProcess start() const {
    Options options{"--max-bulk-bytes", std::to_string(longest_argument), "--request-timeout",
                    "60s"};
    if (stage().number == 4) {
      options.insert(options.end(), {"--max-output-bytes", std::to_string(longest_reply)});
    }
    return stage().start(options);
  }

 protected:
  ServerProcess gateway_ = start();
};

TEST_P(ClientMemory, IsBoundedForArgumentsWithoutEnd) {
  expect_bounded(request_limit, [](RespClient& client) {
    client.send_raw("*2000000000\r\n");
    send_until_closed(client, repeat("$0\r\n\r\n", 10'000));
  });
  EXPECT_EQ(counters(gateway_)["errors_input_limit"], 1u);
}

TEST_P(ClientMemory, IsBoundedForBytesWithoutEnd) {
  expect_bounded(request_limit, [](RespClient& client) {
    client.send_raw("*2000000000\r\n");
    send_until_closed(client, "$100000\r\n" + std::string(100'000, 'x') + "\r\n");
  });
  EXPECT_EQ(counters(gateway_)["errors_input_limit"], 1u);
}

TEST_P(ClientMemory, IsBoundedForTheMostArgumentsThatAreServed) {
  const std::size_t each = sizeof("$0\r\n\r\n") - 1 + 16;
  const std::size_t keys = request_limit / each - 10;
  expect_bounded(request_limit, [&](RespClient& client) {
    client.send_raw("*" + std::to_string(keys + 1) + "\r\n$6\r\nEXISTS\r\n" +
                    repeat("$0\r\n\r\n", keys));
    EXPECT_EQ(client.read_reply().raw, ":0\r\n");
  });
}

TEST_P(ClientMemory, IsBoundedForTheLongestRequestThatIsServed) {
  const std::string key(longest_argument, 'k');
  expect_bounded(request_limit, [&](RespClient& client) {
    client.send({"EXISTS", key, key});
    EXPECT_EQ(client.read_reply().raw, ":0\r\n");
  });
}

/// Each batch ends with such a command, and is shorter than the one before.
TEST_P(ClientMemory, IsBoundedForInlineCommandsOfManyWords) {
  const auto command = [](std::size_t words) { return "EXISTS" + repeat(" a", words) + "\r\n"; };
  const std::string longest = command(32'000);
  expect_bounded(longest.size(), [&](RespClient& client) {
    for (std::size_t before = stage().keeps_clients() ? 128 : 0; before-- > 0;) {
      client.send_raw(repeat("PING\r\n", before) + command(6000));
      for (std::size_t i = 0; i < before; ++i) client.read_reply();
      EXPECT_EQ(client.read_reply().raw, ":0\r\n");
    }
    client.send_raw(longest);
    EXPECT_EQ(client.read_reply().raw, ":0\r\n");
  });
}

TEST_P(ClientMemory, IsBoundedForTheLongestReplies) {
  const std::string value(longest_reply - 100, 'v');
  RespClient(gateway_.port()).command({"SET", "key", value});
  expect_bounded(longest_reply, [&](RespClient& client) {
    client.send_raw("GET key\r\n");
    EXPECT_EQ(client.read_reply().text.size(), value.size());
    if (!stage().keeps_clients()) return;
    client.send_raw("EXISTS key\r\nGET key\r\nPING\r\n");
    EXPECT_EQ(client.read_reply().integer, 1);
    EXPECT_EQ(client.read_reply().text.size(), value.size());
    EXPECT_EQ(client.read_reply().text, "PONG");
  });
}

INSTANTIATE_TEST_SUITE_P(Contract, ClientMemory, ::testing::ValuesIn(all_stages()), stage_name);

}  // namespace
}  // namespace stagecoach::testing
