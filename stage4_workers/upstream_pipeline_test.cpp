#include "stage4_workers/upstream_pipeline.hpp"

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
#include "stage4_workers/spawn.hpp"

namespace stagecoach {
namespace {

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

std::string join(const std::vector<std::string>& args) {
  std::string text;
  for (const std::string& arg : args) {
    text.append(text.empty() ? "" : " ").append(arg);
  }
  return text;
}

/// "+INDEX GET a": says which connection the request came over.
std::string echo(const ScriptedConnection& connection, const std::string& command) {
  return "+" + std::to_string(connection.index()) + " " + command + "\r\n";
}

/// Never replies.
std::string wait_for_the_end(ScriptedConnection& connection, const std::string& /*command*/) {
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

  void start(Client& client) {
    if (!pipeline_) pipeline_.emplace(loop_, watchdog_, context_, pool_, worker_);
    spawn(loop_.get_executor(), [](UpstreamPipelineTest& t, Client& c) -> net::Task<void> {
      c.complete = co_await t.pipeline_->exchange(c.pointers);
      c.done = true;
    }(*this, client));
  }

  template <class Predicate>
  [[nodiscard]] bool run_until(Predicate predicate) {
    return poll_until([&] {
      loop_.restart();
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
    watchdog_.stop();
    loop_.restart();
    loop_.run();
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
  boost::asio::io_context loop_{1};
  net::Watchdog watchdog_{loop_, 2ms};
  std::optional<UpstreamPipeline> pipeline_;
};

constexpr auto closed_error =
    "-ERR upstream closed the connection before its reply was complete\r\n";
constexpr auto timeout_error = "-ERR upstream did not reply within --request-timeout\r\n";
constexpr auto unreachable_error = "-ERR upstream cannot be reached\r\n";

TEST_F(UpstreamPipelineTest, WhatIsReadyInOneTurnLeavesInOneWrite) {
  set_upstream();
  Client first{"GET warm"};
  run({&first});
  EXPECT_EQ(counters_.upstream_writes, 1u);

  Client a{"GET a"};
  Client b{"SET b 1", "GET b"};
  Client c{"GET c"};
  run({&a, &b, &c});
  EXPECT_EQ(counters_.upstream_writes, 2u);
  EXPECT_EQ(upstream_->connections(), 1u);
  EXPECT_EQ(a.reply(), "+0 GET a\r\n");
  EXPECT_EQ(b.reply(0), "+0 SET b 1\r\n");
  EXPECT_EQ(b.reply(1), "+0 GET b\r\n");
  EXPECT_EQ(c.reply(), "+0 GET c\r\n");
  EXPECT_EQ(counters_.pool_hits, 1u);
  EXPECT_EQ(counters_.pool_misses, 1u);
}

class Depths : public UpstreamPipelineTest, public ::testing::WithParamInterface<std::size_t> {};

TEST_P(Depths, EachGetsItsOwnRepliesAndNoBatchIsSpread) {
  worker_.pipeline_depth = GetParam();
  pool_.max_open = 4;
  pool_.wait_timeout = 60s;
  set_upstream();
  std::deque<Client> clients;
  for (int i = 0; i < 20; ++i) {
    const std::string key = std::to_string(i);
    clients.push_back({"SET " + key + " 1", "GET " + key, "GET x" + key, "DEL " + key});
  }
  for (Client& client : clients) {
    start(client);
  }
  for (std::size_t i = 0; i < clients.size(); ++i) {
    const Client& client = clients[i];
    ASSERT_TRUE(run_until([&] { return client.done; }));
    const std::string connection = client.reply().substr(0, 3);
    const std::string key = std::to_string(i);
    EXPECT_EQ(client.reply(0), connection + "SET " + key + " 1\r\n");
    EXPECT_EQ(client.reply(1), connection + "GET " + key + "\r\n");
    EXPECT_EQ(client.reply(2), connection + "GET x" + key + "\r\n");
    EXPECT_EQ(client.reply(3), connection + "DEL " + key + "\r\n");
  }
  EXPECT_LE(upstream_->connections(), 4u);
}

INSTANTIATE_TEST_SUITE_P(UpstreamPipeline, Depths, ::testing::Values(1, 2, 128));

TEST_F(UpstreamPipelineTest, AtDepthOneEachRequestIsAWriteOfItsOwn) {
  worker_.pipeline_depth = 1;
  set_upstream();
  Client client{"GET a", "GET b", "GET c"};
  run({&client});
  EXPECT_EQ(counters_.upstream_writes, 3u);
  EXPECT_EQ(client.reply(2), "+0 GET c\r\n");
}

TEST_F(UpstreamPipelineTest, AnUnknownCommandSharesItsConnectionWithNobody) {
  set_upstream_slow_at("NOSUCH");
  Client unknown{"NOSUCH"};
  Client other{"GET a", "NOSUCH2", "GET b"};
  start(unknown);
  run({&other});
  EXPECT_FALSE(unknown.done);
  go_ = true;
  ASSERT_TRUE(run_until([&] { return unknown.done; }));
  EXPECT_NE(unknown.reply().substr(0, 3), other.reply().substr(0, 3));
  EXPECT_EQ(other.reply().substr(3), "GET a\r\n");
  EXPECT_EQ(other.reply(1).substr(3), "NOSUCH2\r\n");
  EXPECT_EQ(counters_.upstream_writes, 4u);
}

TEST_F(UpstreamPipelineTest, NothingFollowsAnUnknownCommandOnItsConnection) {
  set_upstream();
  Client client{"GET a", "NOSUCH", "NOSUCH2", "SET b 1", "GET b"};
  run({&client});
  EXPECT_EQ(client.reply(0), "+0 GET a\r\n");
  EXPECT_EQ(client.reply(1), "+0 NOSUCH\r\n");
  EXPECT_EQ(client.reply(2), "+1 NOSUCH2\r\n");
  EXPECT_EQ(client.reply(3), "+2 SET b 1\r\n");
  EXPECT_EQ(client.reply(4), "+2 GET b\r\n");
  EXPECT_EQ(ended_, 2);
}

TEST_F(UpstreamPipelineTest, AnUnknownCommandWithoutAReplyTimesOutAndItsConnectionIsClosed) {
  set_upstream([](ScriptedConnection& connection, const std::string& command) {
    return command == "GET a" ? echo(connection, command) : wait_for_the_end(connection, command);
  });
  options_.request_timeout = 20ms;
  Client client{"NOSUCH", "GET a"};
  run({&client});
  EXPECT_EQ(client.reply(0), timeout_error);
  EXPECT_EQ(client.reply(1), "+1 GET a\r\n");
  EXPECT_TRUE(run_until([&] { return ended_ == 1; }));
}

TEST_F(UpstreamPipelineTest, ADialledAheadConnectionIsRepeatedFromLikeAReusedOne) {
  pool_.min_idle = 1;
  set_upstream([](ScriptedConnection& connection, const std::string& command) {
    return connection.index() == 0 ? "" : echo(connection, command);
  });
  Client nothing{};
  run({&nothing});  // makes the pipeline
  ASSERT_TRUE(run_until([&] { return counters_.pool_idle == 1; }));
  Client client{"GET a"};
  run({&client});
  EXPECT_EQ(client.reply().substr(2), " GET a\r\n");
  EXPECT_EQ(counters_.retries, 1u);
}

TEST_F(UpstreamPipelineTest, AConnectionThatClosesBehindATimeoutFailsNoNeighbour) {
  std::atomic<int> received = 0;
  set_upstream([&](ScriptedConnection& connection, const std::string& command) {
    ++received;
    if (command != "GET slow") return echo(connection, command);
    poll_until([this] { return go_.load(); });
    return std::string();
  });
  Client warm{"GET warm"};
  run({&warm});
  options_.request_timeout = 20ms;
  Client slow{"GET slow"};
  start(slow);
  ASSERT_TRUE(run_until([&] { return received == 2; }));
  options_.request_timeout = 60s;  // each request has the one that was set when it was sent
  Client neighbour{"GET neighbour"};
  start(neighbour);
  ASSERT_TRUE(run_until([&] { return slow.done; }));
  EXPECT_EQ(slow.reply(), timeout_error);
  go_ = true;
  ASSERT_TRUE(run_until([&] { return neighbour.done; }));
  EXPECT_EQ(neighbour.reply(), "+1 GET neighbour\r\n");
}

TEST_F(UpstreamPipelineTest, ATimeoutFailsItsOwnClientAndRetiresTheConnection) {
  std::atomic<int> received = 0;
  set_upstream([&](ScriptedConnection& connection, const std::string& command) {
    ++received;
    if (command == "GET slow") poll_until([this] { return go_.load(); });
    return echo(connection, command);
  });
  options_.request_timeout = 20ms;
  Client slow{"GET slow", "GET behind"};
  start(slow);
  ASSERT_TRUE(run_until([&] { return received == 1; }));
  options_.request_timeout = 60s;  // each request has the one that was set when it was sent
  Client neighbour{"GET neighbour"};
  start(neighbour);
  ASSERT_TRUE(run_until([&] { return slow.done; }));
  EXPECT_EQ(slow.reply(0), timeout_error);
  EXPECT_EQ(slow.reply(1), timeout_error);
  EXPECT_FALSE(neighbour.done);

  Client next{"GET next"};
  run({&next});
  EXPECT_EQ(next.reply(), "+1 GET next\r\n");
  go_ = true;
  ASSERT_TRUE(run_until([&] { return neighbour.done; }));
  EXPECT_EQ(neighbour.reply(), "+0 GET neighbour\r\n");
  EXPECT_EQ(slow.reply(0), timeout_error);
  EXPECT_TRUE(run_until([&] { return ended_ == 1; }));
  EXPECT_EQ(counters_.errors_upstream_timeout, 2u);
}

TEST_F(UpstreamPipelineTest, ARetiredConnectionIsClosedAtASecondDeadline) {
  set_upstream(wait_for_the_end);
  options_.request_timeout = 20ms;
  Client client{"GET a"};
  run({&client});
  EXPECT_EQ(client.reply(), timeout_error);
  EXPECT_TRUE(run_until([&] { return ended_ == 1; }));
  EXPECT_TRUE(run_until([&] { return counters_.pool_open == 0; }));
}

TEST_F(UpstreamPipelineTest, AReplyThatNeverComesDoesNotKeepTheLoopAlive) {
  set_upstream(wait_for_the_end);
  options_.request_timeout = 20ms;
  Client client{"GET a"};
  start(client);
  ASSERT_TRUE(run_until([&] { return counters_.upstream_writes == 1; }));
  options_.request_timeout = 60s;  // for the second deadline
  ASSERT_TRUE(run_until([&] { return client.done; }));
  EXPECT_EQ(counters_.upstream_open, 1u);
}

TEST_F(UpstreamPipelineTest, ADialUnderWayDoesNotKeepTheLoopAlive) {
  // Linux keeps one connection for a backlog of 0, and drops the packets of the next.
  const auto full = bind();
  ASSERT_EQ(::listen(full.get(), 0), 0);
  context_.upstream = net::local_address(full.get());
  const auto queued = net::dial(context_.upstream, 10s);
  ASSERT_TRUE(queued);

  options_.connect_timeout = 60s;
  pool_.wait_timeout = 10ms;
  Client client{"GET a"};
  run({&client});
  EXPECT_EQ(client.reply(), unreachable_error);
}

TEST_F(UpstreamPipelineTest, TheRestOfABatchGoesOnBehindATimeout) {
  set_upstream_slow_at("GET slow");
  worker_.pipeline_depth = 1;
  options_.request_timeout = 50ms;
  Client client{"GET slow", "GET next"};
  start(client);
  ASSERT_TRUE(run_until([&] { return counters_.upstream_writes == 1; }));
  options_.request_timeout = 60s;
  ASSERT_TRUE(run_until([&] { return client.done; }));
  EXPECT_EQ(client.reply(0), timeout_error);
  EXPECT_EQ(client.reply(1), "+1 GET next\r\n");
  go_ = true;
}

TEST_F(UpstreamPipelineTest, WhatWasLostIsRepeatedWhereThatIsSafe) {
  set_upstream([](ScriptedConnection& connection, const std::string& command) {
    if (connection.index() > 0 || command == "GET warm") return echo(connection, command);
    for (int rest = 0; rest < 4; ++rest) {
      connection.read_request();
    }
    return std::string();
  });
  Client warm{"GET warm"};
  run({&warm});
  Client writes{"GET before", "SET a 1", "GET a"};
  Client reads{"GET b", "GET c"};
  run({&writes, &reads});
  EXPECT_EQ(writes.reply(0), closed_error);  // else it would see what SET wrote
  EXPECT_EQ(writes.reply(1), closed_error);
  EXPECT_EQ(writes.reply(2), "+1 GET a\r\n");
  EXPECT_EQ(reads.reply(0), "+1 GET b\r\n");
  EXPECT_EQ(reads.reply(1), "+1 GET c\r\n");
  EXPECT_EQ(counters_.retries, 3u);
  EXPECT_EQ(counters_.errors_upstream_closed, 2u);
}

TEST_F(UpstreamPipelineTest, NothingIsRepeatedTwiceNorOnceItsReplyHasBegunNorFromAFreshConnection) {
  set_upstream([](ScriptedConnection& connection, const std::string& command) {
    if (command == "GET begun") connection.write("+beg");
    return command == "GET warm" ? echo(connection, command) : "";
  });
  Client fresh{"GET a"};
  run({&fresh});
  EXPECT_EQ(fresh.reply(), closed_error);
  EXPECT_EQ(counters_.retries, 0u);

  Client warm{"GET warm"};
  Client begun{"GET begun"};
  run({&warm});
  run({&begun});
  EXPECT_EQ(begun.reply(), closed_error);
  EXPECT_EQ(counters_.retries, 0u);

  Client warm_again{"GET warm"};
  Client again{"GET again"};
  run({&warm_again});
  run({&again});
  EXPECT_EQ(again.reply(), closed_error);
  EXPECT_EQ(counters_.retries, 1u);
}

TEST_F(UpstreamPipelineTest, ABatchThatLosesItsConnectionStaysInOrder) {
  worker_.pipeline_depth = 1;
  set_upstream([this](ScriptedConnection& connection, const std::string& command) {
    if (command != "GET last") return echo(connection, command);
    connection.write(echo(connection, command));
    poll_until([this] { return go_.load(); });
    connection.reset();
    return std::string();
  });
  Client a{"GET a"};
  Client b{"GET b"};
  run({&a, &b});
  ASSERT_EQ(upstream_->connections(), 2u);
  Client last{"GET last"};
  run({&last});

  // Reset within the turn that uses it, the connection is written to before that is known.
  Client client{"SET k 1", "GET k"};
  boost::asio::post(loop_, [&] {
    go_ = true;
    ASSERT_TRUE(poll_until([&] { return ended_ == 1; }));
    start(client);
  });
  ASSERT_TRUE(run_until([&] { return client.done; }));
  EXPECT_EQ(client.reply(0), "+2 SET k 1\r\n");
  EXPECT_EQ(client.reply(1), "+2 GET k\r\n");
}

TEST_F(UpstreamPipelineTest, AConnectionThatEndedWhileIdleIsNotUsed) {
  set_upstream([](ScriptedConnection& connection, const std::string& command) {
    if (connection.index() > 0) return echo(connection, command);
    connection.write(echo(connection, command));
    return std::string();
  });
  Client first{"GET a"};
  run({&first});
  ASSERT_TRUE(run_until([&] { return counters_.upstream_open == 0; }));
  Client second{"SET b 1"};
  run({&second});
  EXPECT_EQ(second.reply(), "+1 SET b 1\r\n");
  EXPECT_EQ(counters_.pool_stale, 1u);
}

TEST_F(UpstreamPipelineTest, AConnectionThatSpeaksUnaskedIsClosed) {
  set_upstream([](ScriptedConnection& connection, const std::string& command) {
    return echo(connection, command) + (connection.index() > 0 ? "" : "+unasked\r\n");
  });
  Client first{"GET a"};
  run({&first});
  EXPECT_EQ(first.reply(), "+0 GET a\r\n");
  EXPECT_TRUE(run_until([&] { return ended_ == 1; }));
  Client second{"GET b"};
  run({&second});
  EXPECT_EQ(second.reply(), "+1 GET b\r\n");
}

TEST_F(UpstreamPipelineTest, AWaitForAConnectionIsBounded) {
  set_upstream_slow_at("GET slow");
  worker_.pipeline_depth = 1;
  pool_.max_open = 1;
  pool_.wait_timeout = 20ms;
  Client slow{"GET slow"};
  start(slow);
  ASSERT_TRUE(run_until([&] { return counters_.upstream_writes == 1; }));
  Client waiting{"GET a", "GET b"};
  run({&waiting});
  EXPECT_EQ(counters_.errors_pool_timeout, 2u);
  EXPECT_EQ(waiting.reply(1),
            "-ERR upstream connections are all in use: none came free within "
            "--pool-wait-timeout\r\n");
  go_ = true;
  ASSERT_TRUE(run_until([&] { return slow.done; }));
  Client next{"GET next"};
  run({&next});
  EXPECT_EQ(next.reply(), "+0 GET next\r\n");
}

TEST_F(UpstreamPipelineTest, AWaitForADialEndsWithTheBackOff) {
  set_upstream_slow_at("GET slow");
  worker_.pipeline_depth = 1;
  pool_.wait_timeout = 60s;
  Client slow{"GET slow"};
  start(slow);
  ASSERT_TRUE(run_until([&] { return counters_.upstream_writes == 1; }));
  const auto refusing = bind();
  const auto up = std::exchange(context_.upstream, net::local_address(refusing.get()));
  Client waiting{"GET a"};
  start(waiting);
  ASSERT_TRUE(run_until([&] { return counters_.upstream_dial_errors == 1; }));
  context_.upstream = up;
  ASSERT_TRUE(run_until([&] { return waiting.done; }));
  EXPECT_EQ(waiting.reply(), "+1 GET a\r\n");
  EXPECT_FALSE(slow.done);
  go_ = true;
  ASSERT_TRUE(run_until([&] { return slow.done; }));
}

TEST_F(UpstreamPipelineTest, AConnectionPastItsLifetimeTakesNoMore) {
  set_upstream_slow_at("GET slow");
  pool_.max_lifetime = 20ms;
  Client slow{"GET slow"};
  start(slow);
  ASSERT_TRUE(run_until([&] { return counters_.upstream_writes == 1; }));
  const auto old_at = UpstreamPipeline::Core::Clock::now() + pool_.max_lifetime;
  ASSERT_TRUE(run_until([&] { return UpstreamPipeline::Core::Clock::now() > old_at; }));
  Client next{"GET next"};
  run({&next});
  EXPECT_EQ(next.reply(), "+1 GET next\r\n");
  go_ = true;
  ASSERT_TRUE(run_until([&] { return slow.done; }));
  EXPECT_EQ(slow.reply(), "+0 GET slow\r\n");
  EXPECT_TRUE(run_until([&] { return ended_ == 2 && counters_.pool_evicted == 2; }));
}

/// Two connections come free at once where one client waits.
TEST_F(UpstreamPipelineTest, AConnectionThatComesFreeForNobodyIsIdle) {
  std::atomic<int> written = 0;
  set_upstream([&](ScriptedConnection& connection, const std::string& command) {
    poll_until([this] { return go_.load(); });
    connection.write(echo(connection, command));
    ++written;
    const auto next = connection.read_request();
    return next ? echo(connection, join(*next)) : "";
  });
  worker_.pipeline_depth = 1;
  pool_.max_open = 2;
  pool_.wait_timeout = 60s;
  Client a{"GET a"};
  Client b{"GET b"};
  Client waiting{"GET c"};
  start(a);
  start(b);
  ASSERT_TRUE(run_until([&] { return counters_.upstream_writes == 2; }));
  start(waiting);
  boost::asio::post(loop_, [&] {
    go_ = true;
    ASSERT_TRUE(poll_until([&] { return written == 2; }));
  });
  ASSERT_TRUE(run_until([&] { return a.done && b.done && waiting.done; }));
  EXPECT_TRUE(run_until([&] { return counters_.pool_idle == 2; }));
}

TEST_F(UpstreamPipelineTest, WhatExceedsMaxInFlightIsRefused) {
  worker_.max_in_flight = 2;
  set_upstream();
  Client client{"GET a", "GET b", "GET c"};
  run({&client});
  EXPECT_EQ(client.reply(0), "+0 GET a\r\n");
  EXPECT_EQ(client.reply(1), "+0 GET b\r\n");
  EXPECT_EQ(client.reply(2), "-ERR gateway is busy\r\n");
  Client next{"GET d"};
  run({&next});
  EXPECT_EQ(next.reply(), "+0 GET d\r\n");
}

TEST_F(UpstreamPipelineTest, RepliesPastMaxOutputBytesAreSkippedAndNeighboursUnharmed) {
  worker_.max_output_bytes = 1000;
  set_upstream([](ScriptedConnection& connection, const std::string& command) {
    return command == "GET large" ? "+" + std::string(1'000'000, 'x') + "\r\n"
                                  : echo(connection, command);
  });
  Client large{"GET large", "GET a"};
  Client neighbour{"GET b"};
  run({&large, &neighbour});
  EXPECT_FALSE(large.complete);
  EXPECT_LE(large.reply(0).size() + large.reply(1).size(), 1000u);
  EXPECT_EQ(counters_.errors_output_limit, 1u);
  EXPECT_TRUE(neighbour.complete);
  EXPECT_EQ(neighbour.reply(), "+0 GET b\r\n");
}

TEST_F(UpstreamPipelineTest, ARefusedDialFailsAllThatWaitForIt) {
  const auto refusing = bind();
  context_.upstream = net::local_address(refusing.get());
  Client a{"GET a", "SET a 1"};
  Client b{"GET b"};
  run({&a, &b});
  for (const auto& reply : {a.reply(0), a.reply(1), b.reply()}) {
    EXPECT_EQ(reply, unreachable_error);
  }
  EXPECT_EQ(counters_.upstream_dial_errors, 1u);
  EXPECT_EQ(counters_.errors_upstream_unreachable, 3u);

  set_upstream();
  const auto is_up = [this] {
    Client client{"GET a"};
    run({&client});
    return client.reply() == "+0 GET a\r\n";
  };
  EXPECT_TRUE(poll_until(is_up));
}

TEST_F(UpstreamPipelineTest, WhatTheKernelDoesNotTakeAtOnceIsSentLater) {
  const std::string value(3'000'000, 'v');
  set_upstream([&](ScriptedConnection& connection, const std::string& command) {
    return echo(connection, command.ends_with(value) ? "whole" : "damaged");
  });
  std::deque<Client> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back({"SET k " + value, "SET l " + value});
    start(clients.back());
  }
  for (const Client& client : clients) {
    ASSERT_TRUE(run_until([&] { return client.done; }));
    EXPECT_EQ(client.reply(0), "+0 whole\r\n");
    EXPECT_EQ(client.reply(1), "+0 whole\r\n");
  }
}

}  // namespace
}  // namespace stagecoach
