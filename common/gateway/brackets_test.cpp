#include "common/gateway/brackets.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "common/gateway/session.hpp"

namespace stagecoach::gateway {
namespace {

using Lines = std::vector<std::string>;

constexpr std::string_view aborted = "-EXECABORT Transaction discarded because of previous errors.";

class BracketsTest : public testing::Test {
 protected:
  /// Sends the commands, one per line, and says what becomes of each: its reply or, if it goes
  /// upstream, its bytes with spaces for line ends.
  Lines results(std::string_view commands) {
    session_.receive(commands);
    Lines lines;
    while (session_.next_batch()) {
      for (Exchange* exchange : session_.forwards()) {
        std::string sent = "> " + std::to_string(exchange->replies);
        for (const char c : exchange->request.wire()) sent += c == '\n' ? ' ' : c;
        std::erase(sent, '\r');
        exchange->reply = sent + "\r\n";
        shareable_ = exchange->verdict.shareable;
      }
      std::string_view replies = session_.replies();
      while (!replies.empty()) {
        lines.emplace_back(replies.substr(0, replies.find("\r\n")));
        replies.remove_prefix(lines.back().size() + 2);
      }
    }
    return lines;
  }

  Options options_;
  Context context_{.options = options_, .upstream = {}};
  Session session_{context_};
  bool shareable_ = false;
};

TEST_F(BracketsTest, ATransactionGoesUpstreamWhole) {
  EXPECT_EQ(results("MULTI\r\nINCR a\r\n"), (Lines{"+OK", "+QUEUED"}));
  EXPECT_EQ(results("PING\r\nEXEC\r\nGET b\r\n"),
            (Lines{"+QUEUED", "> 4*1 $5 MULTI *2 $4 INCR $1 a *1 $4 PING *1 $4 EXEC ",
                   "> 1*2 $3 GET $1 b "}));
  EXPECT_EQ(results("MULTI\r\nEXEC\r\n"), (Lines{"+OK", "> 2*1 $5 MULTI *1 $4 EXEC "}));
}

TEST_F(BracketsTest, OneUnknownCommandMakesItUnshareable) {
  results("MULTI\r\nSET a 1\r\nEXEC\r\n");
  EXPECT_TRUE(shareable_);
  results("MULTI\r\nNOSUCH\r\nSET a 1\r\nEXEC\r\n");
  EXPECT_FALSE(shareable_);
  results("MULTI\r\nSET a 1\r\nEXEC\r\n");
  EXPECT_TRUE(shareable_);
}

TEST_F(BracketsTest, OneRefusalDiscardsIt) {
  for (const std::string refused : {"SUBSCRIBE c", "CLIENT ID", "AUTH x", "WATCH a", "SELECT 5",
                                    "BLPOP a 0", "INFO gateway", "DISCARD x", "SELECT x"}) {
    const Lines lines = results("MULTI\r\nSET a 1\r\n" + refused + "\r\nSET a 2\r\nEXEC\r\n");
    ASSERT_EQ(lines.size(), 5u) << refused;
    EXPECT_TRUE(lines[2].starts_with("-ERR")) << lines[2];
    EXPECT_EQ(lines[3], "+QUEUED");
    EXPECT_EQ(lines[4], aborted);
    EXPECT_TRUE(results("GET a\r\n")[0].starts_with("> 1")) << refused;
  }
}

TEST_F(BracketsTest, ItsBordersAreRedisOwn) {
  EXPECT_EQ(results("EXEC\r\nDISCARD\r\nMULTI x\r\nUNWATCH\r\n"),
            (Lines{"-ERR EXEC without MULTI", "-ERR DISCARD without MULTI",
                   "-ERR wrong number of arguments for 'multi' command", "+OK"}));
  EXPECT_EQ(results("MULTI\r\nMULTI\r\nSET a 1\r\nDISCARD\r\n"),
            (Lines{"+OK", "-ERR MULTI calls can not be nested", "+QUEUED", "+OK"}));
  EXPECT_EQ(results("MULTI\r\nQUIT\r\nEXEC\r\n"), (Lines{"+OK", "+OK"}));
}

TEST_F(BracketsTest, WithoutItsGuardATransactionIsNotExecuted) {
  const std::string transaction = "MULTI\r\nSET a 1\r\nEXEC\r\n";
  const Lines lines = results("WATCH a\r\nGET a\r\n" + transaction + transaction);
  ASSERT_EQ(lines.size(), 8u);
  EXPECT_TRUE(lines[0].starts_with("-ERR WATCH"));
  EXPECT_TRUE(lines[1].starts_with("> 1"));
  EXPECT_EQ(lines[4], aborted);
  EXPECT_TRUE(lines[7].starts_with("> 3")) << "EXEC has ended it";
  EXPECT_TRUE(results("WATCH a\r\nUNWATCH\r\n" + transaction)[4].starts_with("> 3"));
}

TEST_F(BracketsTest, BehindARefusedSelectNothingReachesDatabaseZero) {
  const Lines lines = results("SELECT 5\r\nSET a 1\r\nNOSUCH\r\nPING\r\nSELECT x\r\nGET a\r\n");
  EXPECT_TRUE(lines[0].starts_with("-ERR SELECT of a database other than 0"));
  EXPECT_EQ(lines[1], lines[2]);
  EXPECT_TRUE(lines[1].starts_with("-ERR this gateway refused SELECT"));
  EXPECT_EQ(lines[3], "+PONG");
  EXPECT_EQ(lines[4], "-ERR value is not an integer or out of range");
  EXPECT_TRUE(lines[5].starts_with("-ERR this gateway refused SELECT"))
      << "as in Redis, what fails selects nothing";
  EXPECT_EQ(results("MULTI\r\nSET a 1\r\nEXEC\r\n"),
            (Lines{"+OK", "+QUEUED", std::string(aborted)}));
  EXPECT_TRUE(results("SELECT 0\r\nGET a\r\n")[1].starts_with("> 1"));
}

TEST_F(BracketsTest, BehindARefusedSubscribeNothingIsServedUntilUnsubscribe) {
  for (const std::string prefix : {"", "P", "S"}) {
    const Lines lines = results(prefix + "SUBSCRIBE c\r\nSET a 1\r\nPING\r\n" + prefix +
                                "UNSUBSCRIBE\r\nGET a\r\n");
    EXPECT_TRUE(lines[1].starts_with("-ERR this gateway refused SUBSCRIBE"));
    EXPECT_EQ(lines[2], "+PONG");
    EXPECT_TRUE(lines[4].starts_with("> 1"));
  }
}

TEST_F(BracketsTest, ASubscriptionEndsByItsOwnUnsubscribeFromAll) {
  for (const std::string other : {"PUNSUBSCRIBE", "UNSUBSCRIBE a", "SUNSUBSCRIBE", "SUBSCRIBE b"}) {
    results("SUBSCRIBE a b\r\n" + other + "\r\n");
    EXPECT_TRUE(results("SET a 1\r\n")[0].starts_with("-ERR this gateway refused SUBSCRIBE"));
    EXPECT_TRUE(results("UNSUBSCRIBE\r\nSET a 1\r\n")[1].starts_with("> 1")) << other;
  }
  EXPECT_TRUE(results("SUBSCRIBE\r\nGET a\r\n")[1].starts_with("> 1"))
      << "it subscribes to nothing";
}

TEST_F(BracketsTest, WhatSilencesRepliesEndsTheConnection) {
  EXPECT_EQ(results("CLIENT REPLY ON\r\n"), (Lines{"+OK"}));
  EXPECT_EQ(results("CLIENT REPLY SKIP\r\nSET a 1\r\nGET a\r\n").size(), 1u);
  EXPECT_TRUE(session_.ended());
}

TEST_F(BracketsTest, ATransactionThatGrowsForEverEndsTheSession) {
  options_.max_bulk_bytes = 1024;
  Session session(context_);
  session.receive("MULTI\r\n");
  const std::string command = "SET a " + std::string(1000, 'x') + "\r\n";
  for (int i = 0; i < 200 && !session.ended(); ++i) {
    session.receive(command);
    while (session.next_batch()) session.replies();
  }
  EXPECT_TRUE(session.ended());
  EXPECT_EQ(context_.counters.errors_input_limit, 1u);
}

}  // namespace
}  // namespace stagecoach::gateway
