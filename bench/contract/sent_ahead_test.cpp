#include <cstdlib>
#include <sys/socket.h>

#include "bench/contract/stage.hpp"
#include "common/resp/encode.hpp"

namespace stagecoach::testing {
namespace {

/// Many clients write all they have before they read a reply. If the gateway did not read while it
/// writes, both sides would wait forever.
using SentAhead = StageTest;

TEST_P(SentAhead, APipelineThatIsReadWhenItIsWrittenIsAnswered) {
  const std::size_t requests = sanitized ? 40'000 : 200'000;
  auto gateway = stage().start();
  RespClient client(gateway.port());
  const std::string value(100, 'v');
  ASSERT_EQ(client.command({"SET", "key", value}).text, "OK");
  std::string batch;
  for (int i = 0; i < 1000; ++i) batch += resp::request({"GET", "key"});
  for (std::size_t sent = 0; sent < requests; sent += 1000) {
    client.send_raw(batch);
  }
  for (std::size_t i = 0; i < requests; ++i) {
    ASSERT_EQ(client.read_reply().text, value) << i;
  }
  EXPECT_EQ(client.command({"PING"}).text, "PONG");
}

TEST_P(SentAhead, WhatIsHalfSentBehindWaitingRepliesGoesOnWhereItStopped) {
  auto gateway = stage().start({"--request-timeout", "1min"});
  RespClient client(gateway.port());
  const std::string large(16 << 20, 'v');
  ASSERT_EQ(client.command({"SET", "large", large}).text, "OK");
  client.send({"GET", "large"});
  const std::string other(1 << 20, 'w');
  const std::string request = resp::request({"SET", "other", other});
  client.send_raw(std::string_view(request).substr(0, 500'000));
  ASSERT_TRUE(client.read_reply().text == large);
  client.send_raw(std::string_view(request).substr(500'000));
  EXPECT_EQ(client.read_reply().text, "OK");
  EXPECT_TRUE(client.command({"GET", "other"}).text == other);
}

/// A client is dropped if it takes nothing, not if it takes little at a time.
TEST_P(SentAhead, ASlowReaderIsServedToTheEnd) {
  auto gateway = stage().start({"--write-timeout", "2s", "--request-timeout", "1min"});
  RespClient client(gateway.port());
  const std::string large(8 << 20, 'v');
  ASSERT_EQ(client.command({"SET", "large", large}).text, "OK");
  client.send({"GET", "large"});
  std::size_t received = 0;
  std::string piece(128 * 1024, '\0');
  while (received < large.size()) {
    const auto count = ::recv(client.fd(), piece.data(), piece.size(), MSG_WAITALL);
    ASSERT_GT(count, 0) << received;
    received += static_cast<std::size_t>(count);
    poll_until([] { return false; }, 50ms);  // the reader's own slowness
    if (large.size() - received < piece.size()) break;
  }
  EXPECT_EQ(counters(gateway)["timeouts_write"], 0u);
}

INSTANTIATE_TEST_SUITE_P(Contract, SentAhead, ::testing::ValuesIn(stages_that_keep_clients()),
                         stage_name);

/// The replies of one client together exceed --max-output-bytes.
class MuchOutput : public StageTest {};

TEST_P(MuchOutput, OfAClientThatReadsIsNoReasonToDropIt) {
  Options options{"--request-timeout", "60s"};
  if (stage().number == 4) options.insert(options.end(), {"--max-output-bytes", "4MiB"});
  auto gateway = stage().start(options);
  RespClient client(gateway.port());
  const std::string value(50'000, 'v');
  ASSERT_EQ(client.command({"SET", "e", value}).text, "OK");
  const std::string large((sanitized ? 8 : 32) << 20, 'v');
  ASSERT_EQ(client.command({"SET", "large", large}).text, "OK");
  for (int i = 0; i < 400; ++i) client.send({"GET", "e"});
  for (int i = 0; i < 400; ++i) ASSERT_TRUE(client.read_reply().text == value) << i;
  for (int i = 0; i < 4; ++i) client.send({"GET", "large"});
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(client.read_reply().text == large) << i;
  EXPECT_EQ(counters(gateway)["errors_output_limit"], 0u);
}

INSTANTIATE_TEST_SUITE_P(Contract, MuchOutput, ::testing::ValuesIn(stages_that_keep_clients()),
                         stage_name);

/// After a burst, an idle client costs no more than any idle client.
using Burst = StageTest;

TEST_P(Burst, IsNoMemoryOfASilentClients) {
  if (sanitized) GTEST_SKIP() << "a sanitizer keeps what is freed";
  constexpr std::size_t clients = 100;
  // glibc keeps up to 1 MiB at the end of each arena, however many clients there were.
  ::setenv("MALLOC_ARENA_MAX", "4", 1);  // NOLINT(concurrency-mt-unsafe)
  auto gateway = stage().start();
  RespClient first(gateway.port());
  ASSERT_EQ(first.command({"SET", "e", std::string(3900, 'v')}).text, "OK");
  std::vector<std::unique_ptr<RespClient>> idle;
  for (std::size_t i = 0; i < clients; ++i) {
    idle.push_back(std::make_unique<RespClient>(gateway.port()));
    ASSERT_EQ(idle.back()->command({"PING"}).text, "PONG");
  }
  const auto kibibytes = [&] { return gateway.process().status("VmRSS"); };
  const auto before = kibibytes();
  std::string burst;
  for (int i = 0; i < 128; ++i) burst += resp::request({"GET", "e"});
  for (auto& client : idle) {
    client->send_raw(burst);
    for (int i = 0; i < 128; ++i) ASSERT_EQ(client->read_reply().text.size(), 3900u);
  }
  const auto is_given_back = [&] { return kibibytes() < before + 100 * clients; };
  EXPECT_TRUE(poll_until(is_given_back)) << kibibytes() - before << " KiB more";
}

INSTANTIATE_TEST_SUITE_P(Contract, Burst, ::testing::ValuesIn(stages_that_keep_clients()),
                         stage_name);

}  // namespace
}  // namespace stagecoach::testing
