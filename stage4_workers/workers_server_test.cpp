#include "common/testing/server_cycles.hpp"
#include "stage4_workers/server.hpp"

namespace stagecoach::stage4 {
namespace {

TEST(Server, StartsAndStopsWithoutALeak) {
  testing::expect_no_leak_over_cycles([](gateway::Context& context, net::Listener listener) {
    return Server(context, std::move(listener), PoolOptions{.wait_timeout = testing::longest_wait},
                  KeepaliveOptions{}, WorkerOptions{});
  });
}

}  // namespace
}  // namespace stagecoach::stage4
