#include "stage3_keepalive/keepalive_listener.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <gtest/gtest.h>

#include "common/net/socket.hpp"

namespace stagecoach {
namespace {

struct Accepted {
  int keepalive;
  int idle;
  int interval;
  int count;
  int user_timeout;
  int no_delay;

  bool operator==(const Accepted&) const = default;
};

int option(const net::Descriptor& socket, int level, int name) {
  int value = -1;
  socklen_t size = sizeof(value);
  ::getsockopt(socket.get(), level, name, &value, &size);
  return value;
}

/// The settings of a connection that a listener with these options accepted.
Accepted accept_with(const KeepaliveOptions& options) {
  KeepaliveListener listener(net::Listener(*net::resolve("127.0.0.1:0")), options);
  const auto client = net::dial(listener.address(), net::Timeout(10'000));
  const auto accepted = listener.accept();
  return {option(*accepted, SOL_SOCKET, SO_KEEPALIVE),
          option(*accepted, IPPROTO_TCP, TCP_KEEPIDLE),
          option(*accepted, IPPROTO_TCP, TCP_KEEPINTVL),
          option(*accepted, IPPROTO_TCP, TCP_KEEPCNT),
          option(*accepted, IPPROTO_TCP, TCP_USER_TIMEOUT),
          option(*accepted, IPPROTO_TCP, TCP_NODELAY)};
}

TEST(KeepaliveListener, ADeadPeerIsNoticedAfterSixMinutes) {
  EXPECT_EQ(accept_with({}), (Accepted{1, 180, 60, 3, 359'000, 1}));
}

TEST(KeepaliveListener, AsToldAndRoundedUpToSeconds) {
  KeepaliveOptions options;
  options.idle = 10s;
  options.interval = net::Timeout(1500);
  options.count = 5;
  EXPECT_EQ(accept_with(options), (Accepted{1, 10, 2, 5, 19'000, 1}));
}

TEST(KeepaliveListener, OffLeavesTheSystemsDefaults) {
  KeepaliveOptions options;
  options.keepalive = false;
  const net::Descriptor plain(::socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(accept_with(options), (Accepted{0, option(plain, IPPROTO_TCP, TCP_KEEPIDLE),
                                            option(plain, IPPROTO_TCP, TCP_KEEPINTVL),
                                            option(plain, IPPROTO_TCP, TCP_KEEPCNT), 0, 1}));
}

TEST(KeepaliveListener, WhatTheKernelRefusesIsAnException) {
  KeepaliveOptions options;
  options.count = 1000;
  EXPECT_THROW(accept_with(options), boost::system::system_error);
}

}  // namespace
}  // namespace stagecoach
