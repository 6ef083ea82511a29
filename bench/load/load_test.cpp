#include <chrono>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/testing/child_process.hpp"
#include "common/testing/poll_until.hpp"
#include "common/testing/resp_client.hpp"
#include "common/testing/scripted_upstream.hpp"
#include "common/testing/server_process.hpp"

namespace stagecoach::bench {
namespace {

using testing::ChildProcess;
using testing::ScriptedConnection;
using testing::ScriptedUpstream;
using testing::ServerProcess;

struct Outcome {
  int code = -1;
  std::string output;
  std::string errors;

  nlohmann::json json() const { return nlohmann::json::parse(output); }
};

Outcome load(const std::vector<std::string>& options) {
  std::vector<std::string> args{LOAD};
  args.insert(args.end(), options.begin(), options.end());
  ChildProcess process(args);
  const auto status = process.wait(testing::longest_wait);
  Outcome outcome{-1, process.output(), process.errors()};
  if (status && status->code) outcome.code = *status->code;
  return outcome;
}

Outcome load_port(std::uint16_t port, std::vector<std::string> options) {
  options.insert(options.end(), {"--target", "127.0.0.1:" + std::to_string(port), "--json"});
  return load(options);
}

// Answers as if each GET found "0.0.", the four-byte value of key 0.
std::string right_reply(const std::vector<std::string>& request) {
  return request[0] == "SET" ? "+OK\r\n" : "$4\r\n0.0.\r\n";
}

const std::vector<std::string> one_key{"--keys",        "1", "--value-size", "4",
                                       "--connections", "4", "--requests",   "100"};

// One reply per connection, then the server closes.
void answer_and_close(ScriptedConnection& connection) {
  if (const auto request = connection.read_request()) connection.write(right_reply(*request));
}

struct Shape {
  const char* name;
  std::vector<std::string> options;
  std::uint64_t dials;  // in the run itself

  friend std::ostream& operator<<(std::ostream& out, const Shape& shape) {
    return out << shape.name;
  }
};

class LoadOnOriginTest : public ::testing::TestWithParam<Shape> {};

INSTANTIATE_TEST_SUITE_P(
    Shapes, LoadOnOriginTest,
    ::testing::Values(Shape{"reuse", {"--connections", "7"}, 7},
                      Shape{"reconnect", {"--connection", "reconnect"}, 1000},
                      Shape{"pipelined", {"--connections", "3", "--pipeline", "16"}, 3},
                      Shape{"pipelined_reconnect",
                            {"--connections", "1", "--pipeline", "10", "--connection", "reconnect"},
                            100},
                      Shape{"half_set", {"--connections", "5", "--get-ratio", "0.5"}, 5},
                      Shape{"more_than_socket_buffers",
                            {"--connections", "1", "--pipeline", "100", "--keys", "10",
                             "--get-ratio", "0.5", "--value-size", "200000"},
                            1}),
    [](const auto& test) { return test.param.name; });

TEST_P(LoadOnOriginTest, GetsExactlyTheRepliesItAskedFor) {
  ServerProcess origin(ORIGIN);
  std::vector<std::string> options = GetParam().options;
  options.insert(options.end(), {"--requests", "1000"});
  const Outcome outcome = load_port(origin.port(), options);
  ASSERT_EQ(outcome.code, 0) << outcome.output << outcome.errors;
  const auto result = outcome.json();
  EXPECT_EQ(result["requests"], 1000);
  EXPECT_EQ(result["errors"], 0);
  EXPECT_EQ(result["dials"], GetParam().dials);
  EXPECT_EQ(result["server_closes"], false);
}

TEST(LoadTest, RunsForAGivenTime) {
  ServerProcess origin(ORIGIN);
  const Outcome outcome = load_port(origin.port(), {"--duration", "2s", "--warmup", "10ms"});
  ASSERT_EQ(outcome.code, 0) << outcome.errors;
  EXPECT_GT(outcome.json()["requests"], 0);
}

TEST(LoadTest, CtrlCIsAnEarlierEnd) {
  for (const std::string loop : {"--pipeline=1", "--rate=200"}) {
    ServerProcess origin(ORIGIN);
    const std::string target = "--target=127.0.0.1:" + std::to_string(origin.port());
    ChildProcess generator({LOAD, target, loop, "--connections=4", "--keys=1", "--warmup=0ms",
                            "--duration=10min", "--json"});
    testing::RespClient client(origin.port());
    ASSERT_TRUE(testing::poll_until(
        [&] { return testing::info(client, "clients")["connected_clients"] == 4 + 1; }));
    generator.signal(SIGINT);
    const auto status = generator.wait(testing::longest_wait);
    ASSERT_TRUE(status) << loop;
    EXPECT_EQ(status->code, 0) << loop << generator.errors();
    const auto result = nlohmann::json::parse(generator.output());
    EXPECT_EQ(result["errors"], 0);
    EXPECT_GT(result["replies_in_all"], 0);
  }
}

// Right replies to the first request, which learns whether the server closes, and to the one that
// fills; `reply` to all others.
ScriptedUpstream::Script replies_with(const std::string& reply) {
  return [reply](ScriptedConnection& connection) {
    while (const auto request = connection.read_request()) {
      connection.write(connection.index() < 2 ? right_reply(*request) : reply);
    }
  };
}

// How many samples of a histogram in the JSON result are greater.
std::uint64_t slower_than(std::chrono::milliseconds bound, const nlohmann::json& histogram) {
  const std::chrono::duration<double, std::micro> bound_us = bound;
  std::uint64_t count = 0;
  for (const auto& bucket : histogram) {
    if (bucket[0] > bound_us.count()) count += bucket[1].get<std::uint64_t>();
  }
  return count;
}

TEST(LoadTest, AnOpenLoopSendsWhatItsRateSays) {
  ServerProcess origin(ORIGIN);
  const Outcome outcome = load_port(origin.port(), {"--rate", "2000", "--duration", "500ms",
                                                    "--warmup", "0ms", "--pipeline", "4"});
  ASSERT_EQ(outcome.code, 0) << outcome.output << outcome.errors;
  const auto result = outcome.json();
  EXPECT_EQ(result["errors"], 0);
  EXPECT_EQ(result["rate"], 2000);
  // Two more were sent, to learn about the server and to fill.
  EXPECT_NEAR(result["replies_in_all"].get<double>(), 1000, 1);
}

// Coordinated omission: a stall makes each of four connections wait only once, while more and more
// requests become due.
TEST(LoadTest, AnOpenLoopShowsAStallThatServiceTimesHide) {
  ServerProcess origin(ORIGIN);
  ChildProcess generator({LOAD, "--target", "127.0.0.1:" + std::to_string(origin.port()), "--json",
                          "--rate", "500", "--connections", "4", "--duration", "10min", "--warmup",
                          "0ms", "--keys", "1"});
  testing::RespClient client(origin.port());
  std::uint64_t looks = 0;
  const auto requests = [&] {
    return testing::info(client, "stats")["total_commands_processed"] - ++looks;
  };
  ASSERT_TRUE(testing::poll_until([&] { return requests() > 100; }));
  origin.process().signal(SIGSTOP);
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  origin.process().signal(SIGCONT);
  const auto before = requests();
  ASSERT_TRUE(testing::poll_until([&] { return requests() > before + 500; }));
  generator.signal(SIGINT);
  ASSERT_TRUE(generator.wait(testing::longest_wait));

  const auto result = nlohmann::json::parse(generator.output());
  const std::chrono::milliseconds slow{100};
  const auto felt = slower_than(slow, result["latency_histogram_us"]);
  const auto as_sent = slower_than(slow, result["service_time_histogram_us"]);
  EXPECT_EQ(result["errors"], 0);
  EXPECT_GE(as_sent, 1u);
  EXPECT_GE(felt, 100u);
  EXPECT_GE(felt, 10 * as_sent);
}

TEST(LoadTest, WhatAnOpenLoopCannotSendIsAnError) {
  ScriptedUpstream server(replies_with(""));
  const Outcome outcome = load_port(
      server.port(), {"--keys", "1", "--value-size", "4", "--connections", "1", "--rate", "100",
                      "--duration", "300ms", "--warmup", "0ms", "--timeout", "1s"});
  EXPECT_EQ(outcome.code, 1);
  const auto result = outcome.json();
  EXPECT_EQ(result["requests"], 0);
  EXPECT_NEAR(result["errors"].get<double>(), 30, 1);
  EXPECT_GT(result["errors_by_cause"]["never sent"], 0);
}

TEST(LoadTest, IdleConnectionsAreOpenedBesideTheBusyOnes) {
  ServerProcess origin(ORIGIN);
  const Outcome outcome =
      load_port(origin.port(), {"--idle", "20", "--connections", "3", "--requests", "100"});
  ASSERT_EQ(outcome.code, 0) << outcome.errors;
  EXPECT_EQ(outcome.json()["dials"], 3);
  EXPECT_EQ(outcome.json()["clients_answered"], 3);
  testing::RespClient client(origin.port());
  // One to learn about the server, one to fill, and this one.
  EXPECT_EQ(testing::info(client, "stats")["total_connections_received"], 20 + 3 + 2 + 1);
}

TEST(LoadTest, LearnsThatTheServerCloses) {
  ScriptedUpstream server(answer_and_close);
  const Outcome outcome = load_port(server.port(), one_key);
  ASSERT_EQ(outcome.code, 0) << outcome.output << outcome.errors;
  const auto result = outcome.json();
  EXPECT_EQ(result["server_closes"], true);
  EXPECT_EQ(result["requests"], 100);
  EXPECT_EQ(result["dials"], 100);
  EXPECT_EQ(result["reconnects"], 0);
  EXPECT_EQ(server.connections(), 103u);  // two to learn about it, one to fill the only key
}

TEST(LoadTest, RedialsWhenAKeptConnectionIsClosed) {
  ScriptedUpstream server([](ScriptedConnection& connection) {
    for (int i = 0; i < 2; ++i) {
      const auto request = connection.read_request();
      if (!request) return;
      connection.write(right_reply(*request));
    }
  });
  const Outcome outcome = load_port(server.port(), one_key);
  ASSERT_EQ(outcome.code, 0) << outcome.output << outcome.errors;
  const auto result = outcome.json();
  EXPECT_EQ(result["requests"], 100);
  EXPECT_EQ(result["errors"], 0);
  EXPECT_GT(result["reconnects"], 0);
}

struct Fault {
  const char* name;
  std::string cause;
  std::uint64_t count;  // of 100 requests
  ScriptedUpstream::Script script;
  std::string timeout = "30s";

  friend std::ostream& operator<<(std::ostream& out, const Fault& fault) {
    return out << fault.name;
  }
};

class LoadOnFaultTest : public ::testing::TestWithParam<Fault> {};

INSTANTIATE_TEST_SUITE_P(
    Faults, LoadOnFaultTest,
    ::testing::Values(Fault{"wrong_value", "wrong reply", 100, replies_with("$4\r\n0.1.\r\n")},
                      Fault{"error_reply", "error reply: -ERR gateway is busy", 100,
                            replies_with("-ERR gateway is busy\r\n")},
                      Fault{"garbage", "malformed reply", 100, replies_with("garbage\r\n")},
                      Fault{"two_replies", "bytes that no request asked for", 100,
                            replies_with("$4\r\n0.0.\r\n$4\r\n0.0.\r\n")},
                      Fault{"silence", "timeout", 100, replies_with(""), "200ms"},
                      Fault{"closes_at_once", "closed without a reply", 100,
                            [](ScriptedConnection& connection) {
                              while (const auto request = connection.read_request()) {
                                if (connection.index() >= 2) return;
                                connection.write(right_reply(*request));
                              }
                            }},
                      Fault{"closes_within_a_reply", "closed within a reply", 100,
                            [](ScriptedConnection& connection) {
                              while (const auto request = connection.read_request()) {
                                connection.write(connection.index() < 2 ? right_reply(*request)
                                                                        : "$4\r\n0.");
                                if (connection.index() >= 2) return;
                              }
                            }}),
    [](const auto& test) { return test.param.name; });

TEST_P(LoadOnFaultTest, CountsItUnderItsName) {
  ScriptedUpstream server(GetParam().script);
  std::vector<std::string> options = one_key;
  options.insert(options.end(), {"--timeout", GetParam().timeout});
  const Outcome outcome = load_port(server.port(), options);
  EXPECT_EQ(outcome.code, 1);
  const auto result = outcome.json();
  EXPECT_EQ(result["errors_by_cause"][GetParam().cause], GetParam().count) << outcome.output;
  EXPECT_EQ(result["errors_by_cause"].size(), 1u) << outcome.output;
}

TEST(LoadTest, ANameMayHaveMoreAddressesThanTheServerListensOn) {
  ServerProcess origin(ORIGIN);
  const Outcome outcome = load({"--target", "localhost:" + std::to_string(origin.port()), "--json",
                                "--requests", "10", "--connections", "1"});
  EXPECT_EQ(outcome.code, 0) << outcome.errors;
  EXPECT_EQ(outcome.json()["requests"], 10);
}

TEST(LoadTest, SaysInOneLineWhyItCannotStart) {
  struct {
    std::vector<std::string> options;
    int code;
    std::string message;
  } cases[] = {
      {{}, 2, "--target"},
      {{"--target", "localhost"}, 2, "--target: 'localhost' is not HOST:PORT"},
      {{"--target", "127.0.0.1:1", "--connections", "0"}, 2, "--connections"},
      {{"--target", "127.0.0.1:1", "--duration", "5"}, 2, "--duration"},
      {{"--target", "127.0.0.1:1", "--duration", "5s", "--requests", "1"}, 2, "--requests"},
      {{"--target", "127.0.0.1:1", "--rate", "5", "--requests", "1"}, 2, "--requests"},
      {{"--target", "127.0.0.1:1", "--rate", "0"}, 2, "--rate"},
      {{"--target", "127.0.0.1:1", "--start-at", "soon"}, 2, "--start-at: 'soon' is no time in"},
      {{"--target", "127.0.0.1:1", "--start-at", "1700000000"}, 2, "1700000000 is past"},
      {{"--target", "127.0.0.1:1", "--start-at", "9999999999"}, 2, "more than an hour ahead"},
      {{"--target", "127.0.0.1:1", "--nonsense"}, 2, "--nonsense"},
      {{"--target", "127.0.0.1:1", "--idle", "9999999"}, 1, "ulimit -Hn"},
      {{"--target", "127.0.0.1:1"}, 1, "Connection refused"},
      {{"--target", "no-such-host.invalid:1"}, 1, "no-such-host.invalid:1: Host not found"},
  };
  for (const auto& [options, code, message] : cases) {
    const Outcome outcome = load(options);
    EXPECT_EQ(outcome.code, code) << message;
    EXPECT_NE(outcome.errors.find(message), std::string::npos) << outcome.errors;
    EXPECT_EQ(outcome.errors.find('\n'), outcome.errors.size() - 1) << outcome.errors;
  }
}

}  // namespace
}  // namespace stagecoach::bench
