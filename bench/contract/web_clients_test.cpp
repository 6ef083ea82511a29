#include "bench/contract/stage.hpp"

namespace stagecoach::testing {
namespace {

/// What a web page makes a browser send to the gateway's port. Its body must not be executed.
class WebClients : public StageTest {};

TEST_P(WebClients, AreClosedWithoutAByteAndNothingBehindIsExecuted) {
  const std::string lines[] = {
      "POST / HTTP/1.1\r\n",
      "post / HTTP/1.1\r\n",
      "pOsT\r\n",
      "Host: localhost\r\n",
      "host: localhost\r\n",
      "hOST:\r\n",
      "POST / HTTP/1.1\n",
      "*2\r\n$5\r\nHost:\r\n$1\r\nx\r\n",
  };
  auto gateway = stage().start();
  for (const auto& line : lines) {
    SCOPED_TRACE(line);
    RespClient client(gateway.port());
    client.send_raw(line + "\r\nSET key smuggled\r\n");
    EXPECT_EQ(client.read_until_closed(), "");

    RespClient late(gateway.port());
    late.send_raw("PING\r\nSET before executed\r\n" + line + "SET key smuggled\r\n");
    EXPECT_EQ(late.read_until_closed(), "+PONG\r\n+OK\r\n");
  }
  RespClient browser(gateway.port());
  browser.send_raw("GET / HTTP/1.1\r\nHost: localhost\r\n\r\nSET key smuggled\r\n");
  EXPECT_EQ(browser.read_until_closed(), "-ERR wrong number of arguments for 'get' command\r\n");

  EXPECT_EQ(RespClient(gateway.port()).command({"GET", "before"}).text, "executed");
  EXPECT_EQ(RespClient(gateway.port()).command({"GET", "key"}).type, Reply::Type::null);
  EXPECT_EQ(counters(gateway)["errors_protocol"], 2 * std::size(lines) + 1);
}

INSTANTIATE_TEST_SUITE_P(Contract, WebClients, ::testing::ValuesIn(all_stages()), stage_name);

}  // namespace
}  // namespace stagecoach::testing
