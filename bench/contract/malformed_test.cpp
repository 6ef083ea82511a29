#include "bench/contract/stage.hpp"

namespace stagecoach::testing {
namespace {

using namespace std::string_literals;

constexpr std::size_t line_bytes = 64 * 1024;

struct Case {
  std::string bytes;
  std::optional<std::string> ours = {};  ///< Our reply if we differ from Redis on purpose.
};

std::string ones(std::size_t count) { return std::string(count, '1'); }

std::vector<Case> cases() {
  const std::string error = "-ERR Protocol error: ";
  return {
      {"*2147483647\r\n"},
      {"*2147483648\r\n"},
      {"*99999999999999999999\r\n"},
      {"*-2147483649\r\nPING\r\n"},
      {"*\r\n"},
      {"*x\r\n"},
      {"*+1\r\n"},
      {"*01\r\n"},
      {"* 1\r\n"},
      {"*1\n$4\nPING\n"},
      {"*1\n$4\r\nPING\r\n"},
      {"*1\r\n$536870912\r\nx"},
      {"*1\r\n$536870913\r\n"},
      {"*1\r\n$9223372036854775808\r\n"},
      {"*1\r\n$-1\r\n"},
      {"*1\r\n$-5\r\n"},
      {"*1\r\n$\r\n"},
      {"*1\r\n$x\r\n"},
      {"*1\r\n$04\r\nPING\r\n"},
      {"*1\r\n:4\r\n"},
      {"*1\r\nPING\r\n"},
      {"*1\r\n\r\n\r\n"},
      {"*2\r\n$4\r\nECHO\r\n*1\r\n$1\r\nx\r\n"},
      {"*1\r\n*1\r\n*1\r\n$4\r\nPING\r\n"},
      {"*1\r\n$4\r\nPING\r\n*1\r\n+\r\n*1\r\n$4\r\nPING\r\n"},
      {"*1\r\n$4\r\nPI"},
      {"PI"},
      {"ECHO \"a\r\n"},
      {"ECHO 'a\r\n"},
      {"ECHO \"a\"b\r\n"},
      {ones(line_bytes + 1)},
      {"*" + ones(line_bytes)},
      {"*1\r\n$" + ones(line_bytes)},
      {"POST / HTTP/1.1\r\nPING\r\n"},

      // Redis takes any two bytes for the CRLF behind an argument, and any byte behind a CR.
      {"*1\r\n$4\r\nPINGxx", error + "expected CRLF\r\n"},
      {"*1\r\n$4\r\nPING\n\n", error + "expected CRLF\r\n"},
      {"*1\rx$4\r\nPING\r\n", error + "expected CRLF\r\n"},
      {"*1\r\n$4\rxPING\r\n", error + "expected CRLF\r\n"},
      // Redis sees no line end behind a NUL, and waits.
      {"*1\r\n\0\r\n"s, error + "expected '$', got ' '\r\n"},
      {"PING\0\r\n"s, error + "NUL in inline request\r\n"},
      {"\x16\x03\x01\0"s, error + "NUL in inline request\r\n"},
      {std::string(100, '\0'), error + "NUL in inline request\r\n"},
      // Redis drops replies that it has not sent yet.
      {"PING\r\nhost: x\r\nPING\r\n", "+PONG\r\n"},
  };
}

class Malformed : public StageTest {
 protected:
  static std::string reply(std::uint16_t port, const std::string& bytes) {
    RespClient client(port);
    client.send_raw(bytes);
    client.shutdown_write();
    return client.read_until_closed();
  }
};

TEST_P(Malformed, RequestsGetTheReplyOfRedisAndCostNoMemory) {
  const ReservedPort redis_port;
  const auto redis = redis_at(redis_port.port());
  auto gateway = stage().start();
  RespClient bystander(gateway.port());
  ASSERT_EQ(reply(gateway.port(), "PING\r\n"), "+PONG\r\n");
  for (const auto& [bytes, ours] : cases()) {
    SCOPED_TRACE(::testing::PrintToString(bytes.substr(0, 100)));
    const std::string of_redis = reply(redis_port.port(), bytes);
    const auto before = gateway.process().status("VmHWM");
    EXPECT_EQ(reply(gateway.port(), bytes), ours.value_or(of_redis));
    EXPECT_NE(ours, of_redis) << "this is no difference";
    if (!sanitized) {
      EXPECT_LT(gateway.process().status("VmHWM"), before + 1024);
    }
  }
  EXPECT_EQ(bystander.command({"PING"}).text, "PONG");
}

INSTANTIATE_TEST_SUITE_P(Contract, Malformed, ::testing::ValuesIn(all_stages()), stage_name);

}  // namespace
}  // namespace stagecoach::testing
