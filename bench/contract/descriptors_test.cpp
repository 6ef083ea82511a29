#include <algorithm>
#include <deque>
#include <functional>
#include <regex>
#include <sys/resource.h>

#include "bench/contract/stage.hpp"

namespace stagecoach::testing {
namespace {

constexpr std::string_view refusal = "-ERR max number of clients reached\r\n";

void append(Options& options, const Options& more) {
  options.insert(options.end(), more.begin(), more.end());
}

/// Changes a running server's soft limit until the end of the scope.
class LoweredLimit {
 public:
  LoweredLimit(ServerProcess& server, __rlimit_resource resource, rlim_t soft)
      : pid_(server.process().pid()), resource_(resource) {
    checked(::prlimit(pid_, resource_, nullptr, &before_), "prlimit");
    const rlimit lowered{soft, before_.rlim_max};
    checked(::prlimit(pid_, resource_, &lowered, nullptr), "prlimit");
  }
  ~LoweredLimit() { ::prlimit(pid_, resource_, &before_, nullptr); }

  LoweredLimit(const LoweredLimit&) = delete;
  LoweredLimit& operator=(const LoweredLimit&) = delete;

 private:
  pid_t pid_;
  __rlimit_resource resource_;
  rlimit before_{};
};

class Crowd : public StageTest {
 protected:
  static std::deque<RespClient> connect(const ServerProcess& gateway, std::size_t count) {
    std::deque<RespClient> clients;
    while (clients.size() < count) {
      clients.emplace_back(gateway.port());
    }
    return clients;
  }

  static void expect_all_served(std::deque<RespClient>& clients) {
    for (auto& client : clients) {
      client.send({"INCR", "n"});
    }
    for (auto& client : clients) {
      EXPECT_EQ(client.read_reply().type, Reply::Type::integer);
    }
  }
};

class Descriptors : public Crowd {
 protected:
  /// Under a limit of 64 open files.
  ServerProcess start_with_64() const {
    Options args{"--nofile=64", stage().executable(), "--listen", at(0)};
    if (stage().number > 1) {
      append(args, {"--pool-max-open", "8", "--pool-wait-timeout", "10s"});
    }
    if (stage().number == 4) {
      append(args, {"--workers", "2"});
    }
    return ServerProcess("prlimit", args);
  }
};

TEST_P(Descriptors, ALowLimitLowersMaxClientsAndTheRestIsRefused) {
  auto gateway = start_with_64();
  const std::string warnings = gateway.process().errors();
  std::smatch lowered;
  ASSERT_TRUE(std::regex_search(warnings, lowered, std::regex("lowered to ([0-9]+)"))) << warnings;
  const std::size_t fit = std::stoul(lowered[1]);

  auto clients = connect(gateway, 200);
  for (std::size_t i = fit; i < clients.size(); ++i) {
    EXPECT_EQ(clients[i].read_until_closed(), refusal) << i;
  }
  clients.erase(clients.begin() + static_cast<std::ptrdiff_t>(fit), clients.end());
  expect_all_served(clients);
  clients.clear();
  expect_conservation_laws(gateway);

  clients = connect(gateway, fit - 1);  // the client that asked for the counters may still be there
  expect_all_served(clients);
  clients.clear();
  expect_conservation_laws(gateway);
  auto counted = counters(gateway);
  EXPECT_GE(counted["connections_refused"], 200 - fit);
  EXPECT_EQ(counted["upstream_dial_errors"], 0u);
  EXPECT_EQ(counted["accept_pauses"], 0u) << "nothing was left for a refusal";
  EXPECT_EQ(gateway.stop(), 0);
}

/// Not even one for a refusal: accepting pauses, again and again, and does not spin.
TEST_P(Descriptors, WithoutAnyLeftClientsWaitInTheBacklog) {
  if (sanitized) {
    GTEST_SKIP()
        << "UndefinedBehaviorSanitizer looks at memory through a pipe, which it cannot open";
  }
  auto gateway = stage().start();
  const auto acceptor_slept = [&] { return gateway.process().status("voluntary_ctxt_switches"); };
  std::deque<RespClient> clients;
  {
    const LoweredLimit none(gateway, RLIMIT_NOFILE, 0);
    clients = connect(gateway, 20);
    for (auto& client : clients) {
      client.send({"PING"});
    }
    const auto before = acceptor_slept();
    EXPECT_TRUE(poll_until([&] { return acceptor_slept() >= before + 5; }));
    EXPECT_GE(std::ranges::count_if(clients, silent), 19)
        << "accept4 sets a descriptor aside before it waits: one may have been served";
  }
  for (auto& client : clients) {
    EXPECT_EQ(client.read_reply().text, "PONG");
  }
  clients.clear();
  expect_conservation_laws(gateway);
  auto counted = counters(gateway);
  EXPECT_GE(counted["accept_pauses"], 1u);
  EXPECT_LE(counted["accept_pauses"], acceptor_slept());
  EXPECT_EQ(counted["connections_refused"], 0u);
}

INSTANTIATE_TEST_SUITE_P(Contract, Descriptors, ::testing::ValuesIn(all_stages()), stage_name);

/// What a server then allocates comes from memory that it has had since its start: mallopt(3).
void keep_memory_for_all_but_stacks() {
  ::setenv("MALLOC_ARENA_MAX", "1", 1);       // NOLINT(concurrency-mt-unsafe)
  ::setenv("MALLOC_TOP_PAD_", "8388608", 1);  // NOLINT(concurrency-mt-unsafe)
}

class Threads : public Crowd {};

TEST_P(Threads, OneThatTheSystemDoesNotGiveIsARefusal) {
  if (sanitized) {
    GTEST_SKIP() << "a sanitizer's own memory does not fit under a limit";
  }
  keep_memory_for_all_but_stacks();
  auto gateway = stage().start();
  {
    const rlim_t used = gateway.process().status("VmSize") * 1024;
    const LoweredLimit few_stacks(gateway, RLIMIT_AS, used + (4 << 20));
    auto clients = connect(gateway, 100);
    EXPECT_EQ(clients.back().read_until_closed(), refusal) << "all before it were looked at";
    clients.pop_back();
    const auto is_refused = [](const RespClient& client) { return !silent(client); };
    const auto refused = std::partition(clients.begin(), clients.end(), std::not_fn(is_refused));
    EXPECT_NE(refused, clients.end());
    for (auto client = refused; client != clients.end(); ++client) {
      EXPECT_EQ(client->read_until_closed(), refusal);
    }
    clients.erase(refused, clients.end());
    EXPECT_GT(clients.size(), 0u);
    expect_all_served(clients);
  }
  expect_conservation_laws(gateway);
  auto clients = connect(gateway, 100);
  expect_all_served(clients);
  clients.clear();
  expect_conservation_laws(gateway);
  EXPECT_GE(counters(gateway)["connections_refused"], 2u);
  EXPECT_EQ(gateway.stop(), 0);
}

INSTANTIATE_TEST_SUITE_P(Contract, Threads,
                         ::testing::Values(Stage{"stage1", 1}, Stage{"stage2", 2},
                                           Stage{"stage3", 3}),
                         stage_name);

/// Stage 4 starts its threads once, so there this is an error at the start.
TEST(WorkerThreads, OneThatTheSystemDoesNotGiveIsAnErrorAtStart) {
  if (sanitized) {
    GTEST_SKIP() << "a sanitizer's own memory does not fit under a limit";
  }
  keep_memory_for_all_but_stacks();
  const Stage stage4{"stage4", 4};
  ChildProcess gateway({"prlimit", "--as=67108864", stage4.executable(), "--listen", at(0),
                        "--max-clients", "10", "--workers", "256", "--pool-max-open", "256"});
  const auto status = gateway.wait(longest_wait);
  ASSERT_TRUE(status) << "it started";
  EXPECT_EQ(status->code, 1);
  EXPECT_NE(gateway.errors().find("Resource temporarily unavailable"), std::string::npos)
      << gateway.errors();
}

}  // namespace
}  // namespace stagecoach::testing
