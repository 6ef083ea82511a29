#include "common/net/socket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>

#include <gtest/gtest.h>

#include "common/net/listener.hpp"
#include "common/testing/poll_until.hpp"

namespace stagecoach::net {
namespace {

using namespace std::chrono_literals;
using testing::longest_wait;
using testing::poll_until;

int option(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof(value);
  ::getsockopt(fd, level, name, &value, &size);
  return value;
}

/// Everything until the connection ends or fails.
std::string read_all(Socket& socket) {
  std::string all;
  std::string piece(64 * 1024, '\0');
  for (;;) {
    const auto count = socket.read_some(piece, longest_wait);
    if (!count || *count == 0) {
      return all;
    }
    all.append(piece, 0, *count);
  }
}

class SocketTest : public ::testing::Test {
 protected:
  std::string read(Socket& socket, Timeout timeout = longest_wait) {
    std::string bytes(64 * 1024, '\0');
    const auto count = socket.read_some(bytes, timeout);
    EXPECT_TRUE(count) << count.error().message();
    bytes.resize(count ? *count : 0);
    return bytes;
  }

  Listener listener_{*resolve("127.0.0.1:0")};
  Socket client_ = *dial(listener_.address(), longest_wait);
  Socket server_{*listener_.accept()};
};

TEST_F(SocketTest, BytesArriveAndTheEndIsZeroBytes) {
  const auto written = client_.write_all("hello", longest_wait);
  EXPECT_EQ(written.bytes, 5u);
  EXPECT_FALSE(written.error);
  EXPECT_EQ(read(server_), "hello");

  ::shutdown(client_.native_handle(), SHUT_WR);
  EXPECT_EQ(read(server_), "");
  server_.write_all("still", longest_wait);
  EXPECT_EQ(read(client_), "still");
}

TEST_F(SocketTest, AReadThatTimesOutLeavesTheSocketUsable) {
  char byte = 0;
  EXPECT_EQ(server_.read_some({&byte, 1}, 1ms).error(), boost::system::errc::timed_out);
  client_.write_all("late", longest_wait);
  EXPECT_EQ(read(server_), "late");
}

TEST_F(SocketTest, AWriteThatTimesOutSaysHowFarItCame) {
  const std::string more_than_buffers_hold(64 * 1024 * 1024, 'x');
  const auto written = server_.write_all(more_than_buffers_hold, 20ms);
  EXPECT_EQ(written.error, boost::system::errc::timed_out);
  EXPECT_LT(written.bytes, more_than_buffers_hold.size());

  std::thread reader([&] { EXPECT_EQ(read_all(client_).size(), written.bytes + 3); });
  EXPECT_FALSE(server_.write_all("end", longest_wait).error);
  server_.release();
  reader.join();
}

TEST_F(SocketTest, NoTimeoutIsNoneAlsoAfterADial) {
  const std::string filling(1 << 20, 'x');
  while (*client_.write_now(filling) > 0) {
  }
  std::thread writer([&] {
    while (client_.write_some(filling, no_timeout)) {
    }
  });
  EXPECT_TRUE(poll_until([&] {
    timeval timeout{};
    socklen_t size = sizeof(timeout);
    ::getsockopt(client_.native_handle(), SOL_SOCKET, SO_SNDTIMEO, &timeout, &size);
    return timeout.tv_sec == 0 && timeout.tv_usec == 0;
  }));
  server_ = Socket();  // ends the write
  writer.join();
}

TEST_F(SocketTest, AResetIsAnError) {
  const struct ::linger at_once { 1, 0 };
  ::setsockopt(client_.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  client_.release();
  char byte = 0;
  EXPECT_EQ(server_.read_some({&byte, 1}, longest_wait).error(),
            boost::system::errc::connection_reset);
  EXPECT_TRUE(server_.write_all("x", longest_wait).error);
}

TEST_F(SocketTest, ShutdownFromAnotherThreadWakesARead) {
  std::thread reader([&] { EXPECT_EQ(read(server_, no_timeout), ""); });
  ::shutdown(server_.native_handle(), SHUT_RD);
  reader.join();
}

TEST_F(SocketTest, StaleIsWhatTheUpstreamClosedOrWroteUnasked) {
  const auto stale = [this] { return is_stale(client_.native_handle()); };
  EXPECT_FALSE(stale());
  server_.write_all("unexpected", longest_wait);
  EXPECT_TRUE(poll_until(stale));
  EXPECT_EQ(read(client_), "unexpected");
  EXPECT_FALSE(stale());
  server_.release();
  EXPECT_TRUE(poll_until(stale));
}

TEST_F(SocketTest, LingerSavesTheReplyThatAPlainCloseDestroys) {
  for (const bool lingering : {false, true}) {
    Socket client = *dial(listener_.address(), longest_wait);
    Socket server(*listener_.accept());
    const int bytes = 4 * 1024;  // the reply has to wait in the server's send buffer
    ::setsockopt(client.native_handle(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
    client.write_all("request and something that nobody reads", longest_wait);
    char byte = 0;
    ASSERT_TRUE(server.read_some({&byte, 1}, longest_wait));
    const std::string reply(100'000, 'r');
    ASSERT_FALSE(server.write_all(reply, longest_wait).error);

    std::thread closing([&server, lingering] {
      if (lingering) {
        net::linger(server, longest_wait);
      }
      server.release();
    });
    if (!lingering) {
      closing.join();
    }
    const std::string got = read_all(client);
    client.release();
    if (lingering) {
      closing.join();
      EXPECT_EQ(got, reply);
    } else {
      EXPECT_LT(got.size(), reply.size());
    }
  }
}

TEST_F(SocketTest, WhatThePeerHasNoRoomForIsDeliveredOnceItReads) {
  const std::string large(std::size_t{64} << 20, 'x');
  const auto written = server_.write_all(large, 50ms);
  ASSERT_LT(written.bytes, large.size());
  await_delivery(server_, 1ms);
  EXPECT_GT(unacknowledged(server_.native_handle()), 0);
  std::thread reader([&] {
    std::string piece(std::size_t{1} << 16, '\0');
    for (std::size_t left = written.bytes; left > 0;) {
      left -= *client_.read_some(piece, longest_wait);
    }
  });
  await_delivery(server_, longest_wait);
  EXPECT_EQ(unacknowledged(server_.native_handle()), 0);
  reader.join();
}

TEST_F(SocketTest, NoDelayIsSetAtBothEnds) {
  EXPECT_EQ(option(client_.native_handle(), IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(option(server_.native_handle(), IPPROTO_TCP, TCP_NODELAY), 1);
}

TEST(Dial, RefusedAndTimedOut) {
  // Bound, so nobody else gets the port; not listening, so it refuses.
  Descriptor silent(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto any = *resolve("127.0.0.1:0");
  ASSERT_EQ(::bind(silent.get(), any.data(), any.size()), 0);
  const auto address = local_endpoint(silent.get());
  EXPECT_EQ(dial(address, longest_wait).error(), boost::system::errc::connection_refused);

  // With a backlog of 0 Linux queues one connection, and drops the packets of the next.
  ASSERT_EQ(::listen(silent.get(), 0), 0);
  const auto queued = dial(address, longest_wait);
  ASSERT_TRUE(queued);
  EXPECT_EQ(dial(address, 20ms).error(), boost::system::errc::timed_out);
}

TEST(Listener, StopWakesAcceptForGood) {
  Listener listener(*resolve("127.0.0.1:0"));
  std::thread acceptor([&] { EXPECT_FALSE(listener.accept()); });
  listener.stop();
  acceptor.join();
  EXPECT_FALSE(listener.accept());
}

/// accept4 first looks for a free descriptor, so it would not say that the listener was stopped.
TEST(Listener, StopEndsAcceptWithoutAFreeDescriptor) {
  Listener listener(*resolve("127.0.0.1:0"));
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const int lowest_free = ::dup(listener.native_handle());
  ::close(lowest_free);
  const rlimit none_free{static_cast<rlim_t>(lowest_free), limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none_free), 0);
  listener.stop();
  EXPECT_FALSE(listener.accept());
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

TEST(Listener, APortInUseIsAnException) {
  const Listener listener(*resolve("127.0.0.1:0"));
  EXPECT_THROW(Listener{listener.address()}, boost::system::system_error);
}

}  // namespace
}  // namespace stagecoach::net
