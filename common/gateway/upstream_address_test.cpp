#include "common/gateway/upstream_address.hpp"

#include <gtest/gtest.h>

#include "common/testing/poll_until.hpp"

namespace stagecoach::gateway {
namespace {

using testing::poll_until;

net::Endpoint at(const std::string& text) { return *net::resolve(text); }

TEST(UpstreamAddressTest, WhatAnsweredLastIsTriedFirst) {
  const auto a = at("[::1]:1");
  const auto b = at("127.0.0.1:1");
  const auto c = at("127.0.0.1:2");
  UpstreamAddress upstream;
  upstream.move_to({a, b, c});
  EXPECT_EQ(upstream.for_dial(), (std::vector{a, b, c}));
  EXPECT_EQ(upstream.answered(c).address, c);
  EXPECT_EQ(upstream.for_dial(), (std::vector{c, a, b}));
  upstream.move_to({b, a, c});
  EXPECT_EQ(upstream.latest(), c) << "resolvers rotate them";
  EXPECT_EQ(upstream.answered(at("127.0.0.1:3")).address, at("127.0.0.1:3"));
  EXPECT_EQ(upstream.for_dial(), (std::vector{c, a, b})) << "a dial from before a look-up";
}

TEST(UpstreamAddressTest, LeavesAConnectionWhoseAddressIsNotAmongThemAnyMore) {
  UpstreamAddress upstream;
  upstream.move_to({at("127.0.0.1:1"), at("127.0.0.1:2")});
  const auto first = upstream.answered(at("127.0.0.1:1"));
  const auto second = upstream.answered(at("127.0.0.1:2"));
  EXPECT_FALSE(upstream.has_left(first));
  EXPECT_FALSE(upstream.has_left(second));
  upstream.move_to({at("127.0.0.1:3"), at("127.0.0.1:2")});
  EXPECT_TRUE(upstream.has_left(first));
  EXPECT_FALSE(upstream.has_left(second));
  upstream.move_to({at("127.0.0.1:1")});
  EXPECT_FALSE(upstream.has_left(first));
  EXPECT_TRUE(upstream.has_left(second));
}

TEST(UpstreamAddressTest, AReadOnlyReplyEndsWhatWasDialledBeforeIt) {
  int look_ups = 0;
  UpstreamAddress upstream(at("127.0.0.1:1"));
  upstream.on_dial([&] { ++look_ups; });
  const std::string refusal = "-READONLY You can't write against a read only replica.\r\n";
  auto one = upstream.answered(upstream.latest());
  auto another = upstream.answered(upstream.latest());
  for (auto reply : {"+OK\r\n", "-ERR READONLY\r\n", "$9\r\n-READONLY\r\n"}) {
    upstream.heed(one, reply);
    EXPECT_FALSE(upstream.has_left(one)) << reply;
  }
  EXPECT_EQ(look_ups, 0);
  upstream.heed(one, refusal);
  EXPECT_TRUE(upstream.has_left(one));
  EXPECT_FALSE(upstream.has_left(another));
  EXPECT_EQ(look_ups, 1);
  upstream.heed(another, refusal);
  EXPECT_TRUE(upstream.has_left(another));
}

TEST(UpstreamAddressTest, AReadOnlyOneIsTriedLast) {
  UpstreamAddress upstream(std::vector{at("127.0.0.1:1"), at("127.0.0.1:2")});
  auto peer = upstream.answered(at("127.0.0.1:1"));
  upstream.heed(peer, "-READONLY\r\n");
  EXPECT_EQ(upstream.latest(), at("127.0.0.1:2"));
  upstream.heed(peer, "-READONLY\r\n");
  EXPECT_EQ(upstream.latest(), at("127.0.0.1:2")) << "it is last already";
}

TEST(UpstreamAddressTest, DialsToAReadOnlyOneAreBounded) {
  UpstreamAddress upstream(at("127.0.0.1:1"));
  int ended = 0;
  const auto begin = std::chrono::steady_clock::now();
  auto peer = upstream.answered(upstream.latest());
  for (int i = 0; i < 1000; ++i) {
    upstream.heed(peer, "-READONLY\r\n");
    if (upstream.has_left(peer)) {
      peer = upstream.answered(upstream.latest());
      ++ended;
    }
  }
  const auto passed = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(ended, 1);
  EXPECT_LE(ended, 1 + passed / UpstreamAddress::patience);
  EXPECT_TRUE(poll_until([&] {
    upstream.heed(peer, "-READONLY\r\n");
    return upstream.has_left(peer);
  })) << "the address may lead elsewhere by now";
}

TEST(UpstreamAddressTest, AFixedOneIsWhatItIs) {
  UpstreamAddress upstream(at("127.0.0.1:1"));
  EXPECT_EQ(upstream.for_dial().front(), at("127.0.0.1:1"));
  EXPECT_EQ(upstream.latest(), at("127.0.0.1:1"));
}

}  // namespace
}  // namespace stagecoach::gateway
