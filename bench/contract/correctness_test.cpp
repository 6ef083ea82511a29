#include <algorithm>
#include <cstdlib>
#include <random>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "bench/contract/stage.hpp"
#include "common/resp/encode.hpp"

/// What any gateway must do before its speed means anything. `./run contract 'COMMAND'` tries a
/// program of yours, whose command line is in STAGECOACH_COMMAND; without it the stages are tried.
/// In the command, {listen} and {upstream} become HOST:PORT, and {listen_port} and {upstream_port}
/// only the ports.
namespace stagecoach::testing {
namespace {

struct Program {
  std::string name;
  std::string command;

  friend std::ostream& operator<<(std::ostream& out, const Program& program) {
    return out << program.name;
  }
};

std::vector<Program> programs() {
  const char* command = std::getenv("STAGECOACH_COMMAND");  // NOLINT(concurrency-mt-unsafe)
  if (command != nullptr) return {{"yours", command}};
  std::vector<Program> stages;
  for (const Stage& stage : all_stages()) {
    stages.push_back({stage.name, stage.executable() + " --listen {listen} --upstream {upstream}"});
  }
  return stages;
}

std::string with_places(std::string command, std::uint16_t listen, std::uint16_t upstream) {
  const std::pair<std::string, std::string> places[] = {
      {"{listen}", at(listen)},
      {"{upstream}", at(upstream)},
      {"{listen_port}", std::to_string(listen)},
      {"{upstream_port}", std::to_string(upstream)}};
  for (const auto& [name, value] : places) {
    for (auto found = command.find(name); found != std::string::npos; found = command.find(name)) {
      command.replace(found, name.size(), value);
    }
  }
  return command;
}

/// Whether the connection is kept after its first reply.
bool outlives_a_reply(RespClient& client) {
  EXPECT_EQ(client.command({"PING"}).text, "PONG");
  try {
    return client.command({"PING"}).text == "PONG";
  } catch (const std::runtime_error&) {
    return false;
  }
}

class Correctness : public ::testing::TestWithParam<Program> {
 protected:
  void SetUp() override {
    port_ = reserved_.port();
    process_.emplace(std::vector<std::string>{
        "/bin/sh", "-c", "exec " + with_places(GetParam().command, port_, origin_.port())});
    const auto listens = [&] {
      return process_->wait(0ms).has_value() || !refuses_connections(port_);
    };
    ASSERT_TRUE(poll_until(listens)) << "it does not listen";
    ASSERT_FALSE(process_->wait(0ms)) << "it ended: " << process_->output() << process_->errors();
    RespClient first(port_);
    keeps_clients_ = outlives_a_reply(first);
  }

  ReusingClient new_client() const { return ReusingClient(keeps_clients_, port_); }

  /// Expects each to be answered as by the upstream itself.
  void expect_the_upstreams_reply(std::initializer_list<std::string_view> args) {
    RespClient upstream(origin_.port());
    const auto through = new_client().command(args).raw;
    EXPECT_EQ(through, upstream.command(args).raw) << *args.begin();
  }

  std::uint16_t port() const { return port_; }
  bool keeps_clients() const { return keeps_clients_; }
  ServerProcess& origin() { return origin_; }
  ChildProcess& process() { return *process_; }

 private:
  ServerProcess origin_ = start_origin();
  ReservedPort reserved_;
  std::uint16_t port_ = 0;
  bool keeps_clients_ = false;
  std::optional<ChildProcess> process_;
};

INSTANTIATE_TEST_SUITE_P(Programs, Correctness, ::testing::ValuesIn(programs()),
                         [](const auto& test) { return test.param.name; });

TEST_P(Correctness, RepliesAreTheUpstreams) {
  expect_the_upstreams_reply({"SET", "key", "value"});
  expect_the_upstreams_reply({"GET", "key"});
  expect_the_upstreams_reply({"GET", "no such key"});
  expect_the_upstreams_reply({"SET", "empty", ""});
  expect_the_upstreams_reply({"GET", "empty"});
  expect_the_upstreams_reply({"MGET", "key", "no such key", "empty"});
  expect_the_upstreams_reply({"INCR", "key"});
}

TEST_P(Correctness, ValuesMayHoldAnyBytes) {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  every_byte += "\r\n$3\r\n-ERR\r\n*1\r\n";
  ReusingClient client = new_client();
  EXPECT_EQ(client.command({"SET", "bytes", every_byte}).text, "OK");
  EXPECT_EQ(client.command({"GET", "bytes"}).text, every_byte);
}

TEST_P(Correctness, ValuesMayBeLarge) {
  std::string value(1 << 20, ' ');
  std::mt19937 random(1);
  for (char& byte : value) byte = static_cast<char>(random());
  ReusingClient client = new_client();
  EXPECT_EQ(client.command({"SET", "large", value}).text, "OK");
  EXPECT_TRUE(client.command({"GET", "large"}).text == value);
}

TEST_P(Correctness, ARequestMayComeByteByByte) {
  new_client().command({"SET", "key", "value"});
  RespClient client(port());
  for (const char byte : resp::request({"GET", "key"})) client.send_raw({&byte, 1});
  EXPECT_EQ(client.read_reply().text, "value");
}

TEST_P(Correctness, RequestsThatComeTogetherAreAnsweredInOrder) {
  constexpr int requests = 100;
  std::string batch;
  RespClient upstream(origin().port());
  for (int i = 0; i < requests; ++i) {
    const std::string word = std::to_string(i);
    upstream.command({"SET", "key" + word, word});
    batch += resp::request({"GET", "key" + word});
  }
  RespClient client(port());
  client.send_raw(batch);
  if (keeps_clients()) {
    for (int i = 0; i < requests; ++i) ASSERT_EQ(client.read_reply().text, std::to_string(i));
    return;
  }
  // Some of them, complete, from the front.
  std::string all_replies;
  for (int i = 0; i < requests; ++i) resp::append_bulk(all_replies, std::to_string(i));
  const std::string replies = client.read_until_closed();
  EXPECT_TRUE(replies.ends_with("\r\n")) << replies;
  EXPECT_TRUE(all_replies.starts_with(replies)) << replies;
}

TEST_P(Correctness, NoReplyReachesAnotherClient) {
  std::vector<std::jthread> clients;
  for (int client = 0; client < 16; ++client) {
    clients.emplace_back([this, client] {
      const std::string key = "key of " + std::to_string(client);
      ReusingClient own = new_client();
      try {
        for (int i = 0; i < 200; ++i) {
          const std::string value = std::to_string(client) + ':' + std::to_string(i);
          EXPECT_EQ(own.command({"SET", key, value}).text, "OK");
          EXPECT_EQ(own.command({"GET", key}).text, value);
        }
      } catch (const std::runtime_error& error) {
        ADD_FAILURE() << error.what();
      }
    });
  }
}

TEST_P(Correctness, AClientThatLeavesEarlyHarmsNobody) {
  ReusingClient client = new_client();
  client.command({"SET", "large", std::string(1 << 20, 'x')});
  client.command({"SET", "key", "value"});
  for (int i = 0; i < 20; ++i) {
    RespClient(port()).send({"GET", "large"});
    EXPECT_EQ(client.command({"GET", "key"}).text, "value");
  }
}

TEST_P(Correctness, MalformedInputHarmsNobody) {
  for (const char* input : {"*1\r\n$x\r\n", "*-7\r\n", "\r\n\r\n", "*2\r\n$3\r\nGET\r\n$1"}) {
    RespClient(port()).send_raw(input);
    EXPECT_EQ(new_client().command({"SET", "key", input}).text, "OK");
  }
}

TEST_P(Correctness, ItEndsWhenTold) {
  process().signal(SIGTERM);
  EXPECT_TRUE(process().wait(longest_wait));
}

}  // namespace
}  // namespace stagecoach::testing
