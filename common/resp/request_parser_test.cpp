#include "common/resp/request_parser.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>
#include <ostream>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "common/resp/encode.hpp"
#include "common/resp/request_feeder.hpp"

namespace {
std::size_t allocations = 0;
std::size_t allocated_bytes = 0;
}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  allocated_bytes += size;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
// Not inlined, or g++ sees free() take memory from operator new, and warns.
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace stagecoach::resp {

std::ostream& operator<<(std::ostream& out, const RequestOutcome& outcome) {
  return out << testing::PrintToString(outcome.requests) << " then "
             << static_cast<int>(outcome.end) << ' ' << outcome.error
             << (outcome.in_request ? " in a request" : "");
}

namespace {

using namespace std::string_literals;
using Args = std::vector<std::string>;
using Outcome = RequestOutcome;
using Feeder = RequestFeeder;
constexpr auto incomplete = ParseStatus::incomplete;
constexpr auto complete = ParseStatus::complete;
constexpr auto malformed = ParseStatus::malformed;
constexpr auto foreign = ParseStatus::foreign;

Outcome outcome_of(std::string_view stream) {
  Feeder feeder(true);
  feeder.feed(stream);
  return feeder.outcome();
}

void expect_same_in_any_pieces(std::string_view stream) {
  const Outcome whole = outcome_of(stream);
  for (const bool drop : {true, false}) {
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
      Feeder feeder(drop);
      feeder.feed(stream.substr(0, cut));
      feeder.feed(stream.substr(cut));
      ASSERT_EQ(feeder.outcome(), whole) << "cut at " << cut;
    }
    Feeder bytewise(drop);
    for (const char& byte : stream) bytewise.feed({&byte, 1});
    ASSERT_EQ(bytewise.outcome(), whole);
  }
}

TEST(RequestParser, FindsRequestsHoweverTheyAreSplit) {
  struct Case {
    std::string stream;
    std::vector<Args> requests;
    ParseStatus end = incomplete;
    bool in_request = false;
  };
  const std::vector<Case> cases{
      {"", {}},
      {"*1\r\n$4\r\nPING\r\n", {{"PING"}}},
      {"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n", {{"SET", "k", ""}}},
      {"*2\r\n$3\r\nGET\r\n$6\r\n\r\n$1\r\n\r\n", {{"GET", "\r\n$1\r\n"}}},
      {"*1\r\n$0\r\n\r\n", {{""}}},
      {"*2\r\n$3\r\nGET\r\n$1\r\na\r\nPING\r\n*1\r\n$4\r\nQUIT\r\n",
       {{"GET", "a"}, {"PING"}, {"QUIT"}}},
      {"*2\r\n$3\r\nGET\r\n$1\r\na\r", {}, incomplete, true},
      // Empty requests do not count.
      {"*0\r\n*-1\r\n*-9223372036854775808\r\n\r\n\n  \t\r\n", {}},
      {"*0\r\nPING\r\n\r\n*1\r\n$4\r\nPING\r\n\n", {{"PING"}, {"PING"}}},
      {"\r\n*1\r\n$4\r\nPI", {}, incomplete, true},
      // Inline commands: line ends, white space, quotes.
      {"PING\n", {{"PING"}}},
      {" \v\fSET\t key  value \r\r\n", {{"SET", "key", "value"}}},
      {"PING\rECHO a\vb\n", {{"PING", "ECHO", "a\vb"}}},
      {"ECHO \"a\\x41\\xfF\\n\\r\\t\\b\\a\\\\\\\"b\"\r\n", {{"ECHO", "aA\xff\n\r\t\b\a\\\"b"}}},
      {"ECHO 'a\\'b\\n\"'\r\n", {{"ECHO", "a'b\\n\""}}},
      {"ECHO \"\\q\\x4\\xzz\"\r\n", {{"ECHO", "qx4xzz"}}},
      {"ECHO fo\"o b\" ''\r\n", {{"ECHO", "foo b", ""}}},
      {"\"\"\r\n", {{""}}},
      {"ECHO *1\r\n", {{"ECHO", "*1"}}},
      // Browsers and the like.
      {"post / HTTP/1.1\r\n", {}, foreign},
      {"GET / HTTP/1.1\r\nhOST: x\r\n", {{"GET", "/", "HTTP/1.1"}}, foreign},
      {"*2\r\n$5\r\nHost:\r\n$1\r\na\r\n", {}, foreign},
      {"*1\r\n$4\r\nPoSt\r\n", {}, foreign},
      {"*1\r\n$6\r\nPOST\0x\r\n"s, {}, foreign},  // for Redis the name ends there
      {"POSTS\r\nHost\r\n", {{"POSTS"}, {"Host"}}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(testing::PrintToString(c.stream));
    const Outcome whole = outcome_of(c.stream);
    EXPECT_EQ(whole.requests, c.requests);
    EXPECT_EQ(whole.end, c.end);
    EXPECT_EQ(whole.in_request, c.in_request);
    expect_same_in_any_pieces(c.stream);
  }
}

TEST(RequestParser, SaysWhatIsMalformedInTheWordsOfRedis) {
  struct Case {
    std::string stream;
    std::string error;  // behind "ERR Protocol error: "
  };
  const std::vector<Case> cases{
      {"*\r\n", "invalid multibulk length"},
      {"*x\r\n", "invalid multibulk length"},
      {"*01\r\n", "invalid multibulk length"},
      {"*+1\r\n", "invalid multibulk length"},
      {"*-0\r\n", "invalid multibulk length"},
      {"* 1\r\n", "invalid multibulk length"},
      {"*1 \r\n", "invalid multibulk length"},
      {"*-\r\n", "invalid multibulk length"},
      {"*2147483648\r\n", "invalid multibulk length"},
      {"*99999999999999999999\r\n", "invalid multibulk length"},
      {"*1\n$4\r\nPING\r\n", "invalid multibulk length"},
      {"*1\r\n$\r\n", "invalid bulk length"},
      {"*1\r\n$-1\r\n", "invalid bulk length"},
      {"*1\r\n$-5\r\n", "invalid bulk length"},
      {"*1\r\n$01\r\n", "invalid bulk length"},
      {"*1\r\n$4\n\r\n", "invalid bulk length"},
      {"*1\r\n$536870913\r\n", "invalid bulk length"},
      {"*1\r\n:1\r\n", "expected '$', got ':'"},
      {"*1\r\nxx\r\n", "expected '$', got 'x'"},
      {"*1\r\n\r\n\r\n", "expected '$', got ' '"},
      {"*2\r\n$4\r\nECHO\r\nPING\r\n", "expected '$', got 'P'"},
      {"PING\r\n*x\r\n", "invalid multibulk length"},
      {"\r\n*x\r\n", "invalid multibulk length"},
      {"ECHO \"abc\r\n", "unbalanced quotes in request"},
      {"ECHO \"abc\\\"\r\n", "unbalanced quotes in request"},
      {"ECHO \"abc\"d\r\n", "unbalanced quotes in request"},
      {"ECHO 'abc\r\n", "unbalanced quotes in request"},
      {"ECHO 'abc'd\r\n", "unbalanced quotes in request"},
      // Redis takes the first five, and waits forever after the last two.
      {"*1\rx$4\r\nPING\r\n", "expected CRLF"},
      {"*1\r\n$4\rxPING\r\n", "expected CRLF"},
      {"*1\r\n$4\r\nPINGxx", "expected CRLF"},
      {"*1\r\n$4\r\nPING\rx", "expected CRLF"},
      {"*1\r\n$4\r\nPING\n\n", "expected CRLF"},
      {"PING\0\r\n"s, "NUL in inline request"},
      {"\x16\x03\x01\x00"s, "NUL in inline request"},  // TLS
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(testing::PrintToString(c.stream));
    const Outcome whole = outcome_of(c.stream);
    EXPECT_EQ(whole.end, malformed);
    EXPECT_EQ(whole.error, "ERR Protocol error: " + c.error);
    expect_same_in_any_pieces(c.stream);
  }
}

TEST(RequestParser, BoundsEachLine) {
  struct Case {
    std::string before;
    std::string line;  // its first byte; ones follow
    std::string at_limit;
    std::string beyond;
  };
  const std::vector<Case> cases{
      {"", "1", "", "ERR Protocol error: too big inline request"},
      {"", "*", "ERR Protocol error: invalid multibulk length",
       "ERR Protocol error: too big mbulk count string"},
      {"*1\r\n", "$", "ERR Protocol error: invalid bulk length",
       "ERR Protocol error: too big bulk count string"},
  };
  for (const Case& c : cases) {
    const std::string longest =
        c.before + c.line + std::string(RequestLimits().line_bytes - 1, '1');
    for (const bool bytewise : {false, true}) {
      RequestParser parser;
      Request request;
      for (std::size_t size = bytewise ? 1 : longest.size(); size <= longest.size(); ++size) {
        ASSERT_EQ(parser.parse(std::string_view(longest).substr(0, size), request), incomplete);
      }
      EXPECT_EQ(parser.parse(longest + "1", request), malformed);
      EXPECT_EQ(parser.error(), c.beyond);
    }
    EXPECT_EQ(outcome_of(longest + "1\r\n").error, c.beyond);
    EXPECT_EQ(outcome_of(longest + (c.line == "1" ? "\n" : "\r\n")).error, c.at_limit);
  }
}

TEST(RequestParser, BoundsCountAndBulkAsTold) {
  const RequestLimits limits{.line_bytes = 8, .bulk_bytes = 5, .multibulk_count = 2};
  const std::vector<std::pair<std::string, ParseStatus>> cases{
      {"*2\r\n$5\r\n12345\r\n$0\r\n\r\n", incomplete},
      {"*3\r\n", malformed},
      {"*1\r\n$6\r\n", malformed},
      {"12345678\n", incomplete},
      {"123456789\n", malformed},
  };
  for (const auto& [stream, end] : cases) {
    Feeder feeder(true, limits);
    feeder.feed(stream);
    EXPECT_EQ(feeder.outcome().end, end) << stream;
  }
}

TEST(RequestParser, SaysHowMuchOfTheInputIsDoneWith) {
  RequestParser parser;
  Request request;
  EXPECT_FALSE(parser.in_request());

  EXPECT_EQ(parser.parse("\r\n*0\r\n", request), incomplete);
  EXPECT_EQ(parser.consumed(), 6);
  EXPECT_FALSE(parser.in_request());

  EXPECT_EQ(parser.parse("\n*1\r\n$4\r\nPI", request), incomplete);
  EXPECT_EQ(parser.consumed(), 1);
  EXPECT_TRUE(parser.in_request());

  EXPECT_EQ(parser.parse("*1\r\n$4\r\nPING", request), incomplete);
  EXPECT_EQ(parser.consumed(), 0);

  EXPECT_EQ(parser.parse("*1\r\n$4\r\nPING\r\nEC", request), complete);
  EXPECT_EQ(parser.consumed(), 14);
  EXPECT_FALSE(parser.in_request());

  EXPECT_EQ(parser.parse("\r\nECHO\n\n", request), complete);
  EXPECT_EQ(parser.consumed(), 7);
  EXPECT_EQ(request.received, "ECHO\n");
}

TEST(RequestParser, ForwardsMultibulkAsReceivedAndInlineEncodedAnew) {
  RequestParser parser;
  Request request;
  const std::string multibulk = resp::request({"SET", "key", "a b"});
  ASSERT_EQ(parser.parse(multibulk, request), complete);
  EXPECT_EQ(request.wire().data(), multibulk.data());
  EXPECT_EQ(request.wire(), multibulk);

  ASSERT_EQ(parser.parse("SET key 'a b'\n", request), complete);
  EXPECT_EQ(request.wire(), multibulk);

  ASSERT_EQ(parser.parse(multibulk, request), complete);
  EXPECT_EQ(request.wire().data(), multibulk.data());
}

TEST(RequestParser, AMovedRequestStaysValid) {
  for (const std::string input : {"GET k\r\n", "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"}) {
    RequestParser parser;
    auto request = std::make_unique<Request>();
    ASSERT_EQ(parser.parse(input, *request), complete);
    Request moved = std::move(*request);
    request.reset();
    EXPECT_EQ(moved.args, (std::vector<std::string_view>{"GET", "k"}));
    EXPECT_EQ(moved.wire(), resp::request({"GET", "k"}));
  }
}

TEST(RequestParser, LooksAtNoPieceAgainBeforeTheEnd) {
  // Spoils all bytes that were looked at, except the first, which tells the kind of request.
  const auto spoil = [](std::string& input, char with) {
    std::fill(input.begin() + 1, input.end(), with);
  };
  RequestParser parser;
  Request request;
  std::string input;
  std::string whole;
  for (const std::string piece : {"*2\r\n", "$4\r\n", "ECHO\r\n", "$5\r\n", "he", "llo\r"}) {
    whole += piece;
    input += piece;
    ASSERT_EQ(parser.parse(input, request), incomplete);
    if (!input.ends_with('\r')) spoil(input, '\0');
  }
  ASSERT_EQ(parser.parse(whole += '\n', request), complete);
  EXPECT_EQ(request.args[1], "hello");

  input.clear();
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(parser.parse(input += 'x', request), incomplete);
    spoil(input, '\n');
  }
  ASSERT_EQ(parser.parse(input += '\n', request), complete);
  EXPECT_EQ(request.received.size(), 1001);
}

TEST(RequestParser, TakesAMebibyteByteByByte) {
  const std::string value(1 << 20, 'v');
  std::string many;
  append_request(many, std::vector<std::string_view>(150'000, "k"));
  for (const std::string& stream :
       {resp::request({"SET", "k", value}), "SET k " + value + "\r\n", many}) {
    RequestParser parser({.line_bytes = stream.size()});
    Request request;
    for (std::size_t size = 1; size < stream.size(); ++size) {
      ASSERT_EQ(parser.parse(std::string_view(stream).substr(0, size), request), incomplete);
    }
    EXPECT_EQ(parser.parse(stream, request), complete);
    EXPECT_EQ(parser.consumed(), stream.size());
  }
}

TEST(RequestParser, AllocatesNothingBeforeTheEndAndThenTheArgumentsAlone) {
  RequestParser parser;
  Request request;
  constexpr std::size_t arguments = 100'000;
  std::string input;
  append_request(input, std::vector<std::string_view>(arguments, ""));
  const std::size_t before = allocated_bytes;
  for (std::size_t size = 0; size < input.size(); size += 10'000) {
    ASSERT_EQ(parser.parse(std::string_view(input).substr(0, size), request), incomplete);
  }
  EXPECT_EQ(allocated_bytes, before);
  const std::string_view all_but_one(input.data(), input.size() - 1);
  ASSERT_EQ(parser.parse(all_but_one, request), incomplete);
  EXPECT_EQ(parser.args_bytes(), (arguments - 1) * sizeof(std::string_view));
  ASSERT_EQ(parser.parse(input, request), complete);
  EXPECT_EQ(allocated_bytes - before, arguments * sizeof(std::string_view));
  EXPECT_EQ(parser.args_bytes(), 0);
}

TEST(RequestParser, AnInlineCommandOfManyWordsTakesASmallMultipleOfItsLine) {
  RequestParser parser;
  Request request;
  std::string line;
  while (line.size() < RequestLimits().line_bytes - 2) line += "a ";
  line += '\n';
  const std::size_t before = allocated_bytes;
  ASSERT_EQ(parser.parse(line, request), complete);
  EXPECT_LT(allocated_bytes - before, 24 * line.size())
      << "all that was allocated, and freed again";
}

TEST(RequestParser, AllocatesNothingInSteadyState) {
  RequestParser parser;
  Request request;
  const std::string input = resp::request({"SET", "key", "value"});
  ASSERT_EQ(parser.parse(input, request), complete);
  const std::size_t before = allocations;
  for (int i = 0; i < 100; ++i) {
    parser.parse(std::string_view(input).substr(0, input.size() / 2), request);
    parser.parse(input, request);
  }
  EXPECT_EQ(allocations - before, 0);
  EXPECT_EQ(request.args.size(), 3);
}

/// A pipeline of requests of all kinds, and what should come of it.
std::pair<std::string, Outcome> random_pipeline(std::mt19937& random) {
  std::string stream;
  Outcome expected;
  for (unsigned requests = random() % 20; requests > 0; --requests) {
    if (random() % 4 == 0) {
      stream += std::vector{"\r\n", "\n", "*0\r\n", "*-1\r\n", " \r\n"}[random() % 5];
    }
    Args args{"ECHO"};
    for (unsigned count = random() % 5; count > 0; --count) {
      std::string& arg = args.emplace_back(random() % 40, '\0');
      for (char& byte : arg) byte = static_cast<char>(random());
    }
    std::string encoded;
    append_request(encoded, std::vector<std::string_view>(args.begin(), args.end()));
    expected.wires += encoded;
    if (random() % 3 > 0) {
      stream += encoded;
    } else {
      for (const std::string& arg : args) {
        stream += '"';
        for (const unsigned char byte : arg) {
          constexpr std::string_view digits = "0123456789abcdef";
          stream += {'\\', 'x', digits[byte / 16], digits[byte % 16]};
        }
        stream += "\" ";
      }
      stream += "\r\n";
    }
    expected.requests.push_back(std::move(args));
  }
  return {stream, expected};
}

Outcome outcome_in_random_pieces(std::string_view stream, std::mt19937& random) {
  Feeder feeder(random() % 2 == 0);
  while (!stream.empty()) {
    const std::string_view piece = stream.substr(0, 1 + random() % 100);
    feeder.feed(piece);
    stream.remove_prefix(piece.size());
  }
  return feeder.outcome();
}

TEST(RequestParser, FindsRandomPipelinesInRandomPieces) {
  for (unsigned seed = 0; seed < 2000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    auto [stream, expected] = random_pipeline(random);
    ASSERT_EQ(outcome_in_random_pieces(stream, random), expected);
    if (stream.empty()) continue;

    stream[random() % stream.size()] = "*$\r\n0123456789-\"' x\0"[random() % 20];
    ASSERT_EQ(outcome_in_random_pieces(stream, random), outcome_of(stream)) << "one byte changed";
  }
}

}  // namespace
}  // namespace stagecoach::resp
