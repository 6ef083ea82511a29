#include "common/gateway/counters.hpp"

#include <map>
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

TEST(Prometheus, ShowsEveryCounterOnceWithItsType) {
  Counters counters;
  add(counters.connections_accepted, 3);
  add(counters.workers, 7);

  std::istringstream text(prometheus(counters, "stage4_workers"));
  std::string line;
  std::map<std::string, std::string> types;
  std::map<std::string, std::string> values;
  while (std::getline(text, line)) {
    std::istringstream words(line);
    std::string first, second, name, value;
    words >> first;
    if (first == "#") {
      words >> second >> name >> value;
      EXPECT_EQ(second, "TYPE") << line;
      EXPECT_TRUE(types.emplace(name, value).second) << line;
    } else {
      words >> value;
      EXPECT_TRUE(values.emplace(first, value).second) << line;
      EXPECT_TRUE(types.contains(first.substr(0, first.find('{')))) << "its type comes first";
    }
  }
  EXPECT_EQ(values.size(), 1 + sizeof(Counters) / sizeof(Counter));
  EXPECT_EQ(values["stagecoach_stage_info{stage=\"stage4_workers\"}"], "1");
  EXPECT_EQ(values["stagecoach_connections_accepted_total"], "3");
  EXPECT_EQ(types["stagecoach_connections_accepted_total"], "counter");
  EXPECT_EQ(values["stagecoach_workers"], "7");
  EXPECT_EQ(types["stagecoach_workers"], "gauge");
  EXPECT_EQ(types["stagecoach_connections_open"], "gauge");
}

}  // namespace
}  // namespace stagecoach::gateway
