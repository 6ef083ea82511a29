#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/testing/child_process.hpp"

namespace stagecoach::bench {
namespace {

using testing::ChildProcess;

struct Outcome {
  int code = -1;
  std::string errors;
};

Outcome stages(const std::vector<std::string>& options) {
  std::vector<std::string> args{STAGES};
  args.insert(args.end(), options.begin(), options.end());
  ChildProcess process(args);
  const auto status = process.wait(std::chrono::seconds(100));
  return {status && status->code ? *status->code : -1, process.errors()};
}

TEST(StagesTest, MeasuresEachRow) {
  const std::string file =
      ::testing::TempDir() + "stages_test." + std::to_string(::getpid()) + ".json";
  const Outcome outcome = stages({"--seconds=0.1", "--connections=4", "--benchmark_repetitions=1",
                                  "--allow-debug-build", "--progress", "--benchmark_out=" + file});
  ASSERT_EQ(outcome.code, 0) << outcome.errors;
  EXPECT_NE(outcome.errors.find("[1/5] "), std::string::npos) << outcome.errors;
  EXPECT_NE(outcome.errors.find("5 runs in "), std::string::npos) << outcome.errors;

  std::ifstream stream(file);
  const auto results = nlohmann::json::parse(stream);
  std::remove(file.c_str());
  EXPECT_TRUE(results["context"].contains("commit"));

  std::map<std::string, nlohmann::json> runs;
  for (const auto& run : results["benchmarks"]) {
    const std::string name = run["name"];
    runs[name.substr(0, name.find("/iterations"))] = run;
  }
  for (const char* row : {"stage1_naive", "stage2_pool", "stage3_keepalive",
                          "stage4_workers/depth1", "stage4_workers"}) {
    ASSERT_TRUE(runs.contains(row)) << row;
    for (const char* counter :
         {"requests_per_second", "p50_us", "p99_us", "p99.9_us", "cpu_us_per_request",
          "generator_cpu_us_per_request", "switches_per_request", "peak_rss_mib"}) {
      EXPECT_GT(runs[row].value(counter, 0.0), 0) << row << ' ' << counter;
    }
    EXPECT_EQ(runs[row]["errors"], 0) << row;
  }
  // Exact, for the connections that ask for the counters are subtracted.
  for (const char* counter : {"accepts_per_request", "threads_per_request", "dials_per_request",
                              "upstream_writes_per_request"}) {
    EXPECT_EQ(runs["stage1_naive"][counter], 1) << counter;
  }
}

TEST(StagesTest, SaysInOneLineWhyItCannotStart) {
  struct {
    std::string option;
    int code;
    std::string message;
  } cases[] = {
      {"--nonsense", 2, "--nonsense"},
      {"--seconds=soon", 2, "--seconds"},
      {"--benchmark_filter=nowhere", 2, "--benchmark_filter: no row matches"},
      {"--benchmark_filter=(", 2, "--benchmark_filter"},
      {"--upstream=127.0.0.1:1", 1, "Connection refused"},
  };
  for (const auto& [option, code, message] : cases) {
    const Outcome outcome = stages({option, "--allow-debug-build"});
    EXPECT_EQ(outcome.code, code) << option;
    EXPECT_NE(outcome.errors.find(message), std::string::npos) << outcome.errors;
    EXPECT_EQ(outcome.errors.find('\n'), outcome.errors.size() - 1) << outcome.errors;
  }
}

}  // namespace
}  // namespace stagecoach::bench
