#include "common/net/listener.hpp"
#include "stage4_workers/upstream_pipeline_fixture.hpp"

namespace stagecoach {
namespace {

constexpr std::size_t large_bytes = 8 << 20;
constexpr std::size_t half = large_bytes / 2;

/// A reply too large to be kept until it is complete.
class PipelineLarge : public UpstreamPipelineTest {
 protected:
  /// "GET large" gets half of its reply, and the rest once it is told to go, if `whole`.
  void set_upstream_of_halves(bool whole) {
    set_upstream([this, whole](ScriptedConnection& connection, const std::string& command) {
      if (command != "GET large") return echo(connection, command);
      connection.write("$" + std::to_string(large_bytes) + "\r\n" + std::string(half, 'a'));
      poll_until([this] { return go_.load(); });
      return whole ? std::string(large_bytes - half, 'b') + "\r\n" : std::string();
    });
  }

  /// What has come to the client, which reads without waiting.
  const std::string& received() {
    std::string piece(256 * 1024, '\0');
    const auto count = ::recv(client_.native_handle(), piece.data(), piece.size(), MSG_DONTWAIT);
    received_.append(piece, 0, count > 0 ? static_cast<std::size_t>(count) : 0);
    return received_;
  }

  net::Listener listener_{*net::resolve("127.0.0.1:0")};
  net::Socket client_ = *net::dial(listener_.address(), 10s);
  AsyncSocket receiver_{loop_, *listener_.accept()};
  std::string received_;
};

TEST_F(PipelineLarge, IsWrittenWhileItComesButForItsEnd) {
  set_upstream_of_halves(true);
  Client large{"GET large"};
  start(large, &receiver_);
  ASSERT_TRUE(run_until([&] { return received().size() > half; }));
  EXPECT_FALSE(large.done);
  go_ = true;
  ASSERT_TRUE(run_until([&] { return received().size() > large_bytes / 2 && large.done; }));
  EXPECT_TRUE(large.complete);
  EXPECT_GT(large.reply().size(), 0u);
  EXPECT_LT(large.reply().size(), half);
  ASSERT_TRUE(run_until([&] {
    received();
    return receiver_.unsent() == 0;
  }));
  const std::string head = "$" + std::to_string(large_bytes) + "\r\n";
  ASSERT_TRUE(run_until(
      [&] { return received().size() + large.reply().size() == head.size() + large_bytes + 2; }));
  EXPECT_EQ(received_ + large.reply(),
            head + std::string(half, 'a') + std::string(large_bytes - half, 'b') + "\r\n");
}

TEST_F(PipelineLarge, ThatBreaksOffIsNoErrorReply) {
  set_upstream_of_halves(false);
  Client large{"GET large"};
  start(large, &receiver_);
  ASSERT_TRUE(run_until([&] { return received().size() > half; }));
  go_ = true;
  ASSERT_TRUE(run_until([&] { return large.done; }));
  EXPECT_FALSE(large.complete);
  EXPECT_EQ(counters_.errors_upstream_closed, 1u);
}

TEST_F(PipelineLarge, ThatBreaksOffIsAnErrorWhereNothingWasWritten) {
  set_upstream_of_halves(false);
  go_ = true;
  Client large{"GET large"};
  run({&large});
  EXPECT_TRUE(large.complete);
  EXPECT_EQ(large.reply(), closed_error);
}

TEST_F(PipelineLarge, ToAClientThatDoesNotReadHoldsUpNobody) {
  worker_.max_output_bytes = 1000;
  set_upstream_of_halves(true);
  go_ = true;
  Client large{"GET large"};
  Client neighbour{"GET b"};
  start(large, &receiver_);
  run({&neighbour});
  EXPECT_EQ(neighbour.reply(), "+0 GET b\r\n");
  ASSERT_TRUE(run_until([&] { return large.done; }));
  EXPECT_FALSE(large.complete);
  EXPECT_EQ(counters_.errors_output_limit, 1u);
  EXPECT_LT(receiver_.unsent(), half) << "it is not kept";
}

}  // namespace
}  // namespace stagecoach
