#include "common/testing/server_cycles.hpp"
#include "stage3_keepalive/server.hpp"

namespace stagecoach::stage3 {
namespace {

TEST(Server, StartsAndStopsWithoutALeak) {
  testing::expect_no_leak_over_cycles(
      [](gateway::Context& context) { return Server(context, PoolOptions{}, KeepaliveOptions{}); });
}

}  // namespace
}  // namespace stagecoach::stage3
