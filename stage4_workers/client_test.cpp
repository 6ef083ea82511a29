#include "stage4_workers/client.hpp"

#include <atomic>
#include <string>
#include <sys/socket.h>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "common/net/listener.hpp"
#include "common/net/socket.hpp"
#include "common/testing/poll_until.hpp"

namespace stagecoach {
namespace {

using namespace std::chrono_literals;
using stagecoach::testing::longest_wait;

const std::string more_than_buffers_hold(64 * 1024 * 1024, 'x');

class ClientTest : public ::testing::Test {
 public:
  /// Runs the loop and looks at the deadlines, as a worker does, until `task` is over.
  void run(Awaitable<void> task) {
    asio::co_spawn(loop_, std::move(task), [this](std::exception_ptr thrown) {
      EXPECT_FALSE(thrown);
      over_ = true;
    });
    while (!over_) {
      loop_.run_one_for(1ms);
      for (TimedSocket& socket : sockets_) socket.check_deadlines(Clock::now());
    }
  }

  /// What the session got from the client: the last argument of each request of a batch.
  Awaitable<std::string> read(net::Timeout idle_timeout = longest_wait) {
    std::string all;
    if (co_await read_requests(server_, session_, idle_timeout, context_)) {
      for (gateway::Exchange* exchange : session_.forwards()) {
        all += exchange->request.args.back();
        exchange->reply = "+OK\r\n";
      }
    }
    session_.replies();
    co_return all;
  }

  gateway::Options options_;
  gateway::Context context_{.options = options_, .upstream = {}};
  gateway::Counters& counters_ = context_.counters;
  gateway::Session session_{context_};
  net::Listener listener_{*net::resolve("127.0.0.1:0")};
  net::Socket peer_ = *net::dial(listener_.address(), longest_wait);
  asio::io_context loop_;
  TimedSocket::List sockets_;
  Client server_{loop_, sockets_, *listener_.accept()};
  bool over_ = false;
};

TEST_F(ClientTest, RequestsArriveAndTheEndIsNone) {
  run([](ClientTest& t) -> Awaitable<void> {
    t.peer_.write_all("GET a\r\nGET b\r\n", longest_wait);
    EXPECT_EQ(co_await t.read(), "ab");
    EXPECT_TRUE(co_await write_all(t.server_, t.session_, "+OK\r\n", t.context_));
    std::string reply(5, '\0');
    EXPECT_EQ(*t.peer_.read_some(reply, longest_wait), 5u);
    EXPECT_EQ(reply, "+OK\r\n");
    ::shutdown(t.peer_.native_handle(), SHUT_WR);
    EXPECT_EQ(co_await t.read(net::no_timeout), "");
  }(*this));
}

TEST_F(ClientTest, ARequestLargerThanTheBufferArrivesWhole) {
  const std::string value(3'000'000, 'v');
  std::thread sender([&] {
    peer_.write_all(
        "GET " + value.substr(0, 60'000) + "\r\n*2\r\n$3\r\nGET\r\n$3000000\r\n" + value + "\r\n",
        longest_wait);
  });
  run([](ClientTest& t, const std::string& sent) -> Awaitable<void> {
    std::string all;
    while (all.size() < 60'000 + sent.size()) {
      all += co_await t.read();
    }
    EXPECT_EQ(all, sent.substr(0, 60'000) + sent);
  }(*this, value));
  sender.join();
}

TEST_F(ClientTest, ASilentClientTimesOut) {
  run([](ClientTest& t) -> Awaitable<void> {
    EXPECT_EQ(co_await t.read(1ms), "");
    EXPECT_EQ(t.counters_.timeouts_idle, 1u);
  }(*this));
}

TEST_F(ClientTest, ARequestThatIsNotCompletedTimesOut) {
  options_.read_timeout = 1ms;
  run([](ClientTest& t) -> Awaitable<void> {
    t.peer_.write_all("GET", longest_wait);
    EXPECT_EQ(co_await t.read(longest_wait), "");
    EXPECT_EQ(t.counters_.timeouts_read, 1u);
  }(*this));
}

TEST_F(ClientTest, AWriteToAClientThatDoesNotReadTimesOut) {
  options_.write_timeout = 1ms;
  run([](ClientTest& t) -> Awaitable<void> {
    EXPECT_FALSE(co_await write_all(t.server_, t.session_, more_than_buffers_hold, t.context_));
    EXPECT_EQ(t.counters_.timeouts_write, 1u);
  }(*this));
}

TEST_F(ClientTest, ALargeWriteWaitsForASlowReader) {
  std::size_t received = 0;
  std::thread reader([&] {
    std::string piece(4096, '\0');
    while (received < more_than_buffers_hold.size()) {
      const auto count = peer_.read_some(piece, longest_wait);
      ASSERT_TRUE(count && *count > 0);
      received += *count;
    }
  });
  run([](ClientTest& t) -> Awaitable<void> {
    EXPECT_TRUE(co_await write_all(t.server_, t.session_, more_than_buffers_hold, t.context_));
  }(*this));
  reader.join();
  EXPECT_EQ(received, more_than_buffers_hold.size());
}

TEST_F(ClientTest, AWriteToAClientThatHasClosedFails) {
  peer_.release();
  run([](ClientTest& t) -> Awaitable<void> {
    while (co_await write_all(t.server_, t.session_, "x", t.context_)) {
    }
    EXPECT_EQ(t.counters_.timeouts_write, 0u);
  }(*this));
}

TEST_F(ClientTest, WhoSendsWithoutEndLeavesOthersTheirTurn) {
  std::atomic<bool> enough = false;
  std::thread sender([&] {
    std::string much;
    while (much.size() < 1'000'000) much += "GET a\r\n";
    while (!enough) peer_.write_some(much, longest_wait);
    peer_.release();
  });
  bool had_its_turn = false;
  run([](ClientTest& t, bool& turn, std::atomic<bool>& end) -> Awaitable<void> {
    asio::post(t.loop_, [&] { turn = true; });
    while (!turn) {
      EXPECT_NE(co_await t.read(), "");
    }
    end = true;
    while (co_await t.read() != "") {
    }
  }(*this, had_its_turn, enough));
  sender.join();
}

TEST_F(ClientTest, UrgentDataHidesNothingBehindIt) {
  peer_.write_all("GET a", longest_wait);
  ::send(peer_.native_handle(), "!", 1, MSG_OOB);
  peer_.write_all("b\r\n", longest_wait);
  run([](ClientTest& t) -> Awaitable<void> { EXPECT_EQ(co_await t.read(), "ab"); }(*this));
}

TEST_F(ClientTest, DrainingEndsReadingBehindWhatWasReceived) {
  run([](ClientTest& t) -> Awaitable<void> {
    t.peer_.write_all("GET before\r\n", longest_wait);
    t.server_.drain();
    EXPECT_EQ(co_await t.read(), "before");
    EXPECT_EQ(co_await t.read(), "");
    EXPECT_TRUE(co_await write_all(t.server_, t.session_, "+OK\r\n", t.context_));
  }(*this));
}

TEST_F(ClientTest, DrainingEndsAReadThatWaits) {
  asio::post(loop_, [this] { server_.drain(); });
  run([](ClientTest& t) -> Awaitable<void> {
    EXPECT_EQ(co_await t.read(net::no_timeout), "");
  }(*this));
}

TEST_F(ClientTest, AConnectionThatComesWhileDrainingIsDrainedToo) {
  context_.draining = true;
  run([](ClientTest& t) -> Awaitable<void> {
    EXPECT_EQ(co_await t.read(net::no_timeout), "");
  }(*this));
}

TEST_F(ClientTest, LingerReadsOnUntilTheClientHasClosed) {
  peer_.write_all("nobody reads this", longest_wait);
  std::thread client([this] {
    std::string bytes(64, '\0');
    const auto count = peer_.read_some(bytes, longest_wait);
    EXPECT_EQ(bytes.substr(0, *count), "reply");
    EXPECT_EQ(*peer_.read_some(bytes, longest_wait), 0u);
    peer_.release();
  });
  run([](ClientTest& t) -> Awaitable<void> {
    co_await write_all(t.server_, t.session_, "reply", t.context_);
    co_await linger(t.server_, longest_wait);
    char byte = 0;
    EXPECT_EQ(::recv(t.server_.socket.native_handle(), &byte, 1, MSG_DONTWAIT), 0);
  }(*this));
  client.join();
}

TEST_F(ClientTest, AWaitEndsWithItsLoop) {
  const auto held = std::make_shared<int>(0);
  {
    asio::io_context loop;
    auto late = net::dial(listener_.address(), longest_wait);
    asio::co_spawn(
        loop,
        [](asio::io_context& own, ClientTest& t, std::shared_ptr<int> holds) -> Awaitable<void> {
          Client client(own, t.sockets_, *t.listener_.accept());
          gateway::Session session(t.context_);
          co_await read_requests(client, session, net::no_timeout, t.context_);
          ++*holds;
        }(loop, *this, held),
        asio::detached);
    loop.poll();
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(*held, 0);
}

}  // namespace
}  // namespace stagecoach
