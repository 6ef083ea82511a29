#include "stage4_workers/pipeline/upstream_pipeline_fixture.hpp"

namespace stagecoach {
namespace {

class PipelineLoss : public UpstreamPipelineTest {};

TEST_F(PipelineLoss, ADialledAheadConnectionIsRepeatedFromLikeAReusedOne) {
  pool_.min_idle = 1;
  set_upstream([](ScriptedConnection& connection, const std::string& command) {
    return connection.index() == 0 ? "" : echo(connection, command);
  });
  Caller nothing{};
  run({&nothing});  // makes the pipeline
  ASSERT_TRUE(run_until([&] { return counters_.pool_idle == 1; }));
  Caller client{"GET a"};
  run({&client});
  EXPECT_EQ(client.reply().substr(2), " GET a\r\n");
  EXPECT_EQ(counters_.retries, 1u);
}

TEST_F(PipelineLoss, WhatWasLostIsRepeatedWhereThatIsSafe) {
  set_upstream([](ScriptedConnection& connection, const std::string& command) {
    if (connection.index() > 0 || command == "GET warm") return echo(connection, command);
    for (int rest = 0; rest < 4; ++rest) {
      connection.read_request();
    }
    return std::string();
  });
  Caller warm{"GET warm"};
  run({&warm});
  Caller writes{"GET before", "SET a 1", "GET a"};
  Caller reads{"GET b", "GET c"};
  run({&writes, &reads});
  EXPECT_EQ(writes.reply(0), closed_error);  // or else it would see what SET wrote
  EXPECT_EQ(writes.reply(1), closed_error);
  EXPECT_EQ(writes.reply(2), "+1 GET a\r\n");
  EXPECT_EQ(reads.reply(0), "+1 GET b\r\n");
  EXPECT_EQ(reads.reply(1), "+1 GET c\r\n");
  EXPECT_EQ(counters_.retries, 3u);
  EXPECT_EQ(counters_.errors_upstream_closed, 2u);
}

TEST_F(PipelineLoss, NothingIsRepeatedTwiceNorOnceItsReplyHasBegunNorFromAFreshConnection) {
  set_upstream([](ScriptedConnection& connection, const std::string& command) {
    if (command == "GET begun") connection.write("+beg");
    return command == "GET warm" ? echo(connection, command) : "";
  });
  Caller fresh{"GET a"};
  run({&fresh});
  EXPECT_EQ(fresh.reply(), closed_error);
  EXPECT_EQ(counters_.retries, 0u);

  Caller warm{"GET warm"};
  Caller begun{"GET begun"};
  run({&warm});
  run({&begun});
  EXPECT_EQ(begun.reply(), closed_error);
  EXPECT_EQ(counters_.retries, 0u);

  Caller warm_again{"GET warm"};
  Caller again{"GET again"};
  run({&warm_again});
  run({&again});
  EXPECT_EQ(again.reply(), closed_error);
  EXPECT_EQ(counters_.retries, 1u);
}

TEST_F(PipelineLoss, ABatchThatLosesItsConnectionStaysInOrder) {
  worker_.pipeline_depth = 1;
  set_upstream([this](ScriptedConnection& connection, const std::string& command) {
    if (command != "GET last") return echo(connection, command);
    connection.write(echo(connection, command));
    poll_until([this] { return go_.load(); });
    connection.reset();
    return std::string();
  });
  Caller a{"GET a"};
  Caller b{"GET b"};
  run({&a, &b});
  ASSERT_EQ(upstream_->connections(), 2u);
  Caller last{"GET last"};
  run({&last});

  // The reset comes within the turn that uses the connection, so it is still written to.
  Caller client{"SET k 1", "GET k"};
  asio::post(loop_, [&] {
    go_ = true;
    ASSERT_TRUE(poll_until([&] { return ended_ == 1; }));
    start(client);
  });
  ASSERT_TRUE(run_until([&] { return client.done; }));
  EXPECT_EQ(client.reply(0), "+2 SET k 1\r\n");
  EXPECT_EQ(client.reply(1), "+2 GET k\r\n");
}

TEST_F(PipelineLoss, AConnectionThatEndedWhileIdleIsNotUsed) {
  set_upstream([this](ScriptedConnection& connection, const std::string& command) {
    if (connection.index() > 0) return echo(connection, command);
    connection.write(echo(connection, command));
    poll_until([this] { return go_.load(); });
    return std::string();
  });
  Caller first{"GET a"};
  run({&first});
  go_ = true;
  ASSERT_TRUE(run_until([&] { return counters_.upstream_open == 0; }));
  Caller second{"SET b 1"};
  run({&second});
  EXPECT_EQ(second.reply(), "+1 SET b 1\r\n");
  EXPECT_EQ(counters_.pool_stale, 1u);
}

TEST_F(PipelineLoss, AConnectionThatSpeaksUnaskedIsClosed) {
  set_upstream([](ScriptedConnection& connection, const std::string& command) {
    return echo(connection, command) + (connection.index() > 0 ? "" : "+unasked\r\n");
  });
  Caller first{"GET a"};
  run({&first});
  EXPECT_EQ(first.reply(), "+0 GET a\r\n");
  EXPECT_TRUE(run_until([&] { return ended_ == 1; }));
  Caller second{"GET b"};
  run({&second});
  EXPECT_EQ(second.reply(), "+1 GET b\r\n");
}

}  // namespace
}  // namespace stagecoach
