#include "common/testing/scripted_upstream.hpp"

#include <memory>

#include <gtest/gtest.h>

#include "common/resp/encode.hpp"
#include "common/testing/poll_until.hpp"
#include "common/testing/resp_client.hpp"

namespace stagecoach::testing {
namespace {

using namespace std::chrono_literals;

TEST(ScriptedUpstream, EachConnectionRunsTheScriptWithItsIndex) {
  ScriptedUpstream upstream([](ScriptedConnection& connection) {
    while (const auto request = connection.read_request()) {
      std::string replies;
      resp::append_integer(replies, static_cast<std::int64_t>(connection.index()));
      resp::append_simple(replies, request->at(1));
      connection.write(replies);
    }
  });
  for (std::int64_t index = 0; index < 3; ++index) {
    RespClient client(upstream.port());
    EXPECT_EQ(client.command({"ECHO", "a"}).integer, index);
    EXPECT_EQ(client.read_reply().text, "a");
    EXPECT_EQ(client.command({"ECHO", "b"}).integer, index);
  }
  EXPECT_EQ(upstream.connections(), 3u);
}

TEST(ScriptedUpstream, ClosesAndResetsAsTold) {
  ScriptedUpstream upstream([](ScriptedConnection& connection) {
    connection.read_request();
    connection.write("$5\r\nhe");
    if (connection.index() == 0) connection.close();
    if (connection.index() == 1) connection.reset();
  });
  RespClient closed(upstream.port());
  closed.send({"GET", "key"});
  EXPECT_EQ(closed.read_until_closed(), "$5\r\nhe");

  RespClient reset(upstream.port());
  reset.send({"GET", "key"});
  EXPECT_TRUE(reset.closed_by_peer(longest_wait));
}

TEST(ScriptedUpstream, DestructorEndsScriptsThatWait) {
  std::atomic<int> ended = 0;
  auto upstream = std::make_unique<ScriptedUpstream>([&](ScriptedConnection& connection) {
    while (connection.read_request()) {
    }
    ++ended;
  });
  RespClient silent(upstream->port());
  RespClient waiting(upstream->port());
  waiting.send({"GET", "key"});
  ASSERT_TRUE(poll_until([&] { return upstream->connections() == 2; }));
  upstream.reset();
  EXPECT_EQ(ended, 2);
  EXPECT_TRUE(silent.closed_by_peer(longest_wait));
}

}  // namespace
}  // namespace stagecoach::testing
