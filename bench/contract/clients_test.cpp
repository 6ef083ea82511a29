#include "bench/contract/stage.hpp"

namespace stagecoach::testing {
namespace {

constexpr auto requests = sanitized ? "300" : "2000";

/// Runs a program to its end and returns its output. Fails if it is not installed, or reports an
/// error.
std::string run(const std::vector<std::string>& args) {
  ChildProcess child(args);
  const auto status = child.wait(100s);
  auto output = child.output() + child.errors();
  EXPECT_TRUE(status) << args[0] << " did not end: " << output;
  if (status) {
    EXPECT_NE(status->code, 127) << args[0] << " is not installed; ./run installs it";
    EXPECT_EQ(status->code, 0) << args[0] << ": " << output;
  }
  return output;
}

class RealClients : public StageTest {};

TEST_P(RealClients, RedisCli) {
  auto gateway = stage().start();
  const auto redis_cli = [&](const std::vector<std::string>& command) {
    std::vector<std::string> args{"redis-cli", "-p", std::to_string(gateway.port())};
    args.insert(args.end(), command.begin(), command.end());
    return run(args);
  };
  EXPECT_EQ(redis_cli({"SET", "greeting", "hello"}), "OK\n");
  EXPECT_EQ(redis_cli({"GET", "greeting"}), "hello\n");
  EXPECT_EQ(redis_cli({"INCR", "visits"}), "1\n");
}

class Benchmark : public StageTest {
 protected:
  void run_all(ServerProcess& gateway) const {
    std::vector<Options> ways{{"-k", "0"}};
    if (stage().keeps_clients()) {
      ways.push_back({"-k", "1"});
      ways.push_back({"-k", "1", "-P", "16"});
    }
    for (const auto& way : ways) {
      std::vector<std::string> args{"redis-benchmark",
                                    "-p",
                                    std::to_string(gateway.port()),
                                    "-t",
                                    "get,set,incr,mset,ping",
                                    "-c",
                                    "50",
                                    "-n",
                                    requests,
                                    "-q"};
      args.insert(args.end(), way.begin(), way.end());
      const auto output = run(args);
      EXPECT_EQ(output.find("Error"), std::string::npos) << output;
      EXPECT_EQ(output.find("WRONG"), std::string::npos) << output;
      EXPECT_NE(output.find("MSET (10 keys): "), std::string::npos) << output;
    }
    expect_conservation_laws(gateway);
    EXPECT_EQ(gateway.stop(), 0);
  }
};

TEST_P(Benchmark, OnTheOriginInside) {
  auto gateway = stage().start();
  run_all(gateway);
}

TEST_P(Benchmark, OnRedis) {
  const ReservedPort port;
  const auto redis = redis_at(port.port());
  auto gateway = stage().start({"--upstream", at(port.port())});
  run_all(gateway);
}

INSTANTIATE_TEST_SUITE_P(Contract, RealClients, ::testing::ValuesIn(all_stages()), stage_name);
INSTANTIATE_TEST_SUITE_P(Contract, Benchmark, ::testing::ValuesIn(all_stages()), stage_name);

class ClientLibraries : public StageTest {};

TEST_P(ClientLibraries, RedisPyWithItsDefaults) {
  const std::string script = R"(
import sys
import redis  # python3-redis

client = redis.Redis(port=int(sys.argv[1]))
assert client.set('greeting', 'hello') is True
assert client.get('greeting') == b'hello'
assert client.incr('visits') == 1
with client.pipeline(transaction=False) as pipeline:
    replies = pipeline.incr('visits').get('greeting').execute()
assert replies == [2, b'hello'], replies
)";
  auto gateway = stage().start();
  run({PYTHON, "-c", script, std::to_string(gateway.port())});
}

INSTANTIATE_TEST_SUITE_P(Contract, ClientLibraries, ::testing::ValuesIn(stages_that_keep_clients()),
                         stage_name);

}  // namespace
}  // namespace stagecoach::testing
