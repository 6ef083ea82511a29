#include "bench/load/hgrm.hpp"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "common/testing/child_process.hpp"

namespace stagecoach::bench {
namespace {

// Of the same histogram.
std::string written_by_the_suite(const std::vector<Bucket>& histogram) {
  std::string list = "[";
  for (const auto& [greatest, count] : histogram) {
    list += "[" + std::to_string(greatest.count()) + "/1000," + std::to_string(count) + "],";
  }
  testing::ChildProcess python({PYTHON, "-B", "-c",
                                "import sys\n"
                                "sys.path.insert(0, sys.argv[1])\n"
                                "from suite import hgrm\n"
                                "print(hgrm.text(" +
                                    list + "]), end='')",
                                SUITE_DIR});
  const auto status = python.wait(std::chrono::seconds(60));
  EXPECT_TRUE(status && status->code == 0) << python.errors();
  return python.output();
}

TEST(Hgrm, IsWhatTheSuiteWrites) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> latency(12, 1);
  std::vector<Latency> samples;
  for (int i = 0; i < 20'000; ++i) samples.emplace_back(static_cast<Latency::rep>(latency(random)));
  EXPECT_EQ(hgrm(histogram(samples)), written_by_the_suite(histogram(samples)));
}

TEST(Hgrm, IsOfOneSample) {
  const auto one = histogram({std::chrono::milliseconds(2)});
  EXPECT_EQ(hgrm(one), written_by_the_suite(one));
}

}  // namespace
}  // namespace stagecoach::bench
