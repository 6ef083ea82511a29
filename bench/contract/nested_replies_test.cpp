#include <csignal>
#include <set>
#include <string>
#include <vector>

#include "bench/contract/stage.hpp"
#include "common/resp/encode.hpp"

namespace stagecoach::testing {
namespace {

/// Sanitizers are slow.
ServerProcess start(const Stage& stage, std::uint16_t upstream) {
  Options options{"--upstream", at(upstream), "--request-timeout", "60s"};
  if (stage.number == 4) {
    options.insert(options.end(), {"--workers", "1"});
  }
  return stage.start(options);
}

/// Makes Redis reply with so many nested arrays; `next` is the table around table t.
std::string nested(std::string_view next, int depth) {
  const std::string script =
      "local t={} for i=1,tonumber(ARGV[1]) do t=" + std::string(next) + " end return t";
  return resp::request({"EVAL", script, "0", std::to_string(depth)});
}

std::string repeat(std::string_view text, int times) {
  std::string out;
  while (times-- > 0) out += text;
  return out;
}

/// Everything that a stage sends for one request.
std::string reply(const ServerProcess& gateway, std::string_view request) {
  RespClient client(gateway.port());
  client.send_raw(request);
  client.shutdown_write();
  return client.read_until_closed();
}

/// What Redis itself sends. It cuts its reply short if a client has shut down its side.
std::string direct_reply(std::uint16_t port, const std::string& request) {
  constexpr std::string_view goodbye = "+OK\r\n";
  RespClient client(port);
  client.send_raw(request + "QUIT\r\n");
  std::string all = client.read_until_closed();
  EXPECT_TRUE(all.ends_with(goodbye));
  all.resize(all.size() - goodbye.size());
  return all;
}

class NestedReplies : public StageTest {};

TEST_P(NestedReplies, ComeThroughByteByByteHoweverDeep) {
  const ReservedPort port;
  const auto redis = redis_at(port.port());
  auto gateway = start(stage(), port.port());
  for (const auto next : {"{t}", "{t,1}", "{1,t}", "{t,{},{'a'}}"}) {
    for (const int depth : {1, 31, 33, 5000, 20'000}) {  // the last is too much for Lua
      const std::string request = nested(next, depth);
      const std::string direct = direct_reply(port.port(), request);
      ASSERT_EQ(direct[0], '*') << direct.substr(0, 100);
      EXPECT_TRUE(reply(gateway, request) == direct) << next << ' ' << depth;
    }
  }
  EXPECT_EQ(counters(gateway)["errors_upstream_protocol"], 0u);
}

TEST_P(NestedReplies, ComeThroughDeeperThanRedisMakesThem) {
  constexpr int depth = sanitized ? 10'000 : 200'000;
  for (const std::string& deep :
       {repeat("*1\r\n", depth) + ":1\r\n", repeat("*2\r\n", depth) + repeat(":1\r\n", depth + 1),
        repeat("*2\r\n$1\r\na\r\n", depth) + "*0\r\n"}) {
    ScriptedUpstream upstream([&](ScriptedConnection& connection) {
      while (connection.read_request()) {
        connection.write(deep);
      }
    });
    auto gateway = start(stage(), upstream.port());
    EXPECT_TRUE(reply(gateway, "GET deep\r\n") == deep) << deep.substr(0, 30);
  }
}

TEST_P(NestedReplies, CostTheNeighboursNothing) {
  const ReservedPort port;
  const auto redis = redis_at(port.port());
  const std::string request = nested("{t}", 5000);
  const std::string direct = direct_reply(port.port(), request);
  auto gateway = start(stage(), port.port());

  redis->signal(SIGSTOP);  // until all are in flight
  RespClient deep(gateway.port());
  deep.send_raw(request);
  deep.shutdown_write();
  std::vector<RespClient> neighbours;
  for (int i = 0; i < 10; ++i) {
    neighbours.emplace_back(gateway.port()).send({"INCR", "counter"});
  }
  EXPECT_TRUE(poll_until([&] { return counters(gateway)["requests_in_flight"] == 11; }));
  redis->signal(SIGCONT);

  EXPECT_TRUE(deep.read_until_closed() == direct);
  std::set<std::int64_t> numbers;
  for (RespClient& neighbour : neighbours) {
    const Reply number = neighbour.read_reply();
    EXPECT_EQ(number.type, Reply::Type::integer) << number.raw;
    numbers.insert(number.integer);
  }
  EXPECT_EQ(numbers, (std::set<std::int64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
}

INSTANTIATE_TEST_SUITE_P(Contract, NestedReplies, ::testing::ValuesIn(all_stages()), stage_name);

}  // namespace
}  // namespace stagecoach::testing
