#include <algorithm>
#include <csignal>
#include <deque>
#include <sys/resource.h>

#include <gtest/gtest.h>

#include "common/resp/encode.hpp"
#include "common/testing/poll_until.hpp"
#include "common/testing/resp_client.hpp"
#include "common/testing/server_process.hpp"

namespace stagecoach::origin {
namespace {

using namespace std::chrono_literals;
using testing::ChildProcess;
using testing::info;
using testing::Reply;
using testing::RespClient;
using testing::ServerProcess;

TEST(Origin, PipelinedRequestsAreAnsweredInOrder) {
  ServerProcess origin(ORIGIN);
  RespClient client(origin.port());
  std::string requests;
  for (int i = 0; i < 1000; ++i) requests += resp::request({"ECHO", std::to_string(i)});
  client.send_raw(requests);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(client.read_reply().text, std::to_string(i));
}

TEST(Origin, RequestMayComeByteByByte) {
  ServerProcess origin(ORIGIN);
  RespClient client(origin.port());
  for (char byte : resp::request({"SET", "key", "value"}) + "PING\r\n") {
    client.send_raw({&byte, 1});
  }
  EXPECT_EQ(client.read_reply().text, "OK");
  EXPECT_EQ(client.read_reply().text, "PONG");
}

TEST(Origin, UnknownCommandKeepsTheConnection) {
  ServerProcess origin(ORIGIN);
  RespClient client(origin.port());
  const auto reply = client.command({"FOO", "a"});
  EXPECT_EQ(reply.type, Reply::Type::error);
  EXPECT_EQ(reply.text, "ERR unknown command 'FOO', with args beginning with: 'a' ");
  EXPECT_EQ(client.command({"PING"}).text, "PONG");
}

TEST(Origin, MalformedRequestIsAnsweredAfterThoseBeforeItAndCloses) {
  for (auto delay : {"0us", "5ms"}) {
    ServerProcess origin(ORIGIN, {"--delay", delay});
    RespClient client(origin.port());
    client.send_raw("PING\r\n*x\r\n");
    EXPECT_EQ(client.read_until_closed(),
              "+PONG\r\n-ERR Protocol error: invalid multibulk length\r\n");
  }
}

TEST(Origin, HttpIsClosedWithoutAWord) {
  ServerProcess origin(ORIGIN);
  RespClient client(origin.port());
  client.send_raw("POST / HTTP/1.1\r\n");
  EXPECT_EQ(client.read_until_closed(), "");
}

TEST(Origin, LargeValue) {
  ServerProcess origin(ORIGIN);
  RespClient client(origin.port());
  const std::string value(8 << 20, 'v');
  EXPECT_EQ(client.command({"SET", "large", value}).text, "OK");
  EXPECT_TRUE(client.command({"GET", "large"}).text == value);
}

TEST(Origin, RepliesReachAClientThatHasShutItsSideDown) {
  for (auto delay : {"0us", "5ms"}) {
    ServerProcess origin(ORIGIN, {"--delay", delay});
    RespClient client(origin.port());
    client.send_raw("PING\r\nPING\r\n");
    client.shutdown_write();
    EXPECT_EQ(client.read_until_closed(), "+PONG\r\n+PONG\r\n");
  }
}

TEST(Origin, DelayedRepliesKeepTheirOrder) {
  ServerProcess origin(ORIGIN, {"--delay", "20ms"});
  RespClient client(origin.port());
  for (int i = 0; i < 50; ++i) client.send({"ECHO", std::to_string(i)});
  for (int i = 0; i < 50; ++i) ASSERT_EQ(client.read_reply().text, std::to_string(i));
}

TEST(Origin, ClientsThatLeaveWhileRepliesAreDelayedAreForgotten) {
  ServerProcess origin(ORIGIN, {"--delay", "5ms"});
  for (int i = 0; i < 20; ++i) RespClient(origin.port()).send({"PING"});
  RespClient client(origin.port());
  EXPECT_TRUE(testing::poll_until([&] { return info(client)["connected_clients"] == 1; }));
  EXPECT_EQ(info(client)["total_connections_received"], 21u);
}

TEST(Origin, InfoCountsReads) {
  ServerProcess origin(ORIGIN);
  RespClient client(origin.port());
  client.send_raw("PING\r\nPING\r\nPING\r\n");
  for (int i = 0; i < 3; ++i) client.read_reply();
  const auto counted = info(client);
  EXPECT_EQ(counted.at("total_reads"), 2u);
  EXPECT_EQ(counted.at("total_commands_processed"), 4u);
  EXPECT_EQ(counted.at("tcp_port"), origin.port());
}

TEST(Origin, TakesMoreConnectionsThanTheSoftDescriptorLimit) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlimit lowered{64, limit.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &lowered);
  ServerProcess origin(ORIGIN);
  ::setrlimit(RLIMIT_NOFILE, &limit);

  std::deque<RespClient> clients;
  for (int i = 0; i < 300; ++i) clients.emplace_back(origin.port());
  for (auto& client : clients) client.send({"PING"});
  for (auto& client : clients) ASSERT_EQ(client.read_reply().text, "PONG");
}

TEST(Origin, SignalsEndIt) {
  ServerProcess terminated(ORIGIN);
  EXPECT_EQ(terminated.stop(), 0);

  ServerProcess interrupted(ORIGIN);
  interrupted.process().signal(SIGINT);
  EXPECT_EQ(interrupted.process().wait(testing::longest_wait).value().code, 0);
}

struct BadStart {
  std::vector<std::string> options;
  int code;
  std::string named;
};

TEST(Origin, BadOptionsAreOneLineThatNamesThem) {
  ServerProcess other(ORIGIN);
  const std::string taken = "127.0.0.1:" + std::to_string(other.port());
  const BadStart starts[] = {
      {{"--delay", "1"}, 2, "--delay"},
      {{"--delay", "soon"}, 2, "--delay"},
      {{"--delay", "-1ms"}, 2, "--delay"},
      {{"--listen", "7000"}, 2, "--listen"},
      {{"--listen", "127.0.0.1:65536"}, 2, "--listen"},
      {{"--nonsense"}, 2, "--nonsense"},
      {{"--listen", "nowhere:0"}, 1, "nowhere:0"},
      {{"--listen", taken}, 1, taken},
  };
  for (const auto& [options, code, named] : starts) {
    std::vector<std::string> args{ORIGIN};
    args.insert(args.end(), options.begin(), options.end());
    ChildProcess child(args);
    const auto status = child.wait(testing::longest_wait);
    ASSERT_TRUE(status) << named;
    EXPECT_EQ(status->code, code) << named;
    const auto errors = child.errors();
    EXPECT_NE(errors.find(named), std::string::npos) << errors;
    EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), 1) << errors;
  }
}

}  // namespace
}  // namespace stagecoach::origin
