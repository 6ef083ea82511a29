#include "common/testing/server_cycles.hpp"
#include "stage2_pool/server.hpp"

namespace stagecoach::stage2 {
namespace {

TEST(Server, StartsAndStopsWithoutALeak) {
  testing::expect_no_leak_over_cycles([](gateway::Context& context, net::Listener listener) {
    return Server(context, std::move(listener), PoolOptions{});
  });
}

}  // namespace
}  // namespace stagecoach::stage2
