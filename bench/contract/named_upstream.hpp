#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "bench/contract/stage.hpp"
#include "common/net/socket.hpp"
#include "common/testing/network_namespace.hpp"

namespace stagecoach::testing {

/// An upstream with a name, in a network of its own. A file that only the gateway sees as
/// /etc/hosts says what "upstream.test" and "localhost" are.
class NamedUpstream : public StageTest {
 protected:
  void SetUp() override {
    try {
      network_.emplace();
    } catch (const std::system_error& error) {
      GTEST_SKIP() << "network namespaces are not permitted here: " << error.what();
    }
    inside_.emplace(*network_);
    name_at({"127.0.0.1"});
    ChildProcess probe(with_own_hosts({"true"}));
    const auto status = probe.wait(longest_wait);
    if (!status || status->code != 0) {
      GTEST_SKIP() << "mount namespaces are not permitted here: " << probe.errors();
    }
  }

  void TearDown() override { std::filesystem::remove(hosts_); }

  /// Where the names lead from now on.
  void name_at(const std::vector<std::string>& addresses) const {
    std::ofstream file(hosts_);
    for (const std::string& address : addresses) {
      file << address << " upstream.test localhost\n";
    }
  }

  /// The stage, on a free port of 127.0.0.1 unless `options` say otherwise.
  ServerProcess start(Options options) const {
    if (std::ranges::find(options, "--listen") == options.end()) {
      options.insert(options.end(), {"--listen", "127.0.0.1:0"});
    }
    options.insert(options.begin(), stage().executable());
    auto command = with_own_hosts(options);
    command.erase(command.begin());
    return ServerProcess("unshare", command);
  }

  /// Redis at this address only; it listens already.
  static std::unique_ptr<ChildProcess> redis_at(const std::string& address, std::uint16_t port) {
    auto redis = std::make_unique<ChildProcess>(Options{"redis-server", "--bind", address, "--port",
                                                        std::to_string(port), "--save", "",
                                                        "--appendonly", "no"});
    const auto ready = [&] { return redis->output().find("Ready to accept") != std::string::npos; };
    EXPECT_TRUE(poll_until(ready)) << redis->output();
    return redis;
  }

  /// A client of the server there, without a gateway between.
  static RespClient client_of(const std::string& address) {
    return RespClient(net::dial(*net::resolve(address), longest_wait).value().release());
  }

 private:
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

}  // namespace stagecoach::testing
