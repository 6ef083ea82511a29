#include "bench/load/hgrm.hpp"

#include <cmath>
#include <cstdint>
#include <iomanip>
#include <sstream>

namespace stagecoach::bench {
namespace {

constexpr double ticks_a_half = 5;  // HdrHistogram's own: lines per halving of the distance to 1
constexpr double sub_buckets = 1 / bucket_width;

double milliseconds(Latency time) { return static_cast<double>(time.count()) / 1e3 / 1e3; }

double next_level(double level, double total) {
  const double halves = std::floor(std::log2(1 / (1 - level))) + 1;
  const double next = level + 1 / (ticks_a_half * std::pow(2, halves));
  return 1 - next < 1 / (2 * total) ? 1 : next;
}

}  // namespace

// Source: HdrHistogram, AbstractHistogram.outputPercentileDistribution.
std::string hgrm(const std::vector<Bucket>& histogram) {
  double total = 0;
  double sum = 0;
  for (const auto& [greatest, count] : histogram) {
    total += static_cast<double>(count);
    sum += milliseconds(greatest) * static_cast<double>(count);
  }
  const double mean = sum / total;
  double squares = 0;
  for (const auto& [greatest, count] : histogram) {
    squares += static_cast<double>(count) * std::pow(milliseconds(greatest) - mean, 2);
  }

  std::ostringstream out;
  const auto number = [&out](int width, int precision, double value) -> std::ostream& {
    return out << std::fixed << std::setw(width) << std::setprecision(precision) << value;
  };
  const auto line = [&](Latency value, double level, double seen) {
    number(12, 3, milliseconds(value)) << ' ';
    number(14, 12, level) << ' ';
    number(10, 0, seen);
    if (level < 1) number(15, 2, 1 / (1 - level));
    out << '\n';
  };
  out << "       Value     Percentile TotalCount 1/(1-Percentile)\n\n";
  double level = 0;
  double seen = 0;
  for (const auto& [greatest, count] : histogram) {
    seen += static_cast<double>(count);
    for (; level <= seen / total && level < 1; level = next_level(level, total)) {
      line(greatest, level, seen);
    }
  }
  line(histogram.back().greatest, 1, total);
  out << "#[Mean    = ";
  number(12, 3, mean) << ", StdDeviation   = ";
  number(12, 3, std::sqrt(squares / total)) << "]\n#[Max     = ";
  number(12, 3, milliseconds(histogram.back().greatest)) << ", Total count    = ";
  number(12, 0, total) << "]\n#[Buckets = ";
  number(12, 0, static_cast<double>(histogram.size())) << ", SubBuckets     = ";
  number(12, 0, sub_buckets) << "]\n";
  return out.str();
}

}  // namespace stagecoach::bench
