#include "common/gateway/metrics_server.hpp"

#include <gtest/gtest.h>

#include "common/testing/resp_client.hpp"

namespace stagecoach::gateway {
namespace {

using testing::RespClient;

class Metrics : public ::testing::Test {
 protected:
  /// All that comes in answer.
  std::string ask(std::string_view request) const {
    RespClient client(port_);
    client.send_raw(request);
    return client.read_until_closed();
  }

  Counters counters_;
  net::Listener listener_{*net::resolve("127.0.0.1:0")};
  const std::uint16_t port_ = listener_.address().port();
  MetricsServer server_{std::move(listener_), counters_, "stage4_workers"};
};

TEST_F(Metrics, AreTheCountersOfThisMoment) {
  add(counters_.requests, 41);
  const std::string first = ask("GET /metrics HTTP/1.1\r\nHost: here\r\n\r\n");
  EXPECT_TRUE(first.starts_with("HTTP/1.1 200 OK\r\n")) << first;
  EXPECT_NE(first.find("\r\nContent-Type: text/plain; version=0.0.4"), first.npos) << first;
  EXPECT_TRUE(first.ends_with("\r\n\r\n" + prometheus(counters_, "stage4_workers"))) << first;
  EXPECT_NE(first.find("stagecoach_requests_total 41\n"), first.npos) << first;

  add(counters_.requests);
  const std::string second = ask("GET /metrics HTTP/1.0\r\n\r\n");
  EXPECT_NE(second.find("stagecoach_requests_total 42\n"), second.npos) << second;
}

TEST_F(Metrics, WhoAsksForSomethingElseIsToldSo) {
  EXPECT_TRUE(ask("GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(ask("POST /metrics HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405 "));
  EXPECT_TRUE(ask("PING\r\n\r\n").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(ask("GET /" + std::string(100'000, 'x')).starts_with("HTTP/1.1 400 "));
}

TEST_F(Metrics, WhoSaysNothingIsCutOffAndTheNextIsServed) {
  RespClient silent(port_);
  EXPECT_TRUE(ask("GET /metrics HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200 OK"));
  EXPECT_TRUE(silent.read_until_closed().starts_with("HTTP/1.1 400 "));
}

}  // namespace
}  // namespace stagecoach::gateway
