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

/// What `load` prints, of one run or of several: see Options and Outcome, of which most is taken.
struct Report {
  std::string target;                           ///< HOST:PORT; of several, with commas.
  std::size_t connections = 0;                  ///< Of all places.
  std::size_t pipeline = 0;                     ///< Requests in one write.
  double get_ratio = 0;                         ///< The part of GET.
  std::size_t keys = 0;                         ///< To choose from.
  std::size_t value_size = 0;                   ///< Bytes.
  std::string connection_use;                   ///< As the option says it.
  std::chrono::milliseconds timeout{};          ///< For the replies to one write.
  std::size_t idle = 0;                         ///< Connections that say nothing.
  std::optional<double> rate;                   ///< Requests a second, of an open loop.
  std::optional<std::uint64_t> seed;            ///< None where those of several runs differ.
  bool server_closes = false;                   ///< After each reply.
  std::uint64_t requests = 0;                   ///< Right replies in the window.
  std::uint64_t replies_in_all = 0;             ///< And in the warm-up.
  WallTime begin;                               ///< Of the window.
  std::chrono::nanoseconds elapsed{};           ///< The window.
  double requests_per_second = 0;               ///< Of several: the sum.
  Distribution latency;                         ///< From when each was meant to be sent.
  Distribution service_time;                    ///< From when each was sent.
  double cpu_us_per_request = 0;                ///< Of the generators.
  std::uint64_t clients_answered = 0;           ///< That got a right reply.
  std::uint64_t dials = 0;                      ///< Connections made.
  std::uint64_t reconnects = 0;                 ///< Found closed, and dialled again.
  std::map<std::string, std::uint64_t> errors;  ///< By cause.
  std::vector<Place> places;                    ///< Of a merged report, else empty.

  WallTime end() const;               ///< Of the window.
  std::uint64_t error_count() const;  ///< The sum of `errors`.
};

/// Of one run.
Report report(const Options& options, const Outcome& result);
/// For a reader, in a few lines.
std::string summary(const Report& report);
/// For a program: one JSON object, whose keys name their units.
std::string json(const Report& report);

}  // namespace stagecoach::bench
