#include "common/testing/server_cycles.hpp"
#include "stage1_naive/server.hpp"

namespace stagecoach::stage1 {
namespace {

TEST(Server, StartsAndStopsWithoutALeak) {
  testing::expect_no_leak_over_cycles([](gateway::Context& context) { return Server(context); });
}

}  // namespace
}  // namespace stagecoach::stage1
