#include "common/testing/server_cycles.hpp"
#include "stage3_keepalive/server.hpp"

namespace stagecoach::stage3 {
namespace {

TEST(Server, StartsAndStopsWithoutALeak) {
  testing::expect_no_leak_over_cycles([](gateway::Context& context, net::Listener listener) {
    return Server(context, std::move(listener), PoolOptions{}, KeepaliveOptions{});
  });
}

}  // namespace
}  // namespace stagecoach::stage3
