#include "stage4_workers/pipeline/upstream_pipeline_fixture.hpp"

namespace stagecoach {
namespace {

class PipelineLease : public UpstreamPipelineTest {};

TEST_F(PipelineLease, AWaitForAConnectionIsBounded) {
  set_upstream_slow_at("GET slow");
  worker_.pipeline_depth = 1;
  pool_.max_open = 1;
  pool_.wait_timeout = 20ms;
  Caller slow{"GET slow"};
  start(slow);
  ASSERT_TRUE(run_until([&] { return counters_.upstream_writes == 1; }));
  Caller waiting{"GET a", "GET b"};
  run({&waiting});
  EXPECT_EQ(counters_.errors_pool_timeout, 2u);
  EXPECT_EQ(waiting.reply(1),
            "-ERR upstream connections are all in use: none came free within "
            "--pool-wait-timeout\r\n");
  go_ = true;
  ASSERT_TRUE(run_until([&] { return slow.done; }));
  Caller next{"GET next"};
  run({&next});
  EXPECT_EQ(next.reply(), "+0 GET next\r\n");
}

TEST_F(PipelineLease, AWaitForADialEndsWithTheBackOff) {
  set_upstream_slow_at("GET slow");
  worker_.pipeline_depth = 1;
  Caller slow{"GET slow"};
  start(slow);
  ASSERT_TRUE(run_until([&] { return counters_.upstream_writes == 1; }));
  const auto refusing = bind();
  const auto up = context_.upstream.latest();
  context_.upstream.move_to({net::local_endpoint(refusing.get())});
  Caller waiting{"GET a"};
  start(waiting);
  ASSERT_TRUE(run_until([&] { return counters_.upstream_dial_errors == 1; }));
  context_.upstream.move_to({up});
  ASSERT_TRUE(run_until([&] { return waiting.done; }));
  EXPECT_EQ(waiting.reply(), "+1 GET a\r\n");
  EXPECT_FALSE(slow.done);
  go_ = true;
  ASSERT_TRUE(run_until([&] { return slow.done; }));
}

TEST_F(PipelineLease, AConnectionPastItsLifetimeTakesNoMore) {
  set_upstream_slow_at("GET slow");
  pool_.max_lifetime = 1s;
  Caller slow{"GET slow"};
  start(slow);
  ASSERT_TRUE(run_until([&] { return counters_.upstream_writes == 1; }));
  const auto old_at = Clock::now() + pool_.max_lifetime;
  ASSERT_TRUE(run_until([&] { return Clock::now() > old_at; }));
  Caller next{"GET next"};
  run({&next});
  EXPECT_EQ(next.reply(), "+1 GET next\r\n");
  go_ = true;
  ASSERT_TRUE(run_until([&] { return slow.done; }));
  EXPECT_EQ(slow.reply(), "+0 GET slow\r\n");
  EXPECT_TRUE(run_until([&] { return ended_ == 2 && counters_.pool_evicted == 2; }));
}

TEST_F(PipelineLease, AConnectionThatTheUpstreamHasLeftTakesNoMore) {
  set_upstream_slow_at("GET slow");
  Caller slow{"GET slow"};
  start(slow);
  ASSERT_TRUE(run_until([&] { return counters_.upstream_writes == 1; }));
  const ScriptedUpstream elsewhere([](ScriptedConnection& connection) {
    while (connection.read_request()) connection.write("+elsewhere\r\n");
  });
  context_.upstream.move_to({*net::resolve("127.0.0.1:" + std::to_string(elsewhere.port()))});
  Caller next{"GET next"};
  run({&next});
  EXPECT_EQ(next.reply(), "+elsewhere\r\n");
  EXPECT_FALSE(slow.done);
  go_ = true;
  ASSERT_TRUE(run_until([&] { return slow.done; }));
  EXPECT_EQ(slow.reply(), "+0 GET slow\r\n");
  EXPECT_TRUE(run_until([&] { return ended_ == 1; }));
  EXPECT_EQ(counters_.pool_evicted, 1u);
  EXPECT_EQ(counters_.pool_idle, 1u);
}

TEST_F(PipelineLease, AConnectionThatRefusesWritesFinishesWhatItCarries) {
  const std::string refusal = "-READONLY You can't write against a read only replica.\r\n";
  set_upstream([&](ScriptedConnection& connection, const std::string& command) {
    if (connection.index() > 0 || command != "SET a 1") return echo(connection, command);
    connection.write(refusal.substr(0, 5));
    poll_until([this] { return go_.load(); });
    return refusal.substr(5);
  });
  Caller writer{"SET a 1", "GET a"};
  Caller neighbour{"GET b"};
  start(writer);
  start(neighbour);
  ASSERT_TRUE(run_until([&] { return counters_.upstream_writes == 1; }));
  go_ = true;
  ASSERT_TRUE(run_until([&] { return writer.done && neighbour.done; }));
  EXPECT_EQ(writer.reply(0), refusal);
  EXPECT_EQ(writer.reply(1), "+0 GET a\r\n");
  EXPECT_EQ(neighbour.reply(), "+0 GET b\r\n");
  Caller next{"SET a 1"};
  run({&next});
  EXPECT_EQ(next.reply(), "+1 SET a 1\r\n");
  EXPECT_TRUE(run_until([&] { return ended_ == 1; }));
  EXPECT_EQ(counters_.pool_evicted, 1u);
}

/// Two connections come free at once, and only one client waits.

TEST_F(PipelineLease, AConnectionThatComesFreeForNobodyIsIdle) {
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
  Caller a{"GET a"};
  Caller b{"GET b"};
  Caller waiting{"GET c"};
  start(a);
  start(b);
  ASSERT_TRUE(run_until([&] { return counters_.upstream_writes == 2; }));
  start(waiting);
  asio::post(loop_, [&] {
    go_ = true;
    ASSERT_TRUE(poll_until([&] { return written == 2; }));
  });
  ASSERT_TRUE(run_until([&] { return a.done && b.done && waiting.done; }));
  EXPECT_TRUE(run_until([&] { return counters_.pool_idle == 2; }));
}

TEST_F(PipelineLease, ARefusedDialFailsAllThatWaitForIt) {
  const auto refusing = bind();
  context_.upstream.move_to({net::local_endpoint(refusing.get())});
  Caller a{"GET a", "SET a 1"};
  Caller b{"GET b"};
  run({&a, &b});
  for (const auto& reply : {a.reply(0), a.reply(1), b.reply()}) {
    EXPECT_EQ(reply, unreachable_error);
  }
  EXPECT_EQ(counters_.upstream_dial_errors, 1u);
  EXPECT_EQ(counters_.errors_upstream_unreachable, 3u);

  set_upstream();
  EXPECT_TRUE(poll_until([this] { return ask("GET a") == "+0 GET a\r\n"; }));
}

}  // namespace
}  // namespace stagecoach
