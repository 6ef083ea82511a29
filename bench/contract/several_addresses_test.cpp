
#include <boost/system/system_error.hpp>

#include "bench/contract/named_upstream.hpp"
#include "common/net/listener.hpp"
#include "common/testing/silent_address.hpp"

namespace stagecoach::testing {
namespace {

/// A name with an address of each family, like localhost on most systems.
class SeveralAddresses : public NamedUpstream {
 protected:
  void SetUp() override {
    NamedUpstream::SetUp();
    if (IsSkipped() || HasFatalFailure()) {
      return;
    }
    try {
      net::Listener probe(*net::resolve("[::1]:0"));
    } catch (const boost::system::system_error& error) {
      GTEST_SKIP() << "there is no IPv6 here: " << error.what();
    }
    name_at({"127.0.0.1", "::1"});
  }

  void expect_service(ServerProcess& gateway) const {
    ReusingClient client(stage(), gateway);
    for (const std::string value : {"one", "two", "three"}) {
      EXPECT_EQ(client.command({"SET", "key", value}).text, "OK");
      EXPECT_EQ(client.command({"GET", "key"}).text, value);
    }
    EXPECT_EQ(counters(gateway)["upstream_dial_errors"], 0u);
    EXPECT_EQ(gateway.process().errors().find("cannot be reached"), std::string::npos);
  }
};

TEST_P(SeveralAddresses, ThatOfTheOtherFamilyMayRefuse) {
  for (const std::string listening : {"127.0.0.1", "::1"}) {
    SCOPED_TRACE(listening);
    const auto redis = redis_at(listening, 7100);
    auto gateway = start({"--upstream", "localhost:7100"});
    expect_service(gateway);
    EXPECT_EQ(gateway.stop(), 0);
  }
}

TEST_P(SeveralAddresses, ThatOfTheOtherFamilyMayBeSilent) {
  for (const std::string silent : {"127.0.0.1:7100", "[::1]:7100"}) {
    SCOPED_TRACE(silent);
    const SilentAddress address(silent.c_str());
    const auto redis = redis_at(silent.front() == '[' ? "127.0.0.1" : "::1", 7100);
    auto gateway = start({"--upstream", "localhost:7100", "--connect-timeout", "6s"});
    expect_service(gateway);
    EXPECT_EQ(gateway.stop(), 0);
  }
}

TEST_P(SeveralAddresses, MayTakeOverFromEachOther) {
  auto redis = redis_at("::1", 7100);
  auto gateway = start({"--upstream", "localhost:7100"});
  ReusingClient client(stage(), gateway);
  for (const std::string listening : {"127.0.0.1", "::1"}) {
    EXPECT_EQ(client.command({"SET", "key", "value"}).text, "OK");
    redis.reset();
    redis = redis_at(listening, 7100);
    EXPECT_TRUE(poll_until([&] { return client.command({"SET", "key", listening}).text == "OK"; }));
  }
}

TEST_P(SeveralAddresses, OfTheseItListensOnTheIpv4One) {
  auto gateway = start({"--listen", "localhost:0", "--metrics-listen", "localhost:0"});
  EXPECT_TRUE(gateway.process().output().starts_with("listening on 127.0.0.1:"));
  EXPECT_NE(gateway.process().errors().find("http://127.0.0.1:"), std::string::npos);
  EXPECT_EQ(gateway.stop(), 0);
  name_at({"::1"});
  auto another = start({"--listen", "localhost:0"});
  EXPECT_TRUE(another.process().output().starts_with("listening on [::1]:"));
  EXPECT_EQ(another.stop(), 0);
}

INSTANTIATE_TEST_SUITE_P(Contract, SeveralAddresses, ::testing::ValuesIn(all_stages()), stage_name);

}  // namespace
}  // namespace stagecoach::testing
