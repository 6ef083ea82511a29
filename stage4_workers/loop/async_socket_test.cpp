#include "stage4_workers/loop/async_socket.hpp"

#include <atomic>
#include <string>
#include <sys/socket.h>
#include <thread>

#include <gtest/gtest.h>

#include "common/net/listener.hpp"
#include "stage4_workers/loop/event.hpp"

namespace stagecoach {
namespace {

using namespace std::chrono_literals;

class AsyncSocketTest : public ::testing::Test {
 public:
  /// Runs the loop until `task` is over.
  void run(Task<void> task) {
    loop_.spawn([](AsyncSocketTest& t, Task<void> until_over) -> Task<void> {
      co_await std::move(until_over);
      t.over_ = true;
      t.loop_.finish();
    }(*this, std::move(task)));
    loop_.run();
    EXPECT_TRUE(over_);
  }

  Task<std::string> read(net::Timeout timeout = 10s) {
    std::string bytes(64 * 1024, '\0');
    const auto count = co_await server_.read_some(bytes, timeout);
    EXPECT_TRUE(count);
    bytes.resize(count ? *count : 0);
    co_return bytes;
  }

  net::Listener listener_{*net::resolve("127.0.0.1:0")};
  net::Socket client_ = *net::dial(listener_.address(), 10s);
  EventLoop loop_{1ms};
  AsyncSocket server_{loop_, *listener_.accept()};
  bool over_ = false;
};

TEST_F(AsyncSocketTest, BytesArriveAndTheEndIsZeroBytes) {
  run([](AsyncSocketTest& t) -> Task<void> {
    t.client_.write_all("hello", 10s);
    EXPECT_EQ(co_await t.read(), "hello");
    const auto written = co_await t.server_.write_all("world", 10s);
    EXPECT_EQ(written.bytes, 5u);
    EXPECT_FALSE(written.error);
    ::shutdown(t.client_.native_handle(), SHUT_WR);
    EXPECT_EQ(co_await t.read(net::no_timeout), "");
  }(*this));
}

TEST_F(AsyncSocketTest, AReadTimesOut) {
  run([](AsyncSocketTest& t) -> Task<void> {
    char byte = 0;
    const auto count = co_await t.server_.read_some({&byte, 1}, 1ms);
    EXPECT_EQ(count.error(), boost::system::errc::timed_out);
  }(*this));
}

TEST_F(AsyncSocketTest, AWriteThatTimesOutSaysHowFarItCame) {
  const std::string more_than_buffers_hold(64 * 1024 * 1024, 'x');
  run([](AsyncSocketTest& t, const std::string& bytes) -> Task<void> {
    const auto written = co_await t.server_.write_all(bytes, 1ms);
    EXPECT_EQ(written.error, boost::system::errc::timed_out);
    EXPECT_GT(written.bytes, 0u);
    EXPECT_LT(written.bytes, bytes.size());
  }(*this, more_than_buffers_hold));
}

TEST_F(AsyncSocketTest, ALargeWriteWaitsForASlowReader) {
  const std::string bytes(16 * 1024 * 1024, 'x');
  std::size_t received = 0;
  std::thread reader([&] {
    std::string piece(4096, '\0');
    while (received < bytes.size()) {
      const auto count = client_.read_some(piece, 10s);
      ASSERT_TRUE(count && *count > 0);
      received += *count;
    }
  });
  run([](AsyncSocketTest& t, const std::string& all) -> Task<void> {
    const auto written = co_await t.server_.write_all(all, 10s);
    EXPECT_EQ(written.bytes, all.size());
    EXPECT_FALSE(written.error);
  }(*this, bytes));
  reader.join();
  EXPECT_EQ(received, bytes.size());
}

TEST_F(AsyncSocketTest, WhatIsToBeWrittenSoonComesBeforeWhatIsWrittenNext) {
  const std::string more_than_buffers_hold(32 * 1024 * 1024, 'x');
  std::string received;
  std::thread reader([&] {
    std::string piece(64 * 1024, '\0');
    for (std::size_t count = 1; count > 0;) {
      count = *client_.read_some(piece, 10s);
      received.append(piece, 0, count);
    }
  });
  run([](AsyncSocketTest& t, const std::string& bytes) -> Task<void> {
    t.server_.write_soon(bytes);
    EXPECT_GT(t.server_.unsent(), 0u);
    EXPECT_FALSE((co_await t.server_.write_all("end", 10s)).error);
    EXPECT_EQ(t.server_.unsent(), 0u);
    ::shutdown(t.server_.native_handle(), SHUT_WR);
  }(*this, more_than_buffers_hold));
  reader.join();
  EXPECT_EQ(received, more_than_buffers_hold + "end");
}

TEST_F(AsyncSocketTest, AWriteSaysWhatCameOfWhatWasToBeWrittenSoon) {
  client_.release();
  run([](AsyncSocketTest& t) -> Task<void> {
    while (!(co_await t.server_.write_all("x", 10s)).error) {
      t.server_.write_soon("x");
    }
    EXPECT_EQ(t.server_.unsent(), 0u);
  }(*this));
}

TEST_F(AsyncSocketTest, WhoSendsWithoutEndLeavesOthersTheirTurn) {
  std::atomic<bool> enough = false;
  std::thread sender([&] {
    const std::string much(1024 * 1024, 'x');
    while (!enough) {
      client_.write_some(much, 10s);
    }
    client_.release();
  });
  bool had_its_turn = false;
  run([](AsyncSocketTest& t, bool& turn, std::atomic<bool>& end) -> Task<void> {
    t.loop_.post([&] { turn = true; });
    std::string small(16, '\0');
    while (!turn) {
      EXPECT_TRUE(co_await t.server_.read_some(small, 10s));
    }
    end = true;
    std::string large(1024 * 1024, '\0');
    while (const auto count = co_await t.server_.read_some(large, 10s)) {
      if (*count == 0) break;
    }
  }(*this, had_its_turn, enough));
  sender.join();
}

TEST_F(AsyncSocketTest, UrgentDataHidesNothingBehindIt) {
  client_.write_all("a", 10s);
  ::send(client_.native_handle(), "!", 1, MSG_OOB);
  client_.write_all("b", 10s);
  run([](AsyncSocketTest& t) -> Task<void> {
    std::string all;
    while (all != "ab") {
      all += co_await t.read();
    }
  }(*this));
}

TEST_F(AsyncSocketTest, WhatAStepAtTheEndOfATurnAsksForComesToo) {
  client_.write_all("x", 10s);
  bool done = false;
  run([](AsyncSocketTest& t, bool& reached) -> Task<void> {
    co_await t.read();
    Event later;
    t.loop_.at_end_of_turn([&] { t.loop_.at_end_of_turn([&] { later.set(); }); });
    co_await later.wait();
    reached = true;
  }(*this, done));
  EXPECT_TRUE(done);
}

TEST_F(AsyncSocketTest, DrainingEndsReadingBehindWhatWasReceived) {
  run([](AsyncSocketTest& t) -> Task<void> {
    t.client_.write_all("before", 10s);
    t.loop_.watchdog().drain();
    EXPECT_EQ(co_await t.read(), "before");
    EXPECT_EQ(co_await t.read(), "");
    EXPECT_FALSE((co_await t.server_.write_all("reply", 10s)).error);
  }(*this));
}

TEST_F(AsyncSocketTest, DrainingEndsAReadThatWaits) {
  loop_.post([this] { loop_.watchdog().drain(); });
  run([](AsyncSocketTest& t) -> Task<void> {
    EXPECT_EQ(co_await t.read(net::no_timeout), "");
  }(*this));
}

TEST_F(AsyncSocketTest, AConnectionThatComesWhileDrainingIsDrainedToo) {
  const auto late = net::dial(listener_.address(), 10s);
  run([](AsyncSocketTest& t) -> Task<void> {
    t.loop_.watchdog().drain();
    AsyncSocket server(t.loop_, *t.listener_.accept());
    char byte = 0;
    EXPECT_EQ(*co_await server.read_some({&byte, 1}, net::no_timeout), 0u);
  }(*this));
}

TEST_F(AsyncSocketTest, LingerReadsOnUntilTheClientHasClosed) {
  client_.write_all("nobody reads this", 10s);
  std::thread client([this] {
    std::string bytes(64, '\0');
    const auto count = client_.read_some(bytes, 10s);
    EXPECT_EQ(bytes.substr(0, *count), "reply");
    EXPECT_EQ(*client_.read_some(bytes, 10s), 0u);
    client_.release();
  });
  run([](AsyncSocketTest& t) -> Task<void> {
    co_await t.server_.write_all("reply", 10s);
    co_await linger(t.server_, 10s);
    char byte = 0;
    EXPECT_EQ(*co_await t.server_.read_some({&byte, 1}, 10s), 0u);
  }(*this));
  client.join();
}

}  // namespace
}  // namespace stagecoach
