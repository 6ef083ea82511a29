#include <string>
#include <string_view>
#include <vector>

#include "bench/contract/stage.hpp"
#include "common/resp/encode.hpp"

namespace stagecoach::testing {
namespace {

using namespace std::string_literals;
using Args = std::vector<std::string>;

/// Command names with bytes that no name has, in front of a real Redis, which compares names only
/// up to their first NUL, and so takes some for others.
class Names : public StageTest {
 protected:
  static std::string encode(const Args& args) {
    std::string request;
    resp::append_request(request, std::vector<std::string_view>(args.begin(), args.end()));
    return request;
  }
  static std::string reply(std::uint16_t port, const Args& args) {
    RespClient client(port);
    client.send_raw(encode(args));
    return client.read_reply().raw;
  }

  const ReservedPort port_;
  const std::unique_ptr<ChildProcess> redis_ = redis_at(port_.port());
  ServerProcess gateway_ = stage().start({"--upstream", at(port_.port())});
};

TEST_P(Names, WithBytesThatNoNameHasNeverReachRedis) {
  std::vector<Args> requests;
  const int configs = sanitized ? 200 : 2000;  // Redis takes a few of them for CONFIG
  for (int i = 0; i < configs; ++i) {
    requests.push_back({"CONFIG\0x"s + std::to_string(i), "GET", "requirepass"});
  }
  for (int i = 0; i < 30; ++i) {  // it takes every eighth
    const std::string kill = "KILL\0"s + std::to_string(i);
    requests.push_back({"SCRIPT", kill});
    requests.push_back({"function", kill});
    requests.push_back({"CLIENT", kill, "ID", "1"});
  }
  for (const char byte : {'\t', ' ', '\x01', '\x7f', '\x80', '\xff'}) {
    const std::string other(1, byte);
    requests.insert(requests.end(), {{other + "CONFIG", "GET", "requirepass"},
                                     {"CON" + other + "FIG", "GET", "requirepass"},
                                     {"CONFIG" + other, "GET", "requirepass"},
                                     {"CONFIG", "GET" + other, "requirepass"},
                                     {"DEBUG" + other, "SLEEP", "10"},
                                     {"SCRIPT", "KILL" + other},
                                     {"FUNCTION", other + "KILL"}});
  }
  for (const Args& request : requests) {
    const std::string text = reply(gateway_.port(), request);
    ASSERT_TRUE(text.starts_with("-ERR unknown ")) << ::testing::PrintToString(request) << text;
  }
  EXPECT_EQ(counters(gateway_)["upstream_writes"], 0u);
  RespClient redis(port_.port());
  const std::string stats = redis.command({"INFO", "commandstats"}).text;
  const std::string own = "# Commandstats\r\ncmdstat_config|get:calls=4,";  // at the start
  EXPECT_TRUE(stats.starts_with(own)) << stats;
  EXPECT_EQ(stats.find("cmdstat_", own.size()), stats.npos) << stats;
}

TEST_P(Names, AreRefusedInTheWordsOfRedis) {
  const std::string long_name(200, 'x');
  for (const Args& args : std::vector<Args>{
           {"NOSUCH\0x"s},
           {"NOSUCH\0x"s, "a", "b\0c"s, "", "d\r\ne"},
           {"\0"s, "a"},
           {"no such", "a b"},
           {"a\r\n+OK\r\n", "a"},
           {"a\tb\x7f", "\x80\xff"},
           {"\xc3\xa9", "\xc3\xa9"},
           {long_name + "\xff"},
           {"NOSUCH\xff", std::string(124, 'y'), "zzz", "a"},
           {"NOSUCH\xff", std::string(125, 'y'), "zzz", "a"},
           {"NOSUCH\xff", std::string(120, 'y'), "zzz", "a"},
           {"NOSUCH\xff", std::string(1000, 'y'), "zzz"},
           {"script", "NOSUCH\0x"s},
           {"Function", "no such", "a"},
           {"CLIENT", "\r\n"},
           {"CONFIG", "\xc3\xa9", "requirepass"},
           {"cluster", long_name + "\xff"},
           {"MEMORY", "\0"s},
       }) {
    EXPECT_EQ(reply(gateway_.port(), args), reply(port_.port(), args))
        << ::testing::PrintToString(args);
  }
  EXPECT_EQ(counters(gateway_)["upstream_writes"], 0u);
}

INSTANTIATE_TEST_SUITE_P(Contract, Names, ::testing::ValuesIn(all_stages()), stage_name);

}  // namespace
}  // namespace stagecoach::testing
