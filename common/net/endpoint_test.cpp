#include "common/net/endpoint.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace stagecoach::net {
namespace {

TEST(EndpointTest, FormsThatAreAccepted) {
  struct Case {
    std::string text;
    bool is_v4;
    std::uint16_t port;
    std::string printed;
  };
  for (const Case& c :
       {Case{"127.0.0.1:7001", true, 7001, "127.0.0.1:7001"},
        Case{"0.0.0.0:0", true, 0, "0.0.0.0:0"}, Case{"[::1]:65535", false, 65535, "[::1]:65535"},
        Case{"[::]:80", false, 80, "[::]:80"}}) {
    const auto address = resolve(c.text);
    ASSERT_TRUE(address) << c.text << ": " << address.error().message();
    EXPECT_EQ(address->address().is_v4(), c.is_v4) << c.text;
    EXPECT_EQ(address->port(), c.port);
    EXPECT_EQ(to_string(*address), c.printed);
  }
}

TEST(EndpointTest, IsNumericWhereThereIsNoNameToLookUp) {
  for (auto text : {"127.0.0.1:1", "0.0.0.0:0", "[::1]:1", "[fe80::1%lo]:1"}) {
    EXPECT_TRUE(is_numeric(text)) << text;
  }
  for (auto text : {"localhost:1", "redis1.example:6379", "1.2.3:1", "127.0.0.1", ""}) {
    EXPECT_FALSE(is_numeric(text)) << text;
  }
}

TEST(EndpointTest, EqualsOneOfTheSameHostAndPort) {
  EXPECT_EQ(*resolve("127.0.0.1:1"), *resolve("127.0.0.1:1"));
  EXPECT_NE(*resolve("127.0.0.1:1"), *resolve("127.0.0.1:2"));
  EXPECT_NE(*resolve("127.0.0.1:1"), *resolve("127.0.0.2:1"));
  EXPECT_NE(*resolve("127.0.0.1:1"), *resolve("[::1]:1"));
}

TEST(EndpointTest, LoopbackIsWhatNoOtherMachineReaches) {
  for (auto text : {"127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1"}) {
    EXPECT_TRUE(resolve(text)->address().is_loopback()) << text;
  }
  for (auto text : {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "[fe80::1]:1"}) {
    EXPECT_FALSE(resolve(text)->address().is_loopback()) << text;
  }
}

TEST(EndpointTest, ANameIsLookedUp) {
  const auto addresses = resolve_all("localhost:7001");
  ASSERT_TRUE(addresses);
  for (const Endpoint& address : *addresses) {
    EXPECT_EQ(address.port(), 7001);
    EXPECT_TRUE(address.address().is_loopback());
    EXPECT_EQ(std::ranges::count(*addresses, address), 1);
  }
}

TEST(EndpointTest, WhoeverListensIsGivenTheIpv4OneOfAName) {
  const auto all = resolve_all("localhost:7001");
  const auto one = resolve("localhost:7001");
  ASSERT_TRUE(all && one);
  EXPECT_EQ(std::ranges::count(*all, *one), 1);
  const auto is_v4 = [](const Endpoint& each) { return each.address().is_v4(); };
  EXPECT_EQ(is_v4(*one), std::ranges::any_of(*all, is_v4));
}

TEST(EndpointTest, WhatStandsInDigitsIsOne) {
  for (auto text : {"127.0.0.1:7001", "[::1]:7001"}) {
    EXPECT_EQ(to_string(*resolve_all(text)), text);
  }
  EXPECT_EQ(to_string({*resolve("[::1]:1"), *resolve("127.0.0.1:2")}), "[::1]:1, 127.0.0.1:2");
}

TEST(EndpointTest, OtherFormsAreInvalid) {
  for (const char* text :
       {"", "127.0.0.1", ":7001", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:65536", "127.0.0.1:-1",
        "127.0.0.1:+1", "127.0.0.1: 1", "[::1]", "::1", "::1:7001", "[]:7001", "[::1:7001"}) {
    const auto address = resolve(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error(), boost::system::errc::invalid_argument) << text;
    EXPECT_EQ(resolve_all(text).error(), address.error()) << text;
    EXPECT_FALSE(is_host_and_port(text)) << text;
  }
}

TEST(EndpointTest, ANameThatDoesNotResolveHasTheResolversError) {
  const auto address = resolve("no-such-host.invalid:7001");
  ASSERT_FALSE(address);
  EXPECT_NE(address.error(), boost::system::errc::invalid_argument);
}

}  // namespace
}  // namespace stagecoach::net
