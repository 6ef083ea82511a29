#include "common/gateway/session.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/resp/encode.hpp"

namespace stagecoach::gateway {
namespace {

class SessionTest : public testing::Test {
 protected:
  /// The commands of the batch that go upstream; each is answered with its own last argument.
  std::vector<std::string> serve(Session& session) {
    std::vector<std::string> served;
    for (Exchange* exchange : session.forwards()) {
      std::string text;
      for (const std::string_view arg : exchange->request.args) {
        text.append(text.empty() ? "" : " ").append(arg);
      }
      served.push_back(text);
      resp::append_simple(exchange->reply, exchange->request.args.back());
    }
    return served;
  }

  using Commands = std::vector<std::string>;

  Options options_;
  Context context_{.options = options_, .upstream = {}};
};

TEST_F(SessionTest, RepliesKeepTheOrderOfForwardsAnswersAndRefusals) {
  Session session(context_);
  session.receive("GET a\r\nPING\r\nBLPOP l 0\r\nGET b\r\n");
  ASSERT_TRUE(session.next_batch());
  EXPECT_EQ(serve(session), (Commands{"GET a", "GET b"}));
  const std::string replies(session.replies());
  EXPECT_EQ(replies.substr(0, 12), "+a\r\n+PONG\r\n-");
  EXPECT_EQ(replies.substr(replies.size() - 6), "\r\n+b\r\n");
  EXPECT_EQ(context_.counters.requests, 4u);
  EXPECT_EQ(context_.counters.replies, 4u);
  EXPECT_EQ(context_.counters.requests_answered, 1u);
  EXPECT_EQ(context_.counters.requests_refused, 1u);
  EXPECT_FALSE(session.next_batch());
  EXPECT_FALSE(session.ended());
}

TEST_F(SessionTest, ABatchOfAnswersAloneForwardsNothing) {
  Session session(context_);
  session.receive("PING\r\n");
  ASSERT_TRUE(session.next_batch());
  EXPECT_TRUE(session.forwards().empty());
  EXPECT_EQ(session.replies(), "+PONG\r\n");
}

TEST_F(SessionTest, PiecesOfAnySizeMakeTheSameBatches) {
  const std::string input = "*2\r\n$3\r\nGET\r\n$1\r\na\r\n\r\nGET b\r\n";
  for (const std::size_t size : {std::size_t{1}, std::size_t{3}, input.size()}) {
    Session session(context_);
    Commands served;
    for (std::size_t at = 0; at < input.size(); at += size) {
      session.receive(std::string_view(input).substr(at, size));
      while (session.next_batch()) {
        for (const std::string& command : serve(session)) {
          served.push_back(command);
        }
        session.replies();
      }
    }
    EXPECT_EQ(served, (Commands{"GET a", "GET b"})) << size;
    EXPECT_FALSE(session.in_request());
  }
}

TEST_F(SessionTest, BlankLinesBeginNoRequest) {
  Session session(context_);
  session.receive("\r\n\r\n");
  EXPECT_FALSE(session.next_batch());
  EXPECT_FALSE(session.in_request());
  session.receive("\r\nG");
  EXPECT_FALSE(session.next_batch());
  EXPECT_TRUE(session.in_request());
  session.receive("ET a\r\n");
  ASSERT_TRUE(session.next_batch());
  EXPECT_EQ(serve(session), Commands{"GET a"});
}

TEST_F(SessionTest, ABatchHas128RequestsAtMost) {
  Session session(context_);
  for (std::size_t i = 0; i < Session::max_batch + 2; ++i) {
    session.receive(std::string("GET ").append(std::to_string(i)).append("\r\n"));
  }
  ASSERT_TRUE(session.next_batch());
  EXPECT_EQ(serve(session).size(), 128u);
  session.replies();
  ASSERT_TRUE(session.next_batch());
  EXPECT_EQ(serve(session), (Commands{"GET 128", "GET 129"}));
  EXPECT_EQ(session.replies(), "+128\r\n+129\r\n");
}

TEST_F(SessionTest, WhatIsServedBeyondAMebibyteOfRepliesIsTheNextBatch) {
  const std::string large(Session::max_waiting_bytes, 'x');
  Session session(context_);
  session.receive("GET a\r\nGET b\r\nPING\r\nGET c\r\nGET d\r\n");
  ASSERT_TRUE(session.next_batch());
  resp::append_bulk(session.next_forward()->reply, "a");
  resp::append_bulk(session.next_forward()->reply, large);
  EXPECT_EQ(session.next_forward(), nullptr);
  EXPECT_EQ(session.replies().size(), large.size() + 19);
  EXPECT_EQ(context_.counters.replies, 2u);

  ASSERT_TRUE(session.next_batch());
  ASSERT_EQ(session.forwards().size(), 2u);
  Exchange* const third = session.next_forward();
  EXPECT_EQ(third->request.args[1], "c");
  resp::append_simple(third->reply, "c");
  EXPECT_EQ(session.replies(), "+PONG\r\n+c\r\n");

  ASSERT_TRUE(session.next_batch());
  EXPECT_EQ(serve(session), Commands{"GET d"});
  EXPECT_EQ(session.replies(), "+d\r\n");
  EXPECT_FALSE(session.next_batch());
  EXPECT_EQ(context_.counters.replies, 5u);
}

TEST_F(SessionTest, RepliesThatWaitKeepTheirOrder) {
  const std::string large(Session::max_waiting_bytes, 'x');
  Session session(context_);
  session.receive("GET a\r\nGET b\r\nGET c\r\n");
  ASSERT_TRUE(session.next_batch());
  for (Exchange* exchange : session.forwards()) {
    resp::append_bulk(exchange->reply, large + std::string(exchange->request.args[1]));
  }
  for (const std::string_view key : {"a", "b", "c"}) {
    EXPECT_EQ(session.replies().substr(10 + large.size(), 1), key);
    EXPECT_EQ(session.next_batch(), key != "c");
    EXPECT_TRUE(session.forwards().empty());
  }
}

TEST_F(SessionTest, ARequestThatNeverEndsIsNotKept) {
  options_.max_bulk_bytes = 4;
  Session session(context_);
  session.receive("PING\r\n*2147483647\r\n");
  ASSERT_TRUE(session.next_batch());
  EXPECT_EQ(session.replies(), "+PONG\r\n");
  std::size_t arguments = 0;
  while (!session.next_batch() && !session.ended()) {
    session.receive("$1\r\nx\r\n");
    ++arguments;
  }
  EXPECT_LT(arguments, 20'000u);
  EXPECT_FALSE(session.next_batch());
  EXPECT_EQ(context_.counters.errors_input_limit, 1u);
}

TEST_F(SessionTest, NothingIsServedBehindTheLastRequest) {
  struct Case {
    std::size_t max_requests;
    std::string input;
    Commands served;
    std::string replies;
  };
  for (const Case& c : {Case{2, "GET a\r\nGET b\r\nGET c\r\n", {"GET a", "GET b"}, "+a\r\n+b\r\n"},
                        Case{1, "PING\r\nGET a\r\n", {}, "+PONG\r\n"},
                        Case{0, "GET a\r\nQUIT\r\nGET b\r\n", {"GET a"}, "+a\r\n+OK\r\n"},
                        Case{0,
                             "GET a\r\n*1\r\n$x\r\nGET b\r\n",
                             {"GET a"},
                             "+a\r\n-ERR Protocol error: invalid bulk length\r\n"},
                        Case{0, "GET a\r\nPOST / HTTP/1.1\r\nGET b\r\n", {"GET a"}, "+a\r\n"}}) {
    Session session(context_, c.max_requests);
    session.receive(c.input);
    ASSERT_TRUE(session.next_batch()) << c.input;
    EXPECT_EQ(serve(session), c.served) << c.input;
    EXPECT_EQ(session.replies(), c.replies) << c.input;
    EXPECT_TRUE(session.ended()) << c.input;
    EXPECT_FALSE(session.next_batch()) << c.input;
    EXPECT_EQ(session.replies(), "") << c.input;
  }
  EXPECT_EQ(context_.counters.errors_protocol, 2u);
}

TEST_F(SessionTest, AfterTheEndOfItsInputItTakesWhatIsComplete) {
  Session session(context_);
  std::string requests;
  for (std::size_t i = 0; i < Session::max_batch + 1; ++i) {
    requests += "PING\r\n";
  }
  session.receive(requests + "GET half");
  ASSERT_TRUE(session.next_batch());
  session.end_input();
  EXPECT_EQ(session.replies().size(), Session::max_batch * std::string_view("+PONG\r\n").size());
  EXPECT_TRUE(session.next_batch());
  EXPECT_EQ(session.replies(), "+PONG\r\n");
  EXPECT_FALSE(session.next_batch());
  EXPECT_TRUE(session.ended());
}

TEST_F(SessionTest, AForeignProtocolGetsNoReply) {
  Session session(context_);
  session.receive("POST / HTTP/1.1\r\n");
  EXPECT_FALSE(session.next_batch());
  EXPECT_TRUE(session.ended());
}

TEST_F(SessionTest, MaxBulkBytesIsOfTheOptions) {
  options_.max_bulk_bytes = 4;
  Session session(context_);
  session.receive("*1\r\n$5\r\n");
  ASSERT_TRUE(session.next_batch());
  EXPECT_EQ(session.replies(), "-ERR Protocol error: invalid bulk length\r\n");
}

TEST_F(SessionTest, SessionsHaveIdsOfTheirOwn) {
  std::string replies;
  for (int i = 0; i < 2; ++i) {
    Session session(context_);
    session.receive("CLIENT ID\r\n");
    ASSERT_TRUE(session.next_batch());
    replies.append(session.replies());
  }
  EXPECT_EQ(replies, ":1\r\n:2\r\n");
}

TEST_F(SessionTest, MemoryIsGivenBackBetweenRequestsAndNotWithinOne) {
  Session session(context_);
  session.receive("GET a\r\nGET b\r\n");
  ASSERT_TRUE(session.next_batch());
  EXPECT_EQ(serve(session), (Commands{"GET a", "GET b"}));
  session.replies();
  EXPECT_FALSE(session.next_batch());
  session.release_memory();
  session.receive("*2\r\n$3\r\nGET\r\n$1\r\n");
  EXPECT_FALSE(session.next_batch());
  session.release_memory();
  session.receive("c\r\n");
  ASSERT_TRUE(session.next_batch());
  EXPECT_EQ(serve(session), (Commands{"GET c"}));
  EXPECT_EQ(session.replies(), "+c\r\n");
}

}  // namespace
}  // namespace stagecoach::gateway
