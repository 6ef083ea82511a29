#include "common/testing/server_cycles.hpp"
#include "stage1_naive/server.hpp"

namespace stagecoach::stage1 {
namespace {

TEST(Server, StartsAndStopsWithoutALeak) {
  testing::expect_no_leak_over_cycles([](gateway::Context& context, net::Listener listener) {
    return Server(context, std::move(listener));
  });
}

}  // namespace
}  // namespace stagecoach::stage1
