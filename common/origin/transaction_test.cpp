#include "common/origin/transaction.hpp"

#include <gtest/gtest.h>

namespace stagecoach::origin {
namespace {

class TransactionTest : public testing::Test {
 protected:
  std::string execute(std::vector<std::string_view> args) {
    std::string reply;
    transaction_.execute(args, reply);
    return reply;
  }

  Stats stats_;
  Store store_{stats_};
  Transaction transaction_{store_};
};

TEST_F(TransactionTest, IsExecutedByExecAlone) {
  EXPECT_EQ(execute({"MULTI"}), "+OK\r\n");
  EXPECT_EQ(execute({"INCR", "a"}), "+QUEUED\r\n");
  EXPECT_EQ(execute({"MULTI"}), "-ERR MULTI calls can not be nested\r\n");
  EXPECT_EQ(execute({"get", "a"}), "+QUEUED\r\n");
  EXPECT_EQ(execute({"exec"}), "*2\r\n:1\r\n$1\r\n1\r\n");
  EXPECT_EQ(execute({"EXEC"}), "-ERR EXEC without MULTI\r\n");
}

TEST_F(TransactionTest, OfWhichOneCommandCannotBeIsNotExecuted) {
  for (const std::vector<std::string_view>& wrong :
       {std::vector<std::string_view>{"GET"}, {"NOSUCH", "x"}}) {
    execute({"MULTI"});
    execute({"INCR", "a"});
    EXPECT_TRUE(execute(wrong).starts_with("-ERR "));
    EXPECT_EQ(execute({"EXEC"}),
              "-EXECABORT Transaction discarded because of previous errors.\r\n");
    EXPECT_EQ(execute({"GET", "a"}), "$-1\r\n");
  }
}

TEST_F(TransactionTest, IsForgottenWithDiscard) {
  EXPECT_EQ(execute({"DISCARD"}), "-ERR DISCARD without MULTI\r\n");
  execute({"MULTI"});
  execute({"INCR", "a"});
  EXPECT_EQ(execute({"DISCARD"}), "+OK\r\n");
  EXPECT_EQ(execute({"GET", "a"}), "$-1\r\n");
}

}  // namespace
}  // namespace stagecoach::origin
