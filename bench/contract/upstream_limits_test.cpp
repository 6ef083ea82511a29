#include <algorithm>

#include "bench/contract/stage.hpp"

namespace stagecoach::testing {
namespace {

/// What the upstream's limits can do to clients that share its connections.
class UpstreamLimits : public StageTest {
 protected:
  /// The log of a stage once it serves.
  std::string log_before(std::uint16_t upstream, const Options& more = {}) const {
    Options options{"--upstream", at(upstream), "--max-clients", "10"};
    options.insert(options.end(), more.begin(), more.end());
    auto gateway = stage().start(options);
    EXPECT_EQ(RespClient(gateway.port()).command({"PING"}).text, "PONG");
    EXPECT_EQ(gateway.stop(), 0);
    return gateway.process().errors();
  }
};

TEST_P(UpstreamLimits, ThatCloseSharedConnectionsAreWarnedOf) {
  const ReservedPort port;
  const auto redis =
      redis_at(port.port(), {"--proto-max-bulk-len", "1mb", "--client-query-buffer-limit", "2mb",
                             "--client-output-buffer-limit", "normal", "0", "1mb", "5",
                             "--maxmemory-clients", "3mb"});
  const std::string upstream = "warning: upstream " + at(port.port()) + ": ";
  const auto log = log_before(port.port());
  for (const std::string line :
       {"proto-max-bulk-len is 1048576: one client's large request closes a connection that others "
        "share; raise it, or lower --max-bulk-bytes\n",
        "client-query-buffer-limit is 2097152: one client's large request closes",
        "client-output-buffer-limit is normal 0 1048576 5: one client's large reply closes a "
        "connection that others share; set it to normal 0 0 0\n",
        "maxmemory-clients is 3145728: one client's large request or reply closes"}) {
    EXPECT_NE(log.find(line), log.npos) << line << log;
  }
  EXPECT_EQ(std::ranges::count(log, '\n'), 4) << log;

  const auto fitting = log_before(port.port(), {"--max-bulk-bytes", "1MiB"});
  EXPECT_EQ(fitting.find("request closes"), fitting.npos) << fitting;
  EXPECT_EQ(std::ranges::count(fitting, '\n'), 2) << fitting;
}

TEST_P(UpstreamLimits, OfRedisByDefaultAreNoneThatAClientReaches) {
  const ReservedPort port;
  const auto redis = redis_at(port.port());
  EXPECT_EQ(log_before(port.port()), "");
}

TEST_P(UpstreamLimits, ThatAreNotToldAreNotSpokenOf) {
  for (const std::string reply :
       {"-NOPERM this user has no permissions to run the 'config|get' command\r\n",
        "-ERR unknown command 'CONFIG'\r\n", "*0\r\n", "*-1\r\n", "$-1\r\n", ":1\r\n", "+OK\r\n",
        "*2\r\n$18\r\nproto-max-bulk-len\r\n$4\r\nmuch\r\n",
        "*2\r\n$26\r\nclient-output-buffer-limit\r\n$6\r\nnormal\r\n",
        "*2\r\n$17\r\nmaxmemory-clients\r\n$0\r\n\r\n", "*2\r\n$8\r\nanything\r\n$1\r\n1\r\n",
        "HTTP/1.1 400 Bad Request\r\n\r\n"}) {
    ScriptedUpstream upstream([&](ScriptedConnection& connection) {
      while (connection.wait_for_request()) {
        connection.read_bytes(64 * 1024);
        for (int i = 0; i < 4; ++i) {
          connection.write(reply);
        }
      }
    });
    EXPECT_EQ(log_before(upstream.port()), "") << reply;
  }
}

TEST_P(UpstreamLimits, ThatAreNotAnsweredHoldUpNoStart) {
  for (const auto& part :
       {std::string(), std::string("*2\r\n$18\r\nproto-max"), std::string(100'000, '+')}) {
    ScriptedUpstream upstream([&](ScriptedConnection& connection) {
      connection.write(part);
      while (connection.wait_for_request()) {
        connection.read_bytes(64 * 1024);
      }
    });
    EXPECT_EQ(log_before(upstream.port(), {"--connect-timeout", "300ms"}), "");
  }
  ScriptedUpstream closing([](ScriptedConnection& connection) { connection.wait_for_request(); });
  EXPECT_EQ(log_before(closing.port()), "");
}

INSTANTIATE_TEST_SUITE_P(Contract, UpstreamLimits, ::testing::ValuesIn(all_stages()), stage_name);

}  // namespace
}  // namespace stagecoach::testing
