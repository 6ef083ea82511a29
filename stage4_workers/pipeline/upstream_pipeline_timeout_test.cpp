#include "common/testing/silent_address.hpp"
#include "stage4_workers/pipeline/upstream_pipeline_fixture.hpp"

namespace stagecoach {
namespace {

class PipelineTimeout : public UpstreamPipelineTest {};

TEST_F(PipelineTimeout, AnUnknownCommandWithoutAReplyTimesOutAndItsConnectionIsClosed) {
  set_upstream([](ScriptedConnection& connection, const std::string& command) {
    return command == "GET a" ? echo(connection, command) : wait_for_the_end(connection, command);
  });
  options_.request_timeout = 20ms;
  Caller client{"NOSUCH", "GET a"};
  start(client);
  ASSERT_TRUE(run_until([&] { return counters_.upstream_writes == 1; }));
  ASSERT_TRUE(run_until([&] { return counters_.errors_upstream_timeout == 1; }));
  options_.request_timeout = 60s;  // each request has the one that was set when it was sent
  ASSERT_TRUE(run_until([&] { return client.done; }));
  EXPECT_EQ(client.reply(0), timeout_error);
  EXPECT_EQ(client.reply(1), "+1 GET a\r\n");
  EXPECT_TRUE(run_until([&] { return ended_ == 1; }));
}

TEST_F(PipelineTimeout, AConnectionThatClosesBehindATimeoutFailsNoNeighbour) {
  std::atomic<int> received = 0;
  set_upstream([&](ScriptedConnection& connection, const std::string& command) {
    ++received;
    if (command != "GET slow") return echo(connection, command);
    poll_until([this] { return go_.load(); });
    return std::string();
  });
  Caller warm{"GET warm"};
  run({&warm});
  options_.request_timeout = 20ms;
  Caller slow{"GET slow"};
  start(slow);
  ASSERT_TRUE(run_until([&] { return received == 2; }));
  options_.request_timeout = 60s;  // each request has the one that was set when it was sent
  Caller neighbour{"GET neighbour"};
  start(neighbour);
  ASSERT_TRUE(run_until([&] { return slow.done; }));
  EXPECT_EQ(slow.reply(), timeout_error);
  go_ = true;
  ASSERT_TRUE(run_until([&] { return neighbour.done; }));
  EXPECT_EQ(neighbour.reply(), "+1 GET neighbour\r\n");
}

TEST_F(PipelineTimeout, ATimeoutFailsItsOwnClientAndRetiresTheConnection) {
  set_upstream_slow_at("GET slow");
  options_.request_timeout = 300ms;
  Caller slow{"GET slow", "GET behind"};
  start(slow);
  ASSERT_TRUE(run_until([&] { return counters_.upstream_writes == 1; }));
  options_.request_timeout = 60s;  // each request has the one that was set when it was sent
  Caller neighbour{"GET neighbour"};
  start(neighbour);
  ASSERT_TRUE(run_until([&] { return slow.done; }));
  EXPECT_EQ(slow.reply(0), timeout_error);
  EXPECT_EQ(slow.reply(1), timeout_error);
  EXPECT_FALSE(neighbour.done);

  Caller next{"GET next"};
  run({&next});
  EXPECT_EQ(next.reply(), "+1 GET next\r\n");
  go_ = true;
  ASSERT_TRUE(run_until([&] { return neighbour.done; }));
  EXPECT_EQ(neighbour.reply(), "+0 GET neighbour\r\n");
  EXPECT_EQ(slow.reply(0), timeout_error);
  EXPECT_TRUE(run_until([&] { return ended_ == 1; }));
  EXPECT_EQ(counters_.errors_upstream_timeout, 2u);
}

TEST_F(PipelineTimeout, ARetiredConnectionIsClosedAtASecondDeadline) {
  set_upstream(wait_for_the_end);
  options_.request_timeout = 20ms;
  Caller client{"GET a"};
  run({&client});
  EXPECT_EQ(client.reply(), timeout_error);
  EXPECT_TRUE(run_until([&] { return ended_ == 1; }));
  EXPECT_TRUE(run_until([&] { return counters_.pool_open == 0; }));
}

TEST_F(PipelineTimeout, AReplyThatNeverComesDoesNotKeepTheLoopAlive) {
  set_upstream(wait_for_the_end);
  options_.request_timeout = 20ms;
  Caller client{"GET a"};
  start(client);
  ASSERT_TRUE(run_until([&] { return counters_.upstream_writes == 1; }));
  options_.request_timeout = 60s;  // for the second deadline
  ASSERT_TRUE(run_until([&] { return client.done; }));
  EXPECT_EQ(counters_.upstream_open, 1u);
}

TEST_F(PipelineTimeout, AnAddressThatIsSilentLeavesTimeForTheOther) {
  const stagecoach::testing::SilentAddress silent;
  set_upstream();
  context_.upstream.move_to({silent.address(), context_.upstream.latest()});
  options_.connect_timeout = 6s;  // half of it for each
  EXPECT_EQ(ask("GET a"), "+0 GET a\r\n");
  EXPECT_EQ(counters_.upstream_dial_errors, 0u);
}

TEST_F(PipelineTimeout, AnAddressThatRefusesIsPassedOver) {
  const auto refusing = bind();
  set_upstream();
  const auto open = context_.upstream.latest();
  context_.upstream.move_to({net::local_endpoint(refusing.get()), open});
  Caller client{"GET a"};
  run({&client});
  EXPECT_EQ(client.reply(), "+0 GET a\r\n");
  EXPECT_EQ(counters_.upstream_dial_errors, 0u);
  EXPECT_EQ(context_.upstream.latest(), open) << "it is tried first from now on";
}

TEST_F(PipelineTimeout, ADialUnderWayDoesNotKeepTheLoopAlive) {
  const stagecoach::testing::SilentAddress silent;
  const stagecoach::testing::SilentAddress another;
  context_.upstream.move_to({silent.address(), another.address()});
  pool_.wait_timeout = 10ms;
  Caller client{"GET a"};
  run({&client});
  EXPECT_EQ(client.reply(), unreachable_error);
}

TEST_F(PipelineTimeout, TheRestOfABatchGoesOnBehindATimeout) {
  set_upstream_slow_at("GET slow");
  worker_.pipeline_depth = 1;
  options_.request_timeout = 50ms;
  Caller client{"GET slow", "GET next"};
  start(client);
  ASSERT_TRUE(run_until([&] { return counters_.upstream_writes == 1; }));
  options_.request_timeout = 60s;
  ASSERT_TRUE(run_until([&] { return client.done; }));
  EXPECT_EQ(client.reply(0), timeout_error);
  EXPECT_EQ(client.reply(1), "+1 GET next\r\n");
  go_ = true;
}

}  // namespace
}  // namespace stagecoach
