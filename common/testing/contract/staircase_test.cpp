#include <sstream>

#include <gtest/gtest.h>

#include "common/testing/child_process.hpp"

namespace stagecoach::testing {
namespace {

/// What changes between two neighbouring stages is the lesson: it has to stay short enough to read.
TEST(Staircase, EachStageChangesFewLinesOfTheOneBefore) {
  struct Step {
    std::string from;
    std::string to;
    int limit;
  };
  const Step steps[] = {{"stage1_naive", "stage2_pool", 30},
                        {"stage2_pool", "stage3_keepalive", 40},
                        {"stage3_keepalive", "stage4_workers", 80}};
  const auto server = [](const std::string& stage) { return SOURCES "/" + stage + "/server.cpp"; };
  for (const auto& [from, to, limit] : steps) {
    ChildProcess diff({"diff", server(from), server(to)});
    const auto status = diff.wait(std::chrono::seconds(10));
    ASSERT_TRUE(status && status->code == 1) << diff.errors();
    std::istringstream lines(diff.output());
    int changed = 0;
    for (std::string line; std::getline(lines, line);) {
      changed += line.starts_with('<') || line.starts_with('>') ? 1 : 0;
    }
    EXPECT_GT(changed, 0);
    EXPECT_LT(changed, limit) << "diff " << server(from) << ' ' << server(to);
  }
}

}  // namespace
}  // namespace stagecoach::testing
