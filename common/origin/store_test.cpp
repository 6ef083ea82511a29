#include "common/origin/store.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace stagecoach::origin {
namespace {

struct Step {
  std::vector<std::string_view> args;
  std::string_view reply;
};

void expect_replies(const std::vector<Step>& steps) {
  Stats stats;
  Store store(stats);
  for (const auto& [args, expected] : steps) {
    std::string reply;
    store.execute(args, reply);
    EXPECT_EQ(reply, expected) << args[0];
  }
}

TEST(Store, Strings) {
  expect_replies({
      {{"GET", "k"}, "$-1\r\n"},
      {{"SET", "k", "v"}, "+OK\r\n"},
      {{"get", "k"}, "$1\r\nv\r\n"},
      {{"SET", "k", ""}, "+OK\r\n"},
      {{"GET", "k"}, "$0\r\n\r\n"},
      {{"MSET", "a", "1", "b", "2", "a", "3"}, "+OK\r\n"},
      {{"MGET", "a", "b", "none"}, "*3\r\n$1\r\n3\r\n$1\r\n2\r\n$-1\r\n"},
      {{"EXISTS", "a", "a", "none"}, ":2\r\n"},
      {{"DBSIZE"}, ":3\r\n"},
      {{"DEL", "a", "a", "b"}, ":2\r\n"},
      {{"FLUSHALL", "async"}, "+OK\r\n"},
      {{"DBSIZE"}, ":0\r\n"},
  });
}

TEST(Store, KeysAndValuesAreBytes) {
  using std::string_view_literals::operator""sv;
  expect_replies({
      {{"SET", "a\0\r\n"sv, "\r\n\0"sv}, "+OK\r\n"},
      {{"GET", "a\0\r\n"sv}, "$3\r\n\r\n\0\r\n"sv},
      {{"GET", "a"}, "$-1\r\n"},
  });
}

TEST(Store, Incr) {
  const std::string_view not_a_number = "-ERR value is not an integer or out of range\r\n";
  expect_replies({
      {{"INCR", "n"}, ":1\r\n"},
      {{"INCR", "n"}, ":2\r\n"},
      {{"GET", "n"}, "$1\r\n2\r\n"},
      {{"SET", "n", "-1"}, "+OK\r\n"},
      {{"INCR", "n"}, ":0\r\n"},
      {{"SET", "n", "+1"}, "+OK\r\n"},
      {{"INCR", "n"}, not_a_number},
      {{"SET", "n", "1 "}, "+OK\r\n"},
      {{"INCR", "n"}, not_a_number},
      {{"SET", "n", "01"}, "+OK\r\n"},
      {{"INCR", "n"}, not_a_number},
      {{"SET", "n", ""}, "+OK\r\n"},
      {{"INCR", "n"}, not_a_number},
      {{"SET", "n", "9223372036854775808"}, "+OK\r\n"},
      {{"INCR", "n"}, not_a_number},
      {{"SET", "n", "9223372036854775807"}, "+OK\r\n"},
      {{"INCR", "n"}, "-ERR increment or decrement would overflow\r\n"},
  });
}

TEST(Store, Incrby) {
  const std::string_view not_a_number = "-ERR value is not an integer or out of range\r\n";
  const std::string_view overflow = "-ERR increment or decrement would overflow\r\n";
  expect_replies({
      {{"INCRBY", "n", "5"}, ":5\r\n"},
      {{"INCRBY", "n", "-8"}, ":-3\r\n"},
      {{"INCRBY", "n", "1.5"}, not_a_number},
      {{"INCRBY", "n", "-9223372036854775808"}, overflow},
      {{"INCRBY", "n", "9223372036854775807"}, ":9223372036854775804\r\n"},
      {{"INCRBY", "n", "4"}, overflow},
      {{"GET", "n"}, "$19\r\n9223372036854775804\r\n"},
      {{"INCRBY", "n"}, "-ERR wrong number of arguments for 'incrby' command\r\n"},
  });
}

TEST(Store, WhatClientsSendWhenTheyConnect) {
  expect_replies({
      {{"PING"}, "+PONG\r\n"},
      {{"PING", "text"}, "$4\r\ntext\r\n"},
      {{"ECHO", "text"}, "$4\r\ntext\r\n"},
      {{"CONFIG", "GET", "save"}, "*2\r\n$4\r\nsave\r\n$0\r\n\r\n"},
      {{"CONFIG", "GET", "appendonly"}, "*2\r\n$10\r\nappendonly\r\n$2\r\nno\r\n"},
      {{"CONFIG", "GET", "maxmemory"}, "*0\r\n"},
      {{"COMMAND"}, "*0\r\n"},
      {{"COMMAND", "DOCS", "get"}, "*0\r\n"},
  });
}

TEST(Store, ErrorsReadAsRedisWritesThem) {
  expect_replies({
      {{"GET"}, "-ERR wrong number of arguments for 'get' command\r\n"},
      {{"Get", "a", "b"}, "-ERR wrong number of arguments for 'get' command\r\n"},
      {{"MSET", "a", "1", "b"}, "-ERR wrong number of arguments for 'mset' command\r\n"},
      {{"PING", "a", "b"}, "-ERR wrong number of arguments for 'ping' command\r\n"},
      {{"CONFIG", "GET"}, "-ERR wrong number of arguments for 'config|get' command\r\n"},
      {{"CONFIG", "x"}, "-ERR unknown subcommand 'x'. Try CONFIG HELP.\r\n"},
      {{"SET", "k", "v", "EX", "1"}, "-ERR syntax error\r\n"},
      {{"FLUSHALL", "x"}, "-ERR syntax error\r\n"},
      {{"FOO", "a", "b"}, "-ERR unknown command 'FOO', with args beginning with: 'a' 'b' \r\n"},
      {{"foo"}, "-ERR unknown command 'foo', with args beginning with: \r\n"},
      {{"a\r\nb"}, "-ERR unknown command 'a  b', with args beginning with: \r\n"},
  });
}

TEST(Store, InfoPrintsWhatTheServerCounts) {
  Stats stats;
  Store store(stats);
  stats.process_id = 42;
  stats.tcp_port = 7000;
  stats.total_reads = 5;
  const std::string_view command = "INFO";
  std::string reply;
  store.execute({&command, 1}, reply);
  for (auto line :
       {"redis_version:", "process_id:42\r\n", "tcp_port:7000\r\n", "loading:0\r\n",
        "role:master\r\n", "connected_clients:0\r\n", "total_connections_received:0\r\n",
        "total_commands_processed:0\r\n", "total_reads:5\r\n"}) {
    EXPECT_NE(reply.find(line), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace stagecoach::origin
