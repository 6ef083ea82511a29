#include "common/gateway/counters.hpp"

#include <set>
#include <sstream>

#include <gtest/gtest.h>

namespace stagecoach::gateway {
namespace {

TEST(Info, ShowsEveryCounterOnceInRedisFormat) {
  Counters counters;
  add(counters.connections_accepted, 3);
  subtract(counters.connections_accepted);
  add(counters.workers, 7);

  std::istringstream text(info(counters, "stage4_workers"));
  std::string line;
  std::set<std::string> names;
  std::set<std::string> not_zero;
  while (std::getline(text, line)) {
    EXPECT_EQ(line.back(), '\r') << line;
    line.pop_back();
    const auto colon = line.find(':');
    if (colon == line.npos) {
      EXPECT_EQ(line, "# Gateway");
      continue;
    }
    EXPECT_TRUE(names.insert(line.substr(0, colon)).second) << line;
    if (line.substr(colon) != ":0") not_zero.insert(line);
  }
  EXPECT_EQ(names.size(), 1 + sizeof(Counters) / sizeof(Counter));
  EXPECT_EQ(not_zero,
            (std::set<std::string>{"stage:stage4_workers", "connections_accepted:2", "workers:7"}));
}

}  // namespace
}  // namespace stagecoach::gateway
