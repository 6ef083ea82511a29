#include "common/gateway/local_answers.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "common/gateway/command_table.hpp"
#include "common/resp/encode.hpp"

namespace stagecoach::gateway {
namespace {

class Answer : public testing::Test {
 protected:
  std::string reply_to(const std::vector<std::string_view>& args) {
    EXPECT_EQ(judge(args).action, Action::answer);
    std::string reply;
    answer(args, client_, context_, reply);
    return reply;
  }

  Options options_{.stage = "stage1_naive"};
  Context context_{.options = options_, .upstream = {}};
  ClientState client_{.id = 42};
};

constexpr auto hello =
    "*14\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.0.0\r\n$5\r\nproto\r\n:2\r\n"
    "$2\r\nid\r\n:42\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n"
    "$7\r\nmodules\r\n*0\r\n";
constexpr auto bad_name =
    "-ERR Client names cannot contain spaces, newlines or special characters.\r\n";

TEST_F(Answer, IsThatOfRedis) {
  struct Case {
    std::vector<std::string_view> request;
    std::string_view reply;
  };
  for (const Case& c : std::vector<Case>{
           {{"PING"}, "+PONG\r\n"},
           {{"ping", "a\r\nb"}, "$4\r\na\r\nb\r\n"},
           {{"PING", "a", "b"}, "-ERR wrong number of arguments for 'ping' command\r\n"},
           {{"ECHO", ""}, "$0\r\n\r\n"},
           {{"ECHO"}, "-ERR wrong number of arguments for 'echo' command\r\n"},
           {{"SELECT", "0"}, "+OK\r\n"},
           {{"SELECT"}, "-ERR wrong number of arguments for 'select' command\r\n"},
           {{"CLIENT", "ID"}, ":42\r\n"},
           {{"CLIENT", "ID", "x"}, "-ERR wrong number of arguments for 'client|id' command\r\n"},
           {{"CLIENT", "SETINFO", "LIB-NAME", "redis-py"}, "+OK\r\n"},
           {{"HELLO"}, hello},
           {{"hello", "2"}, hello},
           {{"HELLO", "3"}, "-NOPROTO unsupported protocol version\r\n"},
           {{"HELLO", "x"}, "-ERR Protocol version is not an integer or out of range\r\n"},
           {{"HELLO", "2", "SETNAME"}, "-ERR Syntax error in HELLO option 'SETNAME'\r\n"},
           {{"HELLO", "2", "x\ny"}, "-ERR Syntax error in HELLO option 'x y'\r\n"},
       }) {
    EXPECT_EQ(reply_to(c.request), c.reply);
  }
}

TEST_F(Answer, RemembersTheClientsName) {
  EXPECT_EQ(reply_to({"CLIENT", "GETNAME"}), "$-1\r\n");
  EXPECT_EQ(reply_to({"CLIENT", "SETNAME", "bob"}), "+OK\r\n");
  EXPECT_EQ(reply_to({"CLIENT", "GETNAME"}), "$3\r\nbob\r\n");
  EXPECT_EQ(reply_to({"CLIENT", "SETNAME", "a b"}), bad_name);
  EXPECT_EQ(reply_to({"HELLO", "2", "SETNAME", "a\nb"}), bad_name);
  EXPECT_EQ(reply_to({"CLIENT", "GETNAME"}), "$3\r\nbob\r\n");
  EXPECT_EQ(reply_to({"HELLO", "2", "setname", "eve"}), hello);
  EXPECT_EQ(reply_to({"CLIENT", "GETNAME"}), "$3\r\neve\r\n");
  const std::string longest(1024, 'n');
  const auto too_long =
      "-ERR Client names of more than 1024 bytes are not supported by this gateway\r\n";
  EXPECT_EQ(reply_to({"CLIENT", "SETNAME", longest + 'n'}), too_long);
  EXPECT_EQ(reply_to({"HELLO", "2", "SETNAME", longest + 'n'}), too_long);
  EXPECT_EQ(client_.name, "eve");
  EXPECT_EQ(reply_to({"CLIENT", "SETNAME", longest}), "+OK\r\n");
  EXPECT_EQ(reply_to({"CLIENT", "SETNAME", ""}), "+OK\r\n");
  EXPECT_EQ(reply_to({"CLIENT", "GETNAME"}), "$-1\r\n");
}

TEST_F(Answer, WithoutAPasswordTakesAnyFromTheUserThatIsNamedDefault) {
  const std::string error =
      "-ERR AUTH <password> called without any password configured for the default user. "
      "Are you sure your configuration is correct?\r\n";
  EXPECT_EQ(reply_to({"AUTH", "secret"}), error);
  EXPECT_EQ(reply_to({"AUTH", "default", "secret"}), "+OK\r\n");
  EXPECT_EQ(reply_to({"AUTH", "bob", "secret"}),
            "-WRONGPASS invalid username-password pair or user is disabled.\r\n");
  EXPECT_TRUE(
      reply_to({"HELLO", "2", "AUTH", "default", "x", "SETNAME", "eve"}).starts_with("*14"));
  EXPECT_EQ(client_.name, "eve");
}

TEST_F(Answer, ErrorsOfSelectAreRedisOwn) {
  EXPECT_EQ(reply_to({"SELECT", "0"}), "+OK\r\n");
  for (const auto database : {"x", "", "00", "-0", "+1", "1.5", "99999999999999999999"}) {
    EXPECT_EQ(reply_to({"SELECT", database}), "-ERR value is not an integer or out of range\r\n");
  }
  EXPECT_EQ(reply_to({"SELECT", "-1"}), "-ERR DB index is out of range\r\n");
  EXPECT_EQ(reply_to({"SELECT", "2147483648"}),
            "-ERR value is out of range, value must between -2147483648 and 2147483647\r\n");
}

TEST_F(Answer, TakesThePasswordFromTheDefaultUserAlone) {
  options_.password = "secret";
  const std::string wrong = "-WRONGPASS invalid username-password pair or user is disabled.\r\n";
  EXPECT_EQ(reply_to({"AUTH"}), "-ERR wrong number of arguments for 'auth' command\r\n");
  EXPECT_EQ(reply_to({"AUTH", "default", "secret", "x"}), "-ERR syntax error\r\n");
  EXPECT_EQ(reply_to({"AUTH", "secreT"}), wrong);
  EXPECT_EQ(reply_to({"AUTH", "admin", "secret"}), wrong);
  EXPECT_EQ(reply_to({"HELLO", "2", "AUTH", "default", "x"}), wrong);
  EXPECT_TRUE(reply_to({"HELLO", "2", "SETNAME", "bob"}).starts_with("-NOAUTH HELLO must"));
  EXPECT_TRUE(reply_to({"HELLO"}).starts_with("-NOAUTH HELLO must"));
  EXPECT_EQ(client_.name, "");
  EXPECT_FALSE(client_.authenticated);
  EXPECT_EQ(reply_to({"auth", "default", "secret"}), "+OK\r\n");
  EXPECT_TRUE(client_.authenticated);
  EXPECT_EQ(reply_to({"HELLO", "2"}), hello);
}

TEST_F(Answer, TakesThePasswordInHello) {
  options_.password = "secret";
  EXPECT_EQ(reply_to({"HELLO", "2", "AUTH", "default", "secret", "SETNAME", "bob"}), hello);
  EXPECT_TRUE(client_.authenticated);
  EXPECT_EQ(client_.name, "bob");
}

TEST_F(Answer, SaysGoodbye) { EXPECT_EQ(reply_to({"QUIT"}), "+OK\r\n"); }

TEST_F(Answer, ShowsTheCounters) {
  std::string expected;
  resp::append_bulk(expected, info(context_.counters, "stage1_naive"));
  EXPECT_EQ(reply_to({"INFO", "Gateway"}), expected);
}

TEST_F(Answer, ToPingIsAnErrorForWhoConnectedTooLate) {
  client_.late = true;
  EXPECT_EQ(reply_to({"PING"}), "-ERR gateway is shutting down\r\n");
  EXPECT_EQ(reply_to({"PING", "hello"}), "-ERR gateway is shutting down\r\n");
  EXPECT_EQ(reply_to({"ECHO", "hello"}), "$5\r\nhello\r\n");
}

}  // namespace
}  // namespace stagecoach::gateway
