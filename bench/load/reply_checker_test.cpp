#include "bench/load/reply_checker.hpp"

#include <gtest/gtest.h>

namespace stagecoach::bench {
namespace {

constexpr std::string_view expected = "$5\r\nhello\r\n";

struct Case {
  const char* name;
  std::string_view reply;
  Verdict verdict;
  std::string_view first_line;  // not of right replies

  friend std::ostream& operator<<(std::ostream& out, const Case& test) { return out << test.name; }
};

class ReplyCheckerTest : public ::testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(
    Replies, ReplyCheckerTest,
    ::testing::Values(Case{"right", expected, Verdict::right, ""},
                      Case{"other_value", "$5\r\nhallo\r\n", Verdict::wrong, "$5"},
                      Case{"shorter_value", "$4\r\nhell\r\n", Verdict::wrong, "$4"},
                      Case{"null", "$-1\r\n", Verdict::wrong, "$-1"},
                      Case{"array", "*2\r\n:1\r\n$1\r\nx\r\n", Verdict::wrong, "*2"},
                      Case{"error", "-ERR no\r\n", Verdict::error, "-ERR no"},
                      Case{"no_reply", "hello\r\n", Verdict::malformed, "hello"}),
    [](const auto& test) { return test.param.name; });

TEST_P(ReplyCheckerTest, JudgesAReplyInOnePiece) {
  ReplyChecker checker;
  const auto [verdict, used] = checker.check(GetParam().reply, expected);
  EXPECT_EQ(verdict, GetParam().verdict);
  EXPECT_FALSE(checker.in_reply());
  if (verdict == Verdict::malformed) return;
  EXPECT_EQ(used, GetParam().reply.size());
  if (verdict == Verdict::right) return;
  EXPECT_EQ(checker.first_line(), GetParam().first_line);
}

TEST_P(ReplyCheckerTest, JudgesAReplyThatComesByteByByte) {
  const std::string_view reply = GetParam().reply;
  ReplyChecker checker;
  Verdict verdict = Verdict::incomplete;
  for (std::size_t i = 0; i < reply.size() && verdict == Verdict::incomplete; ++i) {
    verdict = checker.check(reply.substr(i, 1), expected).verdict;
    EXPECT_EQ(checker.in_reply(), verdict == Verdict::incomplete);
  }
  EXPECT_EQ(verdict, GetParam().verdict);
}

TEST(ReplyChecker, LeavesTheNextReplyAlone) {
  ReplyChecker checker;
  const std::string replies = "$5\r\nhallo\r\n" + std::string(expected);
  const auto first = checker.check(replies, expected);
  ASSERT_EQ(first.verdict, Verdict::wrong);
  const auto second = checker.check(std::string_view(replies).substr(first.used), expected);
  EXPECT_EQ(second.verdict, Verdict::right);
  EXPECT_EQ(first.used + second.used, replies.size());
}

}  // namespace
}  // namespace stagecoach::bench
