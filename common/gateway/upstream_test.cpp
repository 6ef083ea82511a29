#include "common/gateway/upstream.hpp"

#include <sys/socket.h>

#include <gtest/gtest.h>

#include "common/testing/poll_until.hpp"
#include "common/testing/silent_address.hpp"

namespace stagecoach::gateway {
namespace {

using namespace std::chrono_literals;
using testing::SilentAddress;

/// An address that refuses dials until it listens.
class Place {
 public:
  Place() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const auto any = *net::resolve("127.0.0.1:0");
    EXPECT_EQ(::bind(socket_.get(), any.data(), any.size()), 0);
  }

  net::Endpoint address() const { return net::local_endpoint(socket_.get()); }
  void listen() { EXPECT_EQ(::listen(socket_.get(), 8), 0); }

 private:
  net::Descriptor socket_;
};

class UpstreamTest : public ::testing::Test {
 protected:
  Options options_{.connect_timeout = testing::longest_wait};
  Context context_{.options = options_, .upstream = {}};
  const Counters& counters_ = context_.counters;
  Place a_;
  Place b_;
};

TEST_F(UpstreamTest, AnAddressThatRefusesIsPassedOver) {
  context_.upstream.move_to({a_.address(), b_.address()});
  b_.listen();
  const auto upstream = dial_upstream(context_);
  ASSERT_TRUE(upstream);
  EXPECT_EQ(upstream->peer.address, b_.address());
  EXPECT_EQ(counters_.upstream_dials, 1u);
  EXPECT_EQ(counters_.upstream_dial_errors, 0u);
  EXPECT_EQ(context_.upstream.latest(), b_.address());
}

TEST_F(UpstreamTest, AnAddressThatIsSilentLeavesTimeForTheOther) {
  const SilentAddress silent;
  context_.upstream.move_to({silent.address(), b_.address()});
  b_.listen();
  options_.connect_timeout = 6s;  // half of it for each
  const auto upstream = dial_upstream(context_);
  ASSERT_TRUE(upstream);
  EXPECT_EQ(upstream->peer.address, b_.address());
}

TEST_F(UpstreamTest, WhatAnsweredLastMayBeGone) {
  context_.upstream.move_to({a_.address(), b_.address()});
  context_.upstream.answered(b_.address());
  a_.listen();
  const auto upstream = dial_upstream(context_);
  ASSERT_TRUE(upstream);
  EXPECT_EQ(upstream->peer.address, a_.address());
}

TEST_F(UpstreamTest, WhereNoneAnswersItIsOneFailedDial) {
  context_.upstream.move_to({a_.address(), b_.address()});
  EXPECT_EQ(dial_upstream(context_).error(), Failure::upstream_unreachable);
  EXPECT_EQ(counters_.upstream_dials, 0u);
  EXPECT_EQ(counters_.upstream_dial_errors, 1u);
}

TEST_F(UpstreamTest, WhereAllAreSilentTheTimeoutIsOneForAll) {
  const SilentAddress one;
  const SilentAddress another;
  options_.connect_timeout = 20ms;
  context_.upstream.move_to({one.address(), another.address()});
  EXPECT_EQ(dial_upstream(context_).error(), Failure::upstream_unreachable);
  EXPECT_EQ(counters_.upstream_dial_errors, 1u);
}

}  // namespace
}  // namespace stagecoach::gateway
