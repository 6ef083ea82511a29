#pragma once

#include <atomic>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "common/resp/encode.hpp"
#include "common/testing/poll_until.hpp"
#include "common/testing/scripted_upstream.hpp"
#include "stage4_workers/pipeline/upstream_pipeline.hpp"

namespace stagecoach {

using stagecoach::testing::longest_wait;
using stagecoach::testing::poll_until;
using stagecoach::testing::ScriptedConnection;
using stagecoach::testing::ScriptedUpstream;
using namespace std::chrono_literals;

/// Two connected sockets.
inline std::pair<net::Descriptor, net::Descriptor> connected() {
  int pair[2]{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  return {net::Descriptor(pair[0]), net::Descriptor(pair[1])};
}

/// A client's batch: "GET a", "SET a 1", …
struct Caller {
  Caller(std::initializer_list<std::string> sent) : commands(sent) {}

  const std::string& reply(std::size_t index = 0) const {
    return session->forwards()[index]->reply;
  }

  std::vector<std::string> commands;
  std::unique_ptr<gateway::Session> session;
  std::unique_ptr<Client> client;  // its connection, once it has started
  net::Descriptor peer;            // and its other end
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

/// As a client's library sends it.
inline std::string encode(const std::string& command) {
  std::istringstream stream(command);
  const std::vector<std::string> words{std::istream_iterator<std::string>(stream), {}};
  const std::vector<std::string_view> args(words.begin(), words.end());
  std::string bytes;
  resp::append_request(bytes, args);
  return bytes;
}

/// "+INDEX GET a": says over which connection the request came.
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
  /// The reply to a command. None ends the connection.
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
    context_.upstream.move_to({*net::resolve("127.0.0.1:" + std::to_string(upstream_->port()))});
  }

  /// An upstream that replies to `command` once it is told to go.
  void set_upstream_slow_at(const std::string& slow) {
    set_upstream([this, slow](ScriptedConnection& connection, const std::string& command) {
      if (command == slow) poll_until([this] { return go_.load(); });
      return echo(connection, command);
    });
  }

  /// A bound address at which nobody listens.
  static net::Descriptor bind() {
    net::Descriptor bound(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto any = *net::resolve("127.0.0.1:0");
    EXPECT_EQ(::bind(bound.get(), any.data(), any.size()), 0);
    return bound;
  }

  void start(Caller& caller) {
    if (!pipeline_) pipeline_.emplace(loop_, sockets_, context_, pool_, worker_);
    auto [near, far] = connected();
    caller.peer = std::move(far);
    caller.client = std::make_unique<Client>(loop_, sockets_, std::move(near));
    caller.session = std::make_unique<gateway::Session>(context_);
    for (const std::string& command : caller.commands) caller.session->receive(encode(command));
    caller.session->next_batch();
    const auto ask = [](UpstreamPipeline& pipeline, Caller& c) -> Awaitable<void> {
      c.complete = co_await pipeline.forward(*c.session, *c.client);
      c.done = true;
    };
    asio::co_spawn(loop_, ask(*pipeline_, caller), asio::detached);
  }

  /// Does all that is due now, as a worker does.
  void poll() {
    loop_.restart();
    loop_.poll();
    for (TimedSocket& socket : sockets_) socket.check_deadlines(Clock::now());
    if (pipeline_) pipeline_->check_deadlines(Clock::now());
  }

  template <class Predicate>
  [[nodiscard]] bool run_until(Predicate predicate) {
    return poll_until([&] {
      poll();
      return predicate();
    });
  }

  /// Starts all in the same turn of the loop, and runs it until they have their replies.
  void run(std::initializer_list<Caller*> callers) {
    for (Caller* caller : callers) {
      start(*caller);
    }
    for (Caller* caller : callers) {
      ASSERT_TRUE(run_until([&] { return caller->done; }));
    }
  }

  /// The reply to a client of its own.
  std::string ask(const std::string& command) {
    Caller client{command};
    run({&client});
    return client.reply();
  }

  /// Ends the loop, whatever is still under way, and with it every connection.
  void TearDown() override {
    if (pipeline_) pipeline_->close();
    for (TimedSocket& socket : sockets_) socket.check_deadlines(Time::max());
    loop_.restart();
    loop_.poll();
    EXPECT_TRUE(loop_.stopped()) << "something still waits";
    EXPECT_EQ(counters_.requests_in_flight, 0u);
    EXPECT_EQ(counters_.upstream_open, 0u);
    EXPECT_EQ(counters_.upstream_dials, counters_.upstream_closed);
    EXPECT_EQ(counters_.pool_acquires, counters_.pool_hits + counters_.pool_misses);
    EXPECT_EQ(counters_.pool_open, 0u);
  }

  std::atomic<bool> go_ = false;
  std::atomic<int> ended_ = 0;
  gateway::Options options_{.connect_timeout = longest_wait, .request_timeout = longest_wait};
  gateway::Context context_{.options = options_, .upstream = {}};
  gateway::Counters& counters_ = context_.counters;
  PoolOptions pool_{.wait_timeout = longest_wait};
  WorkerOptions worker_;
  std::optional<ScriptedUpstream> upstream_;
  asio::io_context loop_;
  TimedSocket::List sockets_;
  std::optional<UpstreamPipeline> pipeline_;
};

inline constexpr auto closed_error =
    "-ERR upstream closed the connection before its reply was complete\r\n";
inline constexpr auto timeout_error = "-ERR upstream did not reply within --request-timeout\r\n";
inline constexpr auto unreachable_error = "-ERR upstream cannot be reached\r\n";

}  // namespace stagecoach
