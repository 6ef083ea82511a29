#include "bench/contract/stage.hpp"
#include "common/resp/encode.hpp"

namespace stagecoach::testing {
namespace {

class Protocol : public StageTest {};

TEST_P(Protocol, MalformedRequestsGetRedissErrorAndTheOthersNothing) {
  struct Case {
    std::string_view bytes;
    std::string_view reason;
  };
  constexpr Case cases[] = {
      {"*x\r\n", "invalid multibulk length"},
      {"*1048576000000\r\n", "invalid multibulk length"},
      {"*1\r\n+PING\r\n", "expected '$', got '+'"},
      {"*1\r\n$-1\r\n", "invalid bulk length"},
      {"*1\r\n$999999999999\r\n", "invalid bulk length"},
      {"*1\r\n$4\r\nPINGxx", "expected CRLF"},
      {"GET \"key\r\n", "unbalanced quotes in request"},
  };
  auto gateway = stage().start();
  RespClient bystander(gateway.port());
  for (const auto& [bytes, reason] : cases) {
    RespClient client(gateway.port());
    client.send_raw(bytes);
    EXPECT_EQ(client.read_until_closed(),
              std::string("-ERR Protocol error: ").append(reason).append("\r\n"));
  }
  EXPECT_EQ(bystander.command({"SET", "key", "value"}).text, "OK");
  EXPECT_EQ(counters(gateway)["errors_protocol"], std::size(cases));
}

TEST_P(Protocol, WhatCameBeforeTheMalformedRequestIsAnswered) {
  auto gateway = stage().start();
  RespClient client(gateway.port());
  client.send_raw("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n*x\r\n");
  EXPECT_EQ(client.read_until_closed(), "+OK\r\n-ERR Protocol error: invalid multibulk length\r\n");
}

TEST_P(Protocol, RequestsMayComeByteByByte) {
  auto gateway = stage().start();
  for (const auto& request : {resp::request({"SET", "key", "value"}), std::string("PING\r\n")}) {
    RespClient client(gateway.port());
    for (const char byte : request) {
      client.send_raw({&byte, 1});
    }
    EXPECT_EQ(client.read_reply().type, Reply::Type::simple);
  }
}

TEST_P(Protocol, KeysAndValuesAreBytes) {
  auto gateway = stage().start();
  ReusingClient client(stage(), gateway);
  const std::string bytes("\0\r\n$-1\r\n", 8);
  EXPECT_EQ(client.command({"SET", bytes, bytes}).text, "OK");
  EXPECT_EQ(client.command({"GET", bytes}).text, bytes);
  EXPECT_EQ(client.command({"SET", "", ""}).text, "OK");
  EXPECT_EQ(client.command({"GET", ""}).raw, "$0\r\n\r\n");
}

TEST_P(Protocol, LargeValue) {
  auto gateway = stage().start();
  ReusingClient client(stage(), gateway);
  std::string value(8 << 20, 'v');
  value.replace(0, 5, "begin");
  value.replace(value.size() - 3, 3, "end");
  EXPECT_EQ(client.command({"SET", "large", value}).text, "OK");
  EXPECT_TRUE(client.command({"GET", "large"}).text == value);
}

TEST_P(Protocol, RefusedCommandsKeepTheConnection) {
  auto gateway = stage().start();
  ReusingClient client(stage(), gateway);
  for (auto command : {"WATCH", "BLPOP", "MONITOR", "RESET", "SHUTDOWN", "SUBSCRIBE"}) {
    const auto reply = client.command({command, "x", "0"});
    EXPECT_EQ(reply.type, Reply::Type::error) << command;
    EXPECT_NE(reply.text.find("not supported by this gateway"), std::string::npos) << reply.text;
  }
  EXPECT_EQ(client.command({"PING"}).text, "PONG");
}

TEST_P(Protocol, NothingBehindQuitIsExecuted) {
  auto gateway = stage().start();
  RespClient client(gateway.port());
  client.send_raw("SET key before\r\nQUIT\r\nSET key behind\r\n");
  EXPECT_EQ(client.read_until_closed(), "+OK\r\n+OK\r\n");
  RespClient other(gateway.port());
  EXPECT_EQ(other.command({"GET", "key"}).text, "before");
}

TEST_P(Protocol, RepliesReachAClientThatHasShutItsSideDown) {
  auto gateway = stage().start();
  RespClient client(gateway.port());
  client.send({"SET", "key", "value"});
  client.shutdown_write();
  EXPECT_EQ(client.read_until_closed(), "+OK\r\n");
}

INSTANTIATE_TEST_SUITE_P(Contract, Protocol, ::testing::ValuesIn(all_stages()), stage_name);

}  // namespace
}  // namespace stagecoach::testing
