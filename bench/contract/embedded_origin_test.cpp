#include <csignal>
#include <filesystem>
#include <fstream>

#include "bench/contract/stage.hpp"

namespace stagecoach::testing {
namespace {

bool is_in_process_table(std::uint64_t pid) {
  return std::filesystem::exists("/proc/" + std::to_string(pid));
}

/// Source: proc(5), /proc/PID/status.
std::uint64_t parent_of(std::uint64_t pid) {
  std::ifstream lines("/proc/" + std::to_string(pid) + "/status");
  std::string word;
  while (lines >> word && word != "PPid:") {
  }
  std::uint64_t parent = 0;
  lines >> parent;
  return parent;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

/// The upstream of a stage without --upstream.
class EmbeddedUpstream : public StageTest {
 protected:
  static std::uint64_t origin_of(const ServerProcess& gateway) {
    RespClient client(gateway.port());
    return info(client, "server").at("process_id");
  }

  /// Asks until it is answered: requests that meet the death of the origin get an error.
  static Reply ask_again(const ServerProcess& gateway,
                         std::initializer_list<std::string_view> command) {
    Reply reply;
    EXPECT_TRUE(poll_until([&] {
      reply = RespClient(gateway.port()).command(command);
      return reply.type != Reply::Type::error;
    })) << reply.text;
    return reply;
  }
};

TEST_P(EmbeddedUpstream, IsStartedAgainEmptyWhenItIsKilled) {
  auto gateway = stage().start();
  std::uint64_t origin = 0;
  for (std::size_t kills = 1; kills <= 3; ++kills) {
    EXPECT_EQ(ask_again(gateway, {"SET", "key", "value"}).text, "OK");
    origin = origin_of(gateway);
    ::kill(static_cast<pid_t>(origin), SIGKILL);
    EXPECT_EQ(ask_again(gateway, {"DBSIZE"}).integer, 0);
    EXPECT_FALSE(is_in_process_table(origin)) << "a zombie";
    EXPECT_EQ(
        count(gateway.process().errors(), "warning: the embedded origin was killed by signal 9"),
        kills);
  }
  const std::string log = gateway.process().errors();
  for (const char* pause : {" in 100 ms\n", " in 200 ms\n", " in 400 ms\n"}) {
    EXPECT_EQ(count(log, "it is started again, empty," + std::string(pause)), 1u) << log;
  }
  origin = origin_of(gateway);
  EXPECT_EQ(gateway.stop(), 0);
  EXPECT_FALSE(is_in_process_table(origin));
}

TEST_P(EmbeddedUpstream, WhoseKeeperIsKilledIsGoneAndThatIsSaid) {
  auto gateway = stage().start();
  const auto keeper = parent_of(origin_of(gateway));
  ::kill(static_cast<pid_t>(keeper), SIGKILL);
  EXPECT_TRUE(poll_until([&] {
    return RespClient(gateway.port()).command({"GET", "key"}).text ==
           "ERR upstream cannot be reached";
  }));
  EXPECT_TRUE(poll_until([&] { return !is_in_process_table(keeper); })) << "a zombie";
  EXPECT_TRUE(
      poll_until([&] { return count(gateway.process().errors(), "its keeper was killed") == 1; }));
  EXPECT_EQ(gateway.stop(), 0);
}

INSTANTIATE_TEST_SUITE_P(Contract, EmbeddedUpstream, ::testing::ValuesIn(all_stages()), stage_name);

}  // namespace
}  // namespace stagecoach::testing
