#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <sys/socket.h>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "common/resp/encode.hpp"
#include "common/testing/poll_until.hpp"
#include "common/testing/scripted_upstream.hpp"
#include "stage4_workers/upstream_pipeline.hpp"

namespace stagecoach {

using stagecoach::testing::poll_until;
using stagecoach::testing::ScriptedConnection;
using stagecoach::testing::ScriptedUpstream;
using namespace std::chrono_literals;

/// A client's batch: "GET a", "SET a 1", …
struct Client {
  Client(std::initializer_list<std::string> commands) {
    for (const std::string& command : commands) {
      std::istringstream words(command);
      const std::vector<std::string> args(std::istream_iterator<std::string>(words), {});
      const std::vector<std::string_view> views(args.begin(), args.end());
      resp::append_request(wires.emplace_back(), views);
      auto& exchange = exchanges.emplace_back();
      resp::RequestParser().parse(wires.back(), exchange.request);
      exchange.verdict = gateway::judge(exchange.request.args);
      pointers.push_back(&exchange);
    }
  }

  const std::string& reply(std::size_t index = 0) const { return exchanges[index].reply; }

  std::deque<std::string> wires;
  std::deque<gateway::Exchange> exchanges;
  std::vector<gateway::Exchange*> pointers;
  bool done = false;
  bool complete = false;
};

inline std::string join(const std::vector<std::string>& args) {
  std::string text;
  for (const std::string& arg : args) {
    text.append(text.empty() ? "" : " ").append(arg);
  }
  return text;
}

/// "+INDEX GET a": says which connection the request came over.
inline std::string echo(const ScriptedConnection& connection, const std::string& command) {
  return "+" + std::to_string(connection.index()) + " " + command + "\r\n";
}

/// Never replies.
inline std::string wait_for_the_end(ScriptedConnection& connection,
                                    const std::string& /*command*/) {
  connection.read_request();
  return "";
}

class UpstreamPipelineTest : public ::testing::Test {
 protected:
  /// The reply to a command; none ends the connection.
  using React = std::function<std::string(ScriptedConnection&, const std::string& command)>;

  void set_upstream(React react = echo) {
    upstream_.emplace([this, react = std::move(react)](ScriptedConnection& connection) {
      while (const auto request = connection.read_request()) {
        const std::string reply = react(connection, join(*request));
        if (reply.empty()) break;
        connection.write(reply);
      }
      connection.close();
      ++ended_;
    });
    context_.upstream = *net::resolve("127.0.0.1:" + std::to_string(upstream_->port()));
  }

  /// An upstream that replies to `command` once it is told to go.
  void set_upstream_slow_at(const std::string& slow) {
    set_upstream([this, slow](ScriptedConnection& connection, const std::string& command) {
      if (command == slow) poll_until([this] { return go_.load(); });
      return echo(connection, command);
    });
  }

  /// A bound address that nobody listens at.
  static net::Descriptor bind() {
    net::Descriptor bound(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto any = *net::resolve("127.0.0.1:0");
    EXPECT_EQ(::bind(bound.get(), any.data(), any.size()), 0);
    return bound;
  }

  void start(Client& client, AsyncSocket* receiver = nullptr) {
    if (!pipeline_) pipeline_.emplace(loop_, context_, pool_, worker_);
    loop_.spawn([](UpstreamPipelineTest& t, Client& c, AsyncSocket* r) -> Task<void> {
      c.complete = co_await t.pipeline_->exchange(c.pointers, r);
      c.done = true;
    }(*this, client, receiver));
  }

  template <class Predicate>
  [[nodiscard]] bool run_until(Predicate predicate) {
    return poll_until([&] {
      loop_.poll();
      return predicate();
    });
  }

  /// Starts all in the same turn of the loop and runs it until they have their replies.
  void run(std::initializer_list<Client*> clients) {
    for (Client* client : clients) {
      start(*client);
    }
    for (Client* client : clients) {
      ASSERT_TRUE(run_until([&] { return client->done; }));
    }
  }

  /// The loop ends, whatever is still under way, and every connection with it.
  void TearDown() override {
    if (pipeline_) pipeline_->close();
    loop_.finish();
    loop_.poll();
    EXPECT_EQ(counters_.requests_in_flight, 0u);
    EXPECT_EQ(counters_.upstream_open, 0u);
    EXPECT_EQ(counters_.upstream_dials, counters_.upstream_closed);
    EXPECT_EQ(counters_.pool_acquires, counters_.pool_hits + counters_.pool_misses);
    EXPECT_EQ(counters_.pool_open, 0u);
  }

  std::atomic<bool> go_ = false;
  std::atomic<int> ended_ = 0;
  gateway::Options options_;
  gateway::Context context_{.options = options_, .upstream = {}};
  gateway::Counters& counters_ = context_.counters;
  PoolOptions pool_;
  WorkerOptions worker_;
  std::optional<ScriptedUpstream> upstream_;
  EventLoop loop_{2ms};
  std::optional<UpstreamPipeline> pipeline_;
};

inline constexpr auto closed_error =
    "-ERR upstream closed the connection before its reply was complete\r\n";
inline constexpr auto timeout_error = "-ERR upstream did not reply within --request-timeout\r\n";
inline constexpr auto unreachable_error = "-ERR upstream cannot be reached\r\n";

}  // namespace stagecoach
