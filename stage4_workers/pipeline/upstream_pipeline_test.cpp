#include "stage4_workers/pipeline/upstream_pipeline_fixture.hpp"

namespace stagecoach {
namespace {

TEST_F(UpstreamPipelineTest, WhatIsReadyInOneTurnLeavesInOneWrite) {
  set_upstream();
  Caller first{"GET warm"};
  run({&first});
  EXPECT_EQ(counters_.upstream_writes, 1u);

  Caller a{"GET a"};
  Caller b{"SET b 1", "GET b"};
  Caller c{"GET c"};
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
  set_upstream();
  std::deque<Caller> clients;
  for (int i = 0; i < 20; ++i) {
    const std::string key = std::to_string(i);
    clients.push_back({"SET " + key + " 1", "GET " + key, "GET x" + key, "DEL " + key});
  }
  for (Caller& client : clients) {
    start(client);
  }
  for (std::size_t i = 0; i < clients.size(); ++i) {
    const Caller& client = clients[i];
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
  Caller client{"GET a", "GET b", "GET c"};
  run({&client});
  EXPECT_EQ(counters_.upstream_writes, 3u);
  EXPECT_EQ(client.reply(2), "+0 GET c\r\n");
}

TEST_F(UpstreamPipelineTest, AnUnknownCommandSharesItsConnectionWithNobody) {
  set_upstream_slow_at("NOSUCH");
  Caller unknown{"NOSUCH"};
  Caller other{"GET a", "NOSUCH2", "GET b"};
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
  Caller client{"GET a", "NOSUCH", "NOSUCH2", "SET b 1", "GET b"};
  run({&client});
  EXPECT_EQ(client.reply(0), "+0 GET a\r\n");
  EXPECT_EQ(client.reply(1), "+0 NOSUCH\r\n");
  EXPECT_EQ(client.reply(2), "+1 NOSUCH2\r\n");
  EXPECT_EQ(client.reply(3), "+2 SET b 1\r\n");
  EXPECT_EQ(client.reply(4), "+2 GET b\r\n");
  EXPECT_TRUE(run_until([&] { return ended_ == 2; }));
}

TEST_F(UpstreamPipelineTest, WhatExceedsMaxInFlightIsRefused) {
  worker_.max_in_flight = 2;
  set_upstream();
  Caller client{"GET a", "GET b", "GET c"};
  run({&client});
  EXPECT_EQ(client.reply(0), "+0 GET a\r\n");
  EXPECT_EQ(client.reply(1), "+0 GET b\r\n");
  EXPECT_EQ(client.reply(2), "-ERR gateway is busy\r\n");
  Caller next{"GET d"};
  run({&next});
  EXPECT_EQ(next.reply(), "+0 GET d\r\n");
}

TEST_F(UpstreamPipelineTest, RepliesPastMaxOutputBytesAreSkippedAndNeighboursUnharmed) {
  worker_.max_output_bytes = 1000;
  set_upstream([](ScriptedConnection& connection, const std::string& command) {
    return command == "GET large" ? "+" + std::string(1'000'000, 'x') + "\r\n"
                                  : echo(connection, command);
  });
  Caller large{"GET large", "GET a"};
  Caller neighbour{"GET b"};
  run({&large, &neighbour});
  EXPECT_FALSE(large.complete);
  EXPECT_LT(large.reply(0).size() + large.reply(1).size(), 500'000u)
      << "no more than a read beyond";
  EXPECT_EQ(counters_.errors_output_limit, 1u);
  EXPECT_TRUE(neighbour.complete);
  EXPECT_EQ(neighbour.reply(), "+0 GET b\r\n");
}

TEST_F(UpstreamPipelineTest, WhatTheKernelDoesNotTakeAtOnceIsSentLater) {
  const std::string value(3'000'000, 'v');
  options_.request_timeout = 60s;
  set_upstream([&](ScriptedConnection& connection, const std::string& command) {
    return echo(connection, command.ends_with(value) ? "whole" : "damaged");
  });
  std::deque<Caller> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back({"SET k " + value, "SET l " + value});
  }
  for (Caller& client : clients) {
    start(client);
  }
  for (const Caller& client : clients) {
    ASSERT_TRUE(run_until([&] { return client.done; }));
    EXPECT_EQ(client.reply(0), "+0 whole\r\n");
    EXPECT_EQ(client.reply(1), "+0 whole\r\n");
  }
}

}  // namespace
}  // namespace stagecoach
