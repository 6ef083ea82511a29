#include <algorithm>
#include <cstdio>
#include <fstream>

#include "bench/contract/stage.hpp"
#include "common/resp/encode.hpp"

namespace stagecoach::testing {
namespace {

/// A file that holds the password "secret" while the test runs.
class PasswordFile {
 public:
  PasswordFile() { std::ofstream(path_) << "secret\n"; }
  ~PasswordFile() { std::remove(path_.c_str()); }
  PasswordFile(const PasswordFile&) = delete;
  PasswordFile& operator=(const PasswordFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_ = ::testing::TempDir() + "password_" + std::to_string(::getpid());
};

class Exposure : public StageTest {
 protected:
  std::unique_ptr<ChildProcess> start_on_every_address(const Options& more) const {
    std::vector<std::string> args{stage().executable(), "--max-clients", "10", "--listen",
                                  "0.0.0.0:0"};
    args.insert(args.end(), more.begin(), more.end());
    return std::make_unique<ChildProcess>(args);
  }
};

TEST_P(Exposure, ToOtherMachinesHasToBeMeant) {
  const auto refused = start_on_every_address({});
  const auto status = refused->wait(longest_wait);
  ASSERT_TRUE(status) << "it listens";
  EXPECT_EQ(status->code, 2);
  EXPECT_EQ(refused->output(), "");
  const std::string text =
      ": --listen: 0.0.0.0:0 can be reached from other machines; add --public if that is meant "
      "(see --help)\n";
  EXPECT_TRUE(refused->errors().ends_with(text)) << refused->errors();
  EXPECT_EQ(std::ranges::count(refused->errors(), '\n'), 1);
}

TEST_P(Exposure, WithoutAPasswordIsWarnedOf) {
  const auto open = start_on_every_address({"--public"});
  ASSERT_TRUE(open->wait_for_line(longest_wait)) << open->errors();
  EXPECT_NE(open->errors().find("without a password"), std::string::npos) << open->errors();
}

INSTANTIATE_TEST_SUITE_P(Contract, Exposure, ::testing::ValuesIn(all_stages()), stage_name);

class Password : public StageTest {
 protected:
  ServerProcess start(const Options& more = {}) const {
    Options options{"--requirepass-file", file_.path()};
    options.insert(options.end(), more.begin(), more.end());
    return stage().start(options);
  }

 private:
  PasswordFile file_;
};

constexpr auto no_auth = "NOAUTH Authentication required.";

TEST_P(Password, NothingIsServedBeforeIt) {
  auto gateway = start();
  RespClient stranger(gateway.port());
  for (auto command : {"PING", "GET", "SET", "FOO", "MULTI", "CLIENT", "CONFIG"}) {
    EXPECT_EQ(stranger.command({command, "key", "value"}).text, no_auth) << command;
  }
  EXPECT_EQ(stranger.command({"INFO", "gateway"}).text, no_auth);
  EXPECT_EQ(stranger.command({"AUTH", "guess"}).text,
            "WRONGPASS invalid username-password pair or user is disabled.");
  EXPECT_EQ(stranger.command({"PING"}).text, no_auth);

  RespClient client(gateway.port());
  EXPECT_EQ(client.command({"AUTH", "secret"}).text, "OK");
  EXPECT_EQ(client.command({"EXISTS", "key"}).integer, 0) << "the stranger's SET";
  EXPECT_EQ(client.command({"SET", "key", "value"}).text, "OK");
  EXPECT_EQ(stranger.command({"GET", "key"}).text, no_auth) << "each client gives it for itself";
}

TEST_P(Password, CountsForWhatIsPipelinedBehindIt) {
  auto gateway = start();
  RespClient client(gateway.port());
  client.send_raw("SET key early\r\nHELLO 2 AUTH default secret\r\nEXISTS key\r\nPING\r\nQUIT\r\n");
  EXPECT_EQ(client.read_reply().text, no_auth);
  EXPECT_EQ(client.read_reply().elements.size(), 14u);
  EXPECT_EQ(client.read_reply().integer, 0);
  EXPECT_EQ(client.read_until_closed(), "+PONG\r\n+OK\r\n");
}

/// Redis 8 words one error differently.
std::string as_redis_7_says_it(std::string reply) {
  const std::string words = "HELLO <proto> AUTH";
  if (const auto at = reply.find(words); at != reply.npos) {
    reply.replace(at, words.size(), "HELLO AUTH");
  }
  return reply;
}

/// Both want the same password. Requests go one by one: Redis 8 does not answer a wrong AUTH while
/// another reply waits to be sent.
TEST_P(Password, IsAskedForAsRedisDoes) {
  const ReservedPort port;
  const auto redis = redis_at(port.port(), {"--requirepass", "secret"});
  auto gateway = start();
  RespClient direct(port.port());
  RespClient client(gateway.port());
  for (const std::string request :
       {"PING", "AUTH", "AUTH a b c", "AUTH secreT", "AUTH x secret", "HELLO", "HELLO 2 SETNAME a",
        "HELLO 2 AUTH default x", "HELLO x", "GET k", "AUTH default secret", "PING", "AUTH wrong",
        "PING", "QUIT"}) {
    direct.send_raw(request + "\r\n");
    client.send_raw(request + "\r\n");
    EXPECT_EQ(client.read_reply().raw, as_redis_7_says_it(direct.read_reply().raw)) << request;
  }
}

/// Both want the same password, and the gateway answers these bytes as Redis does.
TEST_P(Password, BoundsWhatComesBeforeItAsRedisDoes) {
  const ReservedPort port;
  const auto redis = redis_at(port.port(), {"--requirepass", "secret"});
  auto gateway = start();
  const std::string nine_more =
      resp::request({"DEL", "2", "3", "4", "5", "6", "7", "8", "9", "10"});
  const std::string eleven =
      resp::request({"DEL", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"});
  for (const std::string& bytes :
       {nine_more + "QUIT\r\n", eleven, std::string("*2\r\n$3\r\nGET\r\n$16385\r\n"),
        "AUTH secret\r\n" + eleven + resp::request({"DEL", std::string(20'000, 'k')}) +
            "QUIT\r\n"}) {
    RespClient direct(port.port());
    direct.send_raw(bytes);
    direct.shutdown_write();
    RespClient client(gateway.port());
    client.send_raw(bytes);
    client.shutdown_write();
    EXPECT_EQ(client.read_until_closed(), direct.read_until_closed()) << bytes;
  }
}

TEST_P(Password, IsInNoLogAndNoProcessList) {
  const ReservedPort port;
  const auto redis = redis_at(port.port(), {"--requirepass", "secret"});
  const PasswordFile file;
  auto gateway = start({"--upstream", at(port.port()), "--upstream-password-file", file.path(),
                        "--log-level", "trace"});
  RespClient client(gateway.port());
  EXPECT_EQ(client.command({"AUTH", "secret"}).text, "OK");
  EXPECT_EQ(client.command({"SET", "key", "value"}).text, "OK");
  EXPECT_EQ(client.command({"CONFIG", "GET", "requirepass"}).type, Reply::Type::error);
  std::ifstream arguments("/proc/" + std::to_string(gateway.process().pid()) + "/cmdline");
  const std::string command_line(std::istreambuf_iterator<char>(arguments), {});
  EXPECT_NE(command_line.find("--requirepass-file"), std::string::npos);
  EXPECT_EQ(command_line.find("secret"), std::string::npos);
  EXPECT_EQ(gateway.stop(), 0);
  EXPECT_EQ(gateway.process().errors().find("secret"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Contract, Password, ::testing::ValuesIn(stages_that_keep_clients()),
                         stage_name);

class UpstreamPassword : public StageTest {
 protected:
  ServerProcess start(std::uint16_t upstream, const std::string& connect_timeout = "1min") const {
    return stage().start({"--upstream", at(upstream), "--upstream-password-file", file_.path(),
                          "--connect-timeout", connect_timeout});
  }

 private:
  PasswordFile file_;
};

TEST_P(UpstreamPassword, IsGivenOnEachConnection) {
  const ReservedPort port;
  auto redis = redis_at(port.port(), {"--requirepass", "secret"});
  auto gateway = start(port.port());
  ReusingClient client(stage(), gateway);
  EXPECT_EQ(client.command({"SET", "key", "value"}).text, "OK");
  EXPECT_EQ(client.command({"GET", "key"}).text, "value");
  redis.reset();
  redis = redis_at(port.port(), {"--requirepass", "secret"});
  EXPECT_EQ(client.command({"GET", "key"}).type, Reply::Type::null);
  EXPECT_EQ(gateway.process().errors().find("password"), std::string::npos);
}

TEST_P(UpstreamPassword, ThatIsRefusedIsSaidAtStartAndToClients) {
  const ReservedPort port;
  const auto redis = redis_at(port.port(), {"--requirepass", "another"});
  auto gateway = start(port.port());
  EXPECT_NE(gateway.process().errors().find("refuses the password of --upstream-password-file"),
            std::string::npos);
  ReusingClient client(stage(), gateway);
  EXPECT_EQ(client.command({"SET", "key", "value"}).text, "ERR upstream cannot be reached");
  EXPECT_EQ(client.command({"PING"}).text, "PONG");
  client.close();
  expect_conservation_laws(gateway);
  EXPECT_EQ(gateway.stop(), 0);
}

TEST_P(UpstreamPassword, ThatIsNotAnsweredEndsByTheConnectTimeout) {
  ScriptedUpstream upstream([](ScriptedConnection& connection) {
    while (connection.read_request()) {
    }
  });
  auto gateway = start(upstream.port(), "100ms");
  ReusingClient client(stage(), gateway);
  EXPECT_EQ(client.command({"GET", "key"}).text, "ERR upstream cannot be reached");
  client.close();
  expect_conservation_laws(gateway);
  EXPECT_EQ(gateway.stop(), 0);
}

INSTANTIATE_TEST_SUITE_P(Contract, UpstreamPassword, ::testing::ValuesIn(all_stages()), stage_name);

}  // namespace
}  // namespace stagecoach::testing
