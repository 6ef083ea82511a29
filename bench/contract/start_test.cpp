#include <algorithm>
#include <csignal>
#include <sstream>

#include "bench/contract/stage.hpp"

namespace stagecoach::testing {
namespace {

class Start : public StageTest {};

TEST_P(Start, SaysWhereItListensAndNothingElse) {
  auto gateway = stage().start({"--max-clients", "10"});
  EXPECT_EQ(gateway.process().output(), "listening on " + at(gateway.port()) + "\n");
  EXPECT_EQ(gateway.process().errors(), "");
}

TEST_P(Start, PortIsFreeAtOnceForTheNext) {
  const ReservedPort port;
  for (int i = 0; i < 3; ++i) {
    ChildProcess gateway({stage().executable(), "--listen", at(port.port())});
    ASSERT_EQ(gateway.wait_for_line(longest_wait), "listening on " + at(port.port()))
        << gateway.errors();
    RespClient client(port.port());
    EXPECT_EQ(client.command({"SET", "key", "value"}).text, "OK");
    gateway.signal(SIGTERM);
    ASSERT_TRUE(gateway.wait(longest_wait));
  }
}

TEST_P(Start, HelpGroupsItsOptionsTheLessonFirst) {
  ChildProcess child({stage().executable(), "--help"});
  ASSERT_TRUE(child.wait(longest_wait));
  std::vector<std::string> groups;
  std::istringstream lines(child.output());
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with(':') && !line.starts_with(' ')) {
      groups.push_back(line);
    }
  }
  std::vector<std::string> wanted{
      "Connection pool (stage 2):", "Kept clients (stage 3):", "Workers and pipelining (stage 4):"};
  wanted.resize(stage().number - 1);
  wanted.insert(wanted.end(), {"Timeouts and limits:", "Operation:"});
  EXPECT_EQ(groups, wanted);
}

INSTANTIATE_TEST_SUITE_P(Contract, Start, ::testing::ValuesIn(all_stages()), stage_name);

struct BadStart {
  Options options;
  int code;
  std::string named;   ///< The line on standard error: what is wrong,
  std::string remedy;  ///< and what to do.
};

void expect_one_line(const Stage& stage, const BadStart& start) {
  std::vector<std::string> args{stage.executable(), "--max-clients", "10"};
  args.insert(args.end(), start.options.begin(), start.options.end());
  ChildProcess child(args);
  const auto status = child.wait(longest_wait);
  ASSERT_TRUE(status) << start.named << ": it started";
  EXPECT_EQ(status->code, start.code) << start.named;
  EXPECT_EQ(child.output(), "");
  const auto errors = child.errors();
  EXPECT_NE(errors.find(start.named), std::string::npos) << errors;
  EXPECT_NE(errors.find(start.remedy), std::string::npos) << errors;
  EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), 1) << errors;
}

class BadStarts : public StageTest {};

TEST_P(BadStarts, AreOneLineThatSaysWhatAndWhatToDo) {
  const Descriptor taken = listen_on_loopback();
  const auto taken_address = at(local_port(taken));
  const BadStart starts[] = {
      {{"--nonsense"}, 2, "--nonsense", "--help"},
      {{"--nonsense", "5"}, 2, "--nonsense", "--help"},
      {{"stray"}, 2, "stray", "--help"},
      {{"--connect-timeout", "5"}, 2, "--connect-timeout", "300ms, 30s or 3min"},
      {{"--connect-timeout", "-5s"}, 2, "--connect-timeout", "300ms, 30s or 3min"},
      {{"--request-timeout", "0s"}, 2, "--request-timeout", "at least 1ms"},
      {{"--drain-timeout"}, 2, "--drain-timeout", "--help"},
      {{"--max-bulk-bytes", "many"}, 2, "--max-bulk-bytes", "--help"},
      {{"--log-level", "loud"}, 2, "--log-level", "warning"},
      {{"--listen", taken_address}, 1, "--listen " + taken_address, "choose another"},
      {{"--metrics-listen", taken_address},
       1,
       "--metrics-listen " + taken_address,
       "choose another"},
      {{"--metrics-listen", "0.0.0.0:0"}, 2, "--metrics-listen: 0.0.0.0:0", "add --public"},
      {{"--listen", "7000"}, 1, "--listen 7000", "write HOST:PORT"},
      {{"--listen", "127.0.0.1:65536"}, 1, "--listen 127.0.0.1:65536", "write HOST:PORT"},
      {{"--upstream", "localhost"}, 1, "--upstream localhost", "write HOST:PORT"},
      {{"--upstream", "redis.invalid:6379"}, 1, "--upstream redis.invalid:6379", "check the name"},
  };
  for (const auto& start : starts) {
    expect_one_line(stage(), start);
  }
}

INSTANTIATE_TEST_SUITE_P(Contract, BadStarts, ::testing::ValuesIn(all_stages()), stage_name);

TEST(BadStart, OfMaxClients) {
  for (const auto& stage : all_stages()) {
    ChildProcess child({stage.executable(), "--max-clients", "0"});
    const auto status = child.wait(longest_wait);
    ASSERT_TRUE(status) << stage.name;
    EXPECT_EQ(status->code, 2);
    EXPECT_NE(child.errors().find("--max-clients"), std::string::npos) << child.errors();
  }
}

TEST(BadStart, OfAPool) {
  const BadStart starts[] = {
      {{"--pool-max-open", "0"}, 2, "--pool-max-open", "--help"},
      {{"--pool-min-idle", "5", "--pool-max-idle", "4"}, 2, "--pool-min-idle", "lower it"},
      {{"--pool-max-open", "4", "--pool-min-idle", "5"}, 2, "--pool-min-idle", "lower it"},
  };
  for (const auto& stage : stages_with_a_pool()) {
    for (const auto& start : starts) {
      expect_one_line(stage, start);
    }
  }
}

TEST(BadStart, OfKeptClients) {
  const BadStart starts[] = {
      {{"--keepalive", "maybe"}, 2, "--keepalive", "--help"},
      {{"--keepalive-idle", "10ms"}, 2, "--keepalive-idle", "at least 1s"},
      {{"--keepalive-interval", "32768s"}, 2, "--keepalive-interval", "at most 32767s"},
      {{"--keepalive-count", "128"}, 2, "--keepalive-count", "127"},
      {{"--idle-timeout", "15"}, 2, "--idle-timeout", "300ms, 30s or 3min"},
  };
  for (const auto& stage : stages_that_keep_clients()) {
    for (const auto& start : starts) {
      expect_one_line(stage, start);
    }
  }
}

TEST(BadStart, OfWorkers) {
  const BadStart starts[] = {
      {{"--workers", "0"}, 2, "--workers", "--help"},
      {{"--worker", "lazy"}, 2, "--worker", "--help"},
      {{"--pipeline-depth", "0"}, 2, "--pipeline-depth", "--help"},
      {{"--channel-capacity", "0"}, 2, "--channel-capacity", "--help"},
      {{"--pool-max-open", "1", "--workers", "2"}, 2, "--pool-max-open: 1", "raise it"},
  };
  for (const auto& start : starts) {
    expect_one_line({"stage4", 4}, start);
  }
}

}  // namespace
}  // namespace stagecoach::testing
