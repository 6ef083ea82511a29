#include "common/net/listener.hpp"
#include "stage4_workers/pipeline/upstream_pipeline_fixture.hpp"

namespace stagecoach {
namespace {

constexpr std::size_t large_bytes = 8 << 20;
constexpr std::size_t half = large_bytes / 2;

/// A reply too large to be kept until it is complete.
class PipelineLarge : public UpstreamPipelineTest {
 protected:
  /// "GET large" gets half of its reply and, if `whole`, the rest once told to go.
  void set_upstream_of_halves(bool whole) {
    set_upstream([this, whole](ScriptedConnection& connection, const std::string& command) {
      if (command != "GET large") return echo(connection, command);
      connection.write("$" + std::to_string(large_bytes) + "\r\n" + std::string(half, 'a'));
      poll_until([this] { return go_.load(); });
      return whole ? std::string(large_bytes - half, 'b') + "\r\n" : std::string();
    });
  }

  /// Lets the replies of a client that does not read pile up, then asks for another.
  std::string ask_behind_the_unread() {
    worker_.max_output_bytes = 2 << 20;
    set_upstream_of_halves(true);
    go_ = true;
    start(large_);
    EXPECT_TRUE(run_until([&] { return large_.reply().size() > worker_.max_output_bytes / 2; }));
    return ask("GET b");
  }

  /// What came to a client since the last call; it reads without waiting.
  static std::string read(Caller& client) {
    std::string piece(256 * 1024, '\0');
    const auto count = ::recv(client.peer.get(), piece.data(), piece.size(), MSG_DONTWAIT);
    piece.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return piece;
  }

  /// What came to the only client.
  const std::string& received() { return received_ += read(large_); }

  Caller large_{"GET large"};
  std::string received_;
};

/// The sizes of the buffers for reading, and one more or less.
TEST_F(PipelineLarge, OfAnySizeIsComplete) {
  set_upstream([](ScriptedConnection& /*connection*/, const std::string& command) {
    return "+" + std::string(std::stoul(command.substr(4)) - 3, 'x') + "\r\n";
  });
  for (const std::size_t buffer : {4U << 10U, (4U << 10U) + (256U << 10U)}) {
    for (const std::size_t size : {buffer - 1, buffer, buffer + 1}) {
      Caller caller{"GET " + std::to_string(size)};
      start(caller);
      std::size_t written = 0;
      ASSERT_TRUE(run_until([&] {
        written += read(caller).size();
        return caller.done && written + caller.reply().size() == size;
      }));
    }
  }
}

TEST_F(PipelineLarge, IsWrittenWhileItComesButForItsEnd) {
  set_upstream_of_halves(true);
  start(large_);
  ASSERT_TRUE(run_until([&] { return received().size() > half; }));
  EXPECT_FALSE(large_.done);
  go_ = true;
  ASSERT_TRUE(run_until([&] { return received().size() > large_bytes / 2 && large_.done; }));
  EXPECT_TRUE(large_.complete);
  EXPECT_GT(large_.reply().size(), 0u);
  EXPECT_LT(large_.reply().size(), half);
  const std::string head = "$" + std::to_string(large_bytes) + "\r\n";
  ASSERT_TRUE(run_until(
      [&] { return received().size() + large_.reply().size() == head.size() + large_bytes + 2; }));
  EXPECT_EQ(received_ + large_.reply(),
            head + std::string(half, 'a') + std::string(large_bytes - half, 'b') + "\r\n");
}

TEST_F(PipelineLarge, ThatBreaksOffIsNoErrorReply) {
  set_upstream_of_halves(false);
  start(large_);
  ASSERT_TRUE(run_until([&] { return received().size() > half; }));
  go_ = true;
  ASSERT_TRUE(run_until([&] { return large_.done; }));
  EXPECT_FALSE(large_.complete);
  EXPECT_EQ(counters_.errors_upstream_closed, 1u);
}

TEST_F(PipelineLarge, ThatBreaksOffIsAnErrorIfNothingWasWritten) {
  set_upstream([](ScriptedConnection& connection, const std::string& /*command*/) {
    connection.write("$" + std::to_string(large_bytes) + "\r\n" + std::string(1000, 'a'));
    return "";
  });
  run({&large_});
  EXPECT_TRUE(large_.complete);
  EXPECT_EQ(large_.reply(), closed_error);
}

TEST_F(PipelineLarge, IsHeldBackWhileItsClientDoesNotRead) {
  EXPECT_EQ(ask_behind_the_unread(), "+1 GET b\r\n") << "a later client has another connection";
  options_.request_timeout = 20ms;
  const auto overdue = Clock::now() + options_.request_timeout;
  ASSERT_TRUE(run_until([&] { return Clock::now() > overdue; }));
  EXPECT_LT(large_.reply().size(), half);
  options_.request_timeout = 60s;
  poll();
  ASSERT_TRUE(run_until([&] { return received().size() > half && large_.done; }));
  EXPECT_TRUE(large_.complete);
  EXPECT_EQ(counters_.errors_output_limit, 0u);
  EXPECT_EQ(counters_.errors_upstream_timeout, 0u) << "it is not the upstream's fault";
}

TEST_F(PipelineLarge, ToAClientThatDoesNotReadIsSkippedIfOthersNeedItsConnection) {
  pool_.max_open = 1;
  pool_.wait_timeout = 6s;  // it is given up after half of it
  EXPECT_EQ(ask_behind_the_unread(), "+0 GET b\r\n");
  ASSERT_TRUE(run_until([&] { return large_.done; }));
  EXPECT_FALSE(large_.complete);
  EXPECT_EQ(counters_.errors_output_limit, 1u);
}

TEST_F(PipelineLarge, BeforeARefusalIsWrittenAlone) {
  worker_.max_in_flight = 1;
  set_upstream_of_halves(true);
  Caller pair{"GET large", "GET b"};
  start(pair);
  std::size_t came = 0;
  ASSERT_TRUE(run_until([&] { return (came += read(pair).size()) > half; }));
  EXPECT_EQ(counters_.requests_in_flight, 1u);
  go_ = true;
  ASSERT_TRUE(run_until([&] {
    came += read(pair).size();
    return pair.done;
  }));
  EXPECT_EQ(pair.reply(1), "-ERR gateway is busy\r\n");
  EXPECT_EQ(counters_.requests_in_flight, 0u);
}

TEST_F(PipelineLarge, ToAClientThatDoesNotReadHoldsUpNobody) {
  worker_.max_output_bytes = 1000;
  set_upstream_of_halves(true);
  go_ = true;
  Caller neighbour{"GET b"};
  start(large_);
  run({&neighbour});
  EXPECT_EQ(neighbour.reply(), "+0 GET b\r\n");
  ASSERT_TRUE(run_until([&] { return large_.done; }));
  EXPECT_FALSE(large_.complete);
  EXPECT_EQ(counters_.errors_output_limit, 1u);
  EXPECT_LT(large_.reply().size(), half) << "it is not kept";
}

}  // namespace
}  // namespace stagecoach
