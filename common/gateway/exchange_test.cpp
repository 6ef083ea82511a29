#include "common/gateway/exchange.hpp"

#include <atomic>
#include <stdexcept>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "common/resp/encode.hpp"
#include "common/testing/poll_until.hpp"
#include "common/testing/scripted_upstream.hpp"

namespace stagecoach::gateway {
namespace {

using stagecoach::testing::ScriptedConnection;
using stagecoach::testing::ScriptedUpstream;

class ExchangeTest : public ::testing::Test {
 protected:
  ExchangeTest() {
    resp::RequestParser parser;
    parser.parse(wire_, exchange_.request);
    exchange_.verdict = judge(exchange_.request.args);
  }

  Attempt attempt_against(ScriptedUpstream::Script script) {
    ScriptedUpstream upstream(std::move(script));
    context_.upstream.move_to({*net::resolve("127.0.0.1:" + std::to_string(upstream.port()))});
    auto connection = dial_upstream(context_);
    EXPECT_TRUE(connection);
    const auto attempt = gateway::attempt(*connection, exchange_, context_);
    over_ = true;
    return attempt;
  }

  Attempt attempt_with_reply(std::string reply) {
    return attempt_against([reply = std::move(reply)](ScriptedConnection& connection) {
      connection.read_request();
      connection.write(reply);
      connection.read_request();
    });
  }

  Options options_{.request_timeout = testing::longest_wait};
  Context context_{.options = options_, .upstream = {}};
  const std::string wire_ = resp::request({"GET", "key"});
  Exchange exchange_;
  std::atomic<bool> over_ = false;
};

TEST_F(ExchangeTest, OneCompleteReply) {
  const auto attempt = attempt_with_reply("$5\r\nhe\r\no\r\n");
  EXPECT_EQ(attempt.failure, std::nullopt);
  EXPECT_TRUE(attempt.reusable);
  EXPECT_EQ(exchange_.reply, "$5\r\nhe\r\no\r\n");
  EXPECT_EQ(context_.counters.upstream_writes, 1u);
  EXPECT_EQ(context_.counters.requests_in_flight, 0u);
}

TEST_F(ExchangeTest, AReplyLargerThanABuffer) {
  std::string reply;
  resp::append_bulk(reply, std::string(1'000'000, 'x'));
  EXPECT_TRUE(attempt_with_reply(reply).reusable);
  EXPECT_EQ(exchange_.reply, reply);
}

TEST_F(ExchangeTest, BytesBehindTheReplyMakeTheConnectionUseless) {
  const auto attempt = attempt_with_reply("+one\r\n+two\r\n");
  EXPECT_EQ(attempt.failure, std::nullopt);
  EXPECT_FALSE(attempt.reusable);
  EXPECT_EQ(exchange_.reply, "+one\r\n");
}

TEST_F(ExchangeTest, ClosedWithoutAReply) {
  const auto attempt =
      attempt_against([](ScriptedConnection& connection) { connection.read_request(); });
  EXPECT_EQ(attempt.failure, Failure::upstream_closed);
  EXPECT_TRUE(attempt.written);
  EXPECT_FALSE(attempt.reply_begun);
  EXPECT_FALSE(attempt.reusable);
}

TEST_F(ExchangeTest, ClosedWithinTheReply) {
  const auto attempt = attempt_against([](ScriptedConnection& connection) {
    connection.read_request();
    connection.write("$5\r\nhe");
  });
  EXPECT_EQ(attempt.failure, Failure::upstream_closed);
  EXPECT_TRUE(attempt.reply_begun);
  EXPECT_FALSE(attempt.reusable);
}

TEST_F(ExchangeTest, MalformedReply) {
  const auto attempt = attempt_with_reply("HTTP/1.1 400 Bad Request\r\n");
  EXPECT_EQ(attempt.failure, Failure::upstream_protocol);
  EXPECT_FALSE(attempt.reusable);
}

TEST_F(ExchangeTest, NoReplyInTime) {
  options_.request_timeout = net::Timeout(20);
  const auto attempt = attempt_with_reply("");
  EXPECT_EQ(attempt.failure, Failure::upstream_timeout);
  EXPECT_FALSE(attempt.reply_begun);
  EXPECT_FALSE(attempt.reusable);
}

TEST_F(ExchangeTest, ADripThatNeverEndsIsNoReplyInTime) {
  options_.request_timeout = net::Timeout(200);
  const auto attempt = attempt_against([this](ScriptedConnection& connection) {
    connection.read_request();
    connection.write("$1000000000\r\n");
    while (!over_) {
      connection.write("x");
    }
  });
  EXPECT_EQ(attempt.failure, Failure::upstream_timeout);
}

TEST_F(ExchangeTest, EachFailureHasItsTextAndItsCounter) {
  struct Case {
    Failure failure;
    std::string_view text;
    Counter Counters::*counter;
  };
  for (const Case& c : {
           Case{Failure::upstream_unreachable, "-ERR upstream cannot be reached\r\n",
                &Counters::errors_upstream_unreachable},
           Case{Failure::upstream_closed,
                "-ERR upstream closed the connection before its reply was complete\r\n",
                &Counters::errors_upstream_closed},
           Case{Failure::upstream_timeout,
                "-ERR upstream did not reply within --request-timeout\r\n",
                &Counters::errors_upstream_timeout},
           Case{Failure::upstream_protocol, "-ERR upstream sent a malformed reply\r\n",
                &Counters::errors_upstream_protocol},
           Case{Failure::pool_timeout,
                "-ERR upstream connections are all in use: none came free within "
                "--pool-wait-timeout\r\n",
                &Counters::errors_pool_timeout},
           Case{Failure::busy, "-ERR gateway is busy\r\n", &Counters::errors_busy},
       }) {
    exchange_.reply = "$5\r\nhe";
    fail(exchange_, c.failure, context_.counters);
    EXPECT_EQ(exchange_.reply, c.text);
    EXPECT_EQ(context_.counters.*c.counter, 1u) << c.text;
  }
}

TEST(FailureTest, IsNoValue) {
  Result<int> failed = Failure::busy;
  EXPECT_THROW(static_cast<void>(failed.value()), std::logic_error);
}

TEST(MayRetry, OnlyWhereItCannotBeExecutedTwice) {
  struct Case {
    std::optional<Failure> failure;
    bool written;
    bool reply_begun;
    bool read_only;
    bool may_retry;
  };
  constexpr auto closed = Failure::upstream_closed;
  for (const Case& c : {
           Case{closed, false, false, false, true},
           Case{closed, false, false, true, true},
           Case{closed, true, false, true, true},
           Case{closed, true, false, false, false},
           Case{closed, true, true, true, false},
           Case{Failure::upstream_timeout, true, false, true, false},
           Case{Failure::upstream_timeout, false, false, true, false},
           Case{Failure::upstream_protocol, true, true, true, false},
           Case{std::nullopt, true, true, true, false},
       }) {
    const Attempt attempt{.failure = c.failure, .written = c.written, .reply_begun = c.reply_begun};
    Exchange exchange;
    exchange.verdict = {.action = Action::forward, .read_only = c.read_only};
    EXPECT_EQ(may_retry(attempt, exchange), c.may_retry)
        << c.written << c.reply_begun << c.read_only;
  }
}

TEST_F(ExchangeTest, AConnectionThatMayBeInsideATransactionIsUseless) {
  exchange_.replies = 3;
  for (const std::string last :
       {"*1\r\n:1\r\n", "-EXECABORT x\r\n", "-ERR EXEC without MULTI\r\n"}) {
    EXPECT_TRUE(attempt_with_reply("+OK\r\n+QUEUED\r\n" + last).reusable) << last;
    EXPECT_EQ(exchange_.reply, last);
  }
  EXPECT_FALSE(attempt_with_reply("+OK\r\n+QUEUED\r\n-ERR unknown command 'EXEC'\r\n").reusable);
}

}  // namespace
}  // namespace stagecoach::gateway
