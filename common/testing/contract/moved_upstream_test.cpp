#include "common/testing/contract/named_upstream.hpp"

namespace stagecoach::testing {
namespace {

class MovedUpstream : public NamedUpstream {};

TEST_P(MovedUpstream, IsFoundAgainByItsName) {
  auto here = start_origin({"--listen", "127.0.0.1:7100"});
  auto gateway = start({"--upstream", "upstream.test:7100"});
  ReusingClient client(stage(), gateway);
  EXPECT_EQ(client.command({"SET", "key", "here"}).text, "OK");

  auto there = start_origin({"--listen", "127.0.0.2:7100"});
  name_at({"127.0.0.2"});
  EXPECT_EQ(here.stop(), 0);
  EXPECT_TRUE(poll_until([&] { return client.command({"SET", "key", "there"}).text == "OK"; }));
  EXPECT_EQ(client.command({"GET", "key"}).text, "there");
  EXPECT_NE(gateway.process().errors().find("is now at 127.0.0.2:7100"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Contract, MovedUpstream, ::testing::ValuesIn(all_stages()), stage_name);

}  // namespace
}  // namespace stagecoach::testing
