#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>
#include <unistd.h>

#include "common/testing/contract/stage.hpp"
#include "common/testing/network_namespace.hpp"

namespace stagecoach::testing {
namespace {

/// A name whose address changes: in a file that one process alone sees as /etc/hosts.
class MovedUpstream : public StageTest {
 protected:
  void SetUp() override {
    try {
      network_.emplace();
    } catch (const std::system_error& error) {
      GTEST_SKIP() << "network namespaces are not permitted here: " << error.what();
    }
    inside_.emplace(*network_);
    name_at("127.0.0.1");
    ChildProcess probe(with_own_hosts({"true"}));
    const auto status = probe.wait(20s);
    if (!status || status->code != 0) {
      GTEST_SKIP() << "mount namespaces are not permitted here: " << probe.errors();
    }
  }

  void TearDown() override { std::filesystem::remove(hosts_); }

  void name_at(const std::string& address) const {
    std::ofstream(hosts_) << address << " upstream.test\n";
  }

  Options with_own_hosts(const Options& command) const {
    Options all{"unshare", "--mount", "sh", "-c", R"(mount --bind "$0" /etc/hosts && exec "$@")",
                hosts_};
    all.insert(all.end(), command.begin(), command.end());
    return all;
  }

  const std::string hosts_ =
      ::testing::TempDir() + "hosts." + std::to_string(::getpid()) + "." + stage().name;
  std::optional<NetworkNamespace> network_;
  std::optional<NetworkNamespace::Inside> inside_;
};

TEST_P(MovedUpstream, IsFoundAgainByItsName) {
  auto here = start_origin({"--listen", "127.0.0.1:7100"});
  ChildProcess gateway(with_own_hosts(
      {stage().executable(), "--listen", "127.0.0.1:7101", "--upstream", "upstream.test:7100"}));
  ASSERT_EQ(gateway.wait_for_line(20s), "listening on 127.0.0.1:7101") << gateway.errors();
  ReusingClient client(stage().keeps_clients(), 7101);
  EXPECT_EQ(client.command({"SET", "key", "here"}).text, "OK");

  auto there = start_origin({"--listen", "127.0.0.2:7100"});
  name_at("127.0.0.2");
  EXPECT_EQ(here.stop(), 0);
  EXPECT_TRUE(poll_until([&] { return client.command({"SET", "key", "there"}).text == "OK"; }));
  EXPECT_EQ(client.command({"GET", "key"}).text, "there");
  EXPECT_NE(gateway.errors().find("is now at 127.0.0.2:7100"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Contract, MovedUpstream, ::testing::ValuesIn(all_stages()), stage_name);

}  // namespace
}  // namespace stagecoach::testing
