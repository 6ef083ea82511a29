#include "common/operations/prometheus.hpp"

#include <map>
#include <sstream>

#include <gtest/gtest.h>

namespace stagecoach::operations {
namespace {

TEST(Prometheus, ShowsEveryCounterOnceWithItsType) {
  gateway::Counters counters;
  gateway::add(counters.connections_accepted, 3);
  gateway::add(counters.workers, 7);

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
  EXPECT_EQ(values.size(), 1 + sizeof(gateway::Counters) / sizeof(gateway::Counter));
  EXPECT_EQ(values["stagecoach_stage_info{stage=\"stage4_workers\"}"], "1");
  EXPECT_EQ(values["stagecoach_connections_accepted_total"], "3");
  EXPECT_EQ(types["stagecoach_connections_accepted_total"], "counter");
  EXPECT_EQ(values["stagecoach_workers"], "7");
  EXPECT_EQ(types["stagecoach_workers"], "gauge");
  EXPECT_EQ(types["stagecoach_connections_open"], "gauge");
}

}  // namespace
}  // namespace stagecoach::operations
