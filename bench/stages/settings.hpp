#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace stagecoach::bench {

/// What the command line of `stages` says.
struct Settings {
  double seconds = 1.3;  ///< Measured, of each run.
  std::size_t connections = 50;
  std::string upstream;  ///< HOST:PORT; empty: a process of our own origin.
  bool progress = false;
  bool allow_debug_build = false;

  std::size_t repetitions = 9;             ///< --benchmark_repetitions
  std::string filter = ".";                ///< --benchmark_filter; a leading '-' negates it.
  std::string out;                         ///< --benchmark_out; JSON. Empty: none.
  std::vector<std::string> for_benchmark;  ///< The other arguments: Google Benchmark's.
};

/// Load before the measured time of each run, not counted.
inline constexpr std::chrono::milliseconds warmup{200};

/// Nothing if --help was asked for and printed. Throws CLI::ParseError, whose what() is one line.
std::optional<Settings> parse_settings(int argc, const char* const* argv);

}  // namespace stagecoach::bench
