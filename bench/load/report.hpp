#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/load/generator.hpp"
#include "bench/load/histogram.hpp"
#include "bench/load/options.hpp"
#include "bench/load/percentiles.hpp"

namespace stagecoach::bench {

/// Of the system clock, as exact as JSON's numbers keep it.
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;

/// Latencies, both ways that a report tells them.
struct Distribution {
  Percentiles percentiles;        ///< Exact, or of the histogram where several were merged.
  std::vector<Bucket> histogram;  ///< Of the same samples.
};

/// One of the runs that a merged report is of.
struct Place {
  std::string name;                ///< Of the file that it came from.
  std::string target;              ///< HOST:PORT.
  std::size_t connections = 0;     ///< Its share of the whole, as is what follows.
  std::uint64_t requests = 0;      ///< Right replies.
  double requests_per_second = 0;  ///< In its own window.
  double cores = 0;                ///< CPU of the generator: at 1 it was the limit.
  std::uint64_t errors = 0;        ///< Of all causes.
};

/// What `load` prints, of one run or of several: see Options and Result, of which most is taken.
struct Report {
  std::string target;
  std::size_t connections = 0;
  std::size_t pipeline = 0;
  double get_ratio = 0;
  std::size_t keys = 0;
  std::size_t value_size = 0;
  std::string connection_use;  ///< As the option says it.
  std::chrono::milliseconds timeout{};
  std::size_t idle = 0;
  std::optional<double> rate;
  std::optional<std::uint64_t> seed;  ///< None where those of several runs differ.
  bool server_closes = false;
  std::uint64_t requests = 0;
  std::uint64_t replies_in_all = 0;
  WallTime begin;                      ///< Of the window.
  std::chrono::nanoseconds elapsed{};  ///< The window.
  double requests_per_second = 0;
  Distribution latency;
  Distribution service_time;
  double cpu_us_per_request = 0;
  std::uint64_t clients_answered = 0;
  std::uint64_t dials = 0;
  std::uint64_t reconnects = 0;
  std::map<std::string, std::uint64_t> errors;  ///< By cause.
  std::vector<Place> places;                    ///< Of a merged report, else empty.

  WallTime end() const;               ///< Of the window.
  std::uint64_t error_count() const;  ///< The sum of `errors`.
};

/// Of one run.
Report report(const Options& options, const Result& result);
/// For a reader, in a few lines.
std::string summary(const Report& report);
/// For a program: one JSON object, whose keys name their units.
std::string json(const Report& report);

}  // namespace stagecoach::bench
