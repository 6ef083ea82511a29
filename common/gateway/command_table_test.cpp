#include "common/gateway/command_table.hpp"

#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/resp/unknown_command.hpp"

namespace stagecoach::gateway {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

Verdict judge_words(const std::string& request) {
  std::istringstream stream(request);
  const std::vector<std::string> words(std::istream_iterator<std::string>(stream), {});
  return judge(std::vector<std::string_view>(words.begin(), words.end()));
}

TEST(Judge, ForwardsReadsToBeSentAgainIfNeedBe) {
  for (const auto request : {"GET k",
                             "get k",
                             "gEt k",
                             "MGET a b",
                             "HGETALL h",
                             "ZRANGE z 0 -1",
                             "KEYS *",
                             "DBSIZE",
                             "SORT_RO l",
                             "EVAL_RO s 0",
                             "BITFIELD_RO k",
                             "OBJECT ENCODING k",
                             "XINFO STREAM s",
                             "MEMORY USAGE k",
                             "CONFIG GET save",
                             "COMMAND",
                             "COMMAND DOCS",
                             "PUBSUB CHANNELS",
                             "INFO",
                             "INFO server",
                             "INFO server gateway",
                             "CLUSTER slots",
                             "script exists x",
                             "FUNCTION LIST",
                             "XREAD COUNT 1 STREAMS s 0",
                             "TIME",
                             "SLOWLOG GET"}) {
    const Verdict verdict = judge_words(request);
    EXPECT_EQ(verdict.action, Action::forward) << request;
    EXPECT_TRUE(verdict.read_only) << request;
    EXPECT_TRUE(verdict.shareable) << request;
  }
}

TEST(Judge, ForwardsWritesThatMustNotRunTwice) {
  for (const auto request :
       {"SET k v", "INCR n", "GETEX k", "GETDEL k", "SPOP s", "SORT l", "GEORADIUS g 0 0 1 m",
        "BITFIELD k", "EVAL s 0", "FCALL f 0", "PUBLISH c m", "FLUSHALL", "SCRIPT LOAD s",
        "FUNCTION FLUSH", "LPOP l", "XGROUP CREATE s g 0", "XREADGROUP GROUP g c STREAMS s >"}) {
    const Verdict verdict = judge_words(request);
    EXPECT_EQ(verdict.action, Action::forward) << request;
    EXPECT_FALSE(verdict.read_only) << request;
    EXPECT_TRUE(verdict.shareable) << request;
  }
}

TEST(Judge, GivesUnknownCommandsAConnectionOfTheirOwn) {
  for (const auto request :
       {"NOSUCHCOMMAND", "JSON.GET k", "FUNCTION", "FUNCTION NOSUCH", "CLIENT|ID",
        "a-command-with-a-name-longer-than-any-that-the-table-knows x"}) {
    const Verdict verdict = judge_words(request);
    EXPECT_EQ(verdict.action, Action::forward) << request;
    EXPECT_FALSE(verdict.read_only) << request;
    EXPECT_FALSE(verdict.shareable) << request;
  }
  const auto empty = ""sv;
  EXPECT_EQ(judge({&empty, 1}).action, Action::forward);
  EXPECT_FALSE(judge({&empty, 1}).shareable);
}

TEST(Judge, RefusesNamesThatARedisMayTakeForOthers) {
  std::vector<std::string> names{"GET\0"s, "CONFIG\0no"s, "\0"s, "a b", "a\tb", "NOSUCH\r\n"};
  for (const char byte : {'\x01', ' ', '\x7f', '\x80', '\xff'}) {
    names.push_back("GET" + std::string(1, byte));
    names.push_back(std::string(1, byte) + "GET");
  }
  for (const std::string& name : names) {
    const std::vector<std::string_view> args{name, "GET", "requirepass"};
    const Verdict verdict = judge(args);
    EXPECT_EQ(verdict.action, Action::refuse) << name;
    EXPECT_EQ(refusal(verdict, args), resp::unknown_command(args)) << name;
  }
  for (const auto command : {"SCRIPT", "function", "Client", "CONFIG", "CLUSTER", "MEMORY"}) {
    for (const auto sub_command : {"KILL\0"sv, "KILL\0x"sv, " "sv, "LIST\xff"sv}) {
      const std::vector<std::string_view> args{command, sub_command};
      const Verdict verdict = judge(args);
      EXPECT_EQ(verdict.action, Action::refuse) << command;
      EXPECT_EQ(refusal(verdict, args), resp::unknown_subcommand(args)) << command;
    }
  }
  EXPECT_EQ(judge(std::vector{"GET"sv, "a key\0"sv}).action, Action::forward);
  EXPECT_EQ(judge(std::vector{"XINFO"sv, "STREAM\0"sv}).action, Action::forward);
}

TEST(Judge, AnswersWhatConcernsTheClientAlone) {
  for (const auto request :
       {"PING", "ping hello", "ECHO x", "QUIT", "SELECT 0", "SELECT", "HELLO", "HELLO 3",
        "HELLO 2 SETNAME x", "CLIENT ID", "client setname x", "CLIENT GETNAME",
        "CLIENT SETINFO LIB-NAME x", "INFO gateway", "info GATEWAY"}) {
    EXPECT_EQ(judge_words(request).action, Action::answer) << request;
  }
}

TEST(Judge, RefusesWhatASharedConnectionCannotCarry) {
  for (const auto request : {"WATCH k",
                             "SUBSCRIBE c",
                             "PSUBSCRIBE c",
                             "SSUBSCRIBE c",
                             "UNSUBSCRIBE",
                             "PUNSUBSCRIBE",
                             "SUNSUBSCRIBE",
                             "MONITOR",
                             "RESET",
                             "REPLCONF ACK 0",
                             "PSYNC ? -1",
                             "SYNC",
                             "BLPOP l 0",
                             "BRPOP l 0",
                             "BLMOVE a b LEFT LEFT 0",
                             "BLMPOP 0 1 l LEFT",
                             "BRPOPLPUSH a b 0",
                             "BZPOPMIN z 0",
                             "BZPOPMAX z 0",
                             "BZMPOP 0 1 z MIN",
                             "WAIT 1 0",
                             "WAITAOF 1 0 0",
                             "SELECT 1",
                             "CLIENT",
                             "CLIENT REPLY OFF",
                             "CLIENT TRACKING ON",
                             "CLIENT KILL x",
                             "CLIENT PAUSE 1",
                             "CLIENT LIST",
                             "CLIENT NOSUCH",
                             "SHUTDOWN",
                             "DEBUG SLEEP 1",
                             "REPLICAOF NO ONE",
                             "SLAVEOF NO ONE",
                             "FAILOVER",
                             "MIGRATE h 1 k 0 1",
                             "SWAPDB 0 1",
                             "SAVE",
                             "BGSAVE",
                             "BGREWRITEAOF",
                             "ACL WHOAMI",
                             "MODULE LIST",
                             "CONFIG SET a b",
                             "CONFIG NOSUCH",
                             "SCRIPT KILL",
                             "SCRIPT DEBUG YES",
                             "FUNCTION KILL",
                             "LATENCY RESET",
                             "SLOWLOG RESET",
                             "MEMORY PURGE",
                             "CLUSTER MEET h 1",
                             "READONLY",
                             "READWRITE",
                             "ASKING"}) {
    const Verdict verdict = judge_words(request);
    EXPECT_EQ(verdict.action, Action::refuse) << request;
    EXPECT_TRUE(verdict.error.starts_with("ERR ")) << request;
    EXPECT_EQ(verdict.error.find('@'), verdict.error.npos) << request;
  }
}

TEST(Judge, SaysWhyItRefuses) {
  EXPECT_EQ(judge_words("watch k").error,
            "ERR WATCH is not supported by this gateway: "
            "it changes the state of a connection that is shared");
  EXPECT_EQ(judge_words("client kill x").error,
            "ERR CLIENT KILL is not supported by this gateway: "
            "it administers the server behind it");
  EXPECT_EQ(judge_words("xread block 0 streams s $").error,
            "ERR XREAD with BLOCK is not supported by this gateway: "
            "it blocks a connection that is shared");
}

TEST(Judge, ShowsNoPasswords) {
  for (const auto request :
       {"CONFIG GET requirepass", "CONFIG GET save MasterAuth", "CONFIG GET primaryauth",
        "CONFIG GET x-password", "CONFIG GET *", "config get require?ass",
        "CONFIG GET [r]equirepass", "CONFIG GET tls-key-file-pass"}) {
    EXPECT_EQ(judge_words(request).action, Action::refuse) << request;
  }
  for (const auto request : {"CONFIG GET save", "CONFIG GET", "CONFIG GET save appendonly"}) {
    EXPECT_EQ(judge_words(request).action, Action::forward) << request;
  }
}

TEST(Judge, LetsWhoHasNotGivenThePasswordGiveItAndLeave) {
  for (const auto request : {"AUTH x", "AUTH", "HELLO 2 AUTH default x", "HELLO", "QUIT"}) {
    EXPECT_TRUE(judge_words(request).before_auth) << request;
  }
  for (const auto request : {"PING", "INFO gateway", "CLIENT ID", "GET k", "SELECT 0", "FOO"}) {
    EXPECT_FALSE(judge_words(request).before_auth) << request;
  }
}

TEST(Judge, FindsTheBlockOptionWhereRedisDoes) {
  for (const auto request : {"XREAD BLOCK 0 STREAMS s $", "XREAD COUNT 1 block 0 STREAMS s $",
                             "XREADGROUP GROUP g c NOACK BLOCK 0 STREAMS s >",
                             "XREADGROUP BLOCK 0 GROUP g c STREAMS s >",
                             "XREADGROUP GROUP streams streams BLOCK 0 STREAMS s >",
                             "XREAD COUNT group BLOCK 0 STREAMS s 0"}) {
    EXPECT_EQ(judge_words(request).action, Action::refuse) << request;
  }
  for (const auto request : {"XREAD STREAMS block 0", "XREADGROUP GROUP block block STREAMS s >",
                             "XREAD", "XREAD COUNT", "XREADGROUP GROUP g"}) {
    EXPECT_EQ(judge_words(request).action, Action::forward) << request;
  }
  const auto with_nul = {"XREAD"sv, "BLOCK\0x"sv, "0"sv, "STREAMS"sv, "s"sv, "$"sv};
  EXPECT_EQ(judge(with_nul).action, Action::refuse);
}

TEST(Judge, LeavesBracketsToBrackets) {
  for (const auto request : {"MULTI", "EXEC", "DISCARD", "UNWATCH", "SELECT 0", "SELECT 00",
                             "SELECT x", "SELECT -1", "SELECT 99999999999", "SELECT"}) {
    EXPECT_EQ(judge_words(request).action, Action::answer) << request;
    EXPECT_TRUE(judge_words(request).bracket) << request;
  }
  for (const auto request : {"WATCH k", "SUBSCRIBE c", "SUNSUBSCRIBE c", "SELECT 1"}) {
    EXPECT_EQ(judge_words(request).action, Action::refuse) << request;
    EXPECT_TRUE(judge_words(request).bracket) << request;
  }
}

TEST(Judge, ServesNothingBehindQuitAndWhatItWouldMisunderstand) {
  EXPECT_TRUE(judge_words("quit").last);
  EXPECT_TRUE(judge_words("CLIENT REPLY OFF").last);
  EXPECT_TRUE(judge_words("CLIENT REPLY SKIP").last);
  EXPECT_TRUE(judge_words("SCRIPT DEBUG YES").last);
  EXPECT_FALSE(judge_words("CLIENT REPLY ON").last);
  EXPECT_FALSE(judge_words("PING").last);
  EXPECT_FALSE(judge_words("GET k").last);
}

}  // namespace
}  // namespace stagecoach::gateway
