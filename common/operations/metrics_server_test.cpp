#include "common/operations/metrics_server.hpp"

#include <deque>

#include <gtest/gtest.h>

#include "common/operations/prometheus.hpp"
#include "common/testing/poll_until.hpp"
#include "common/testing/resp_client.hpp"

namespace stagecoach::operations {
namespace {

using testing::RespClient;

using gateway::add;

class Metrics : public ::testing::Test {
 protected:
  /// The whole answer. It asks again if it was too slow.
  std::string ask(std::string_view request) const {
    std::string answer;
    testing::poll_until([&] {
      RespClient client(port_);
      client.send_raw(request);
      answer = client.read_until_closed();
      return !answer.empty();
    });
    return answer;
  }

  gateway::Counters counters_;
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

TEST_F(Metrics, AreServedByTheirPathAlone) {
  for (const char* target : {"/metrics?x=1", "/metrics?", "/metrics#x", "http://here:9104/metrics",
                             "HTTP://a/metrics?x"}) {
    const auto reply = ask("GET " + std::string(target) + " HTTP/1.1\r\n\r\n");
    EXPECT_TRUE(reply.starts_with("HTTP/1.1 200 OK\r\n")) << target << reply;
  }
  for (const char* target : {"/", "/metrics/", "/x?/metrics", "/?u=http://a/metrics", "http://a",
                             "http://a?b=/metrics", "://", "*"}) {
    const auto reply = ask("GET " + std::string(target) + " HTTP/1.1\r\n\r\n");
    EXPECT_TRUE(reply.starts_with("HTTP/1.1 404 ")) << target << reply;
  }
}

TEST_F(Metrics, HeadHasTheFieldsOfGetAndNoBody) {
  for (const char* target : {"/metrics", "/nowhere"}) {
    const auto get = ask("GET " + std::string(target) + " HTTP/1.1\r\n\r\n");
    const auto head = ask("HEAD " + std::string(target) + " HTTP/1.1\r\n\r\n");
    EXPECT_EQ(head, get.substr(0, get.find("\r\n\r\n") + 4));
  }
}

TEST_F(Metrics, WhoAsksForSomethingElseIsToldSo) {
  EXPECT_TRUE(ask("GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404 "));
  for (const char* request :
       {"POST /metrics HTTP/1.1\r\nContent-Length: 9999999999\r\n\r\nbody",
        "OPTIONS /metrics HTTP/1.1\r\n\r\n", "FOO /metrics HTTP/1.0\r\n\r\n"}) {
    const auto reply = ask(request);
    EXPECT_TRUE(reply.starts_with("HTTP/1.1 405 ")) << reply;
    EXPECT_NE(reply.find("\r\nAllow: GET, HEAD\r\n"), reply.npos) << reply;
  }
  EXPECT_TRUE(ask("PING\r\n\r\n").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(ask("GET /" + std::string(100'000, 'x')).starts_with("HTTP/1.1 400 "));
}

TEST_F(Metrics, WhoHangsIsCutOffAndDelaysNobody) {
  RespClient silent(port_);
  RespClient halfway(port_);
  halfway.send_raw("GET /metrics HT");
  EXPECT_EQ(silent.read_until_closed(), "");
  EXPECT_EQ(halfway.read_until_closed(), "");

  EXPECT_TRUE(testing::poll_until([&] {
    RespClient hanging(port_);
    return ask("GET /metrics HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200 OK") &&
           !hanging.closed_by_peer(std::chrono::milliseconds(1));
  })) << "they were served one after the other";
}

TEST_F(Metrics, AreServedToMoreThanFitAtATime) {
  std::deque<RespClient> clients;
  for (int i = 0; i < 3 * MetricsServer::most_clients; ++i) {
    clients.emplace_back(port_).send_raw("GET /metrics HTTP/1.1\r\n\r\n");
  }
  for (; !clients.empty(); clients.pop_front()) {
    EXPECT_TRUE(clients.front().read_until_closed().starts_with("HTTP/1.1 200 OK"));
  }
}

/// The fixture's server must end these, or its destructor hangs, or a sanitizer complains.
TEST_F(Metrics, EndWithConnectionsLeft) {
  RespClient silent(port_);
  RespClient served(port_);
  served.send_raw("GET /metrics HTTP/1.1\r\n\r\nmore");
  EXPECT_NE(ask("GET / HTTP/1.1\r\n\r\n"), "");
}

}  // namespace
}  // namespace stagecoach::operations
