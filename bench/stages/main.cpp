#include <algorithm>
#include <exception>
#include <iostream>
#include <iterator>
#include <optional>
#include <regex>

#include <CLI/Error.hpp>
#include <benchmark/benchmark.h>

#include "bench/stages/environment.hpp"
#include "bench/stages/measurement.hpp"
#include "bench/stages/progress.hpp"
#include "bench/stages/settings.hpp"
#include "common/testing/server_process.hpp"

namespace stagecoach::bench {
namespace {

// Google Benchmark appends it to the names, and the filter may match it.
constexpr auto name_suffix = "/iterations:1/manual_time";

std::size_t matching_rows(const Settings& settings) {
  const std::string& filter = settings.filter;
  const bool negated = filter.starts_with('-');
  const std::regex pattern(filter.substr(negated), std::regex::extended);
  return static_cast<std::size_t>(std::ranges::count_if(rows(settings), [&](const Row& row) {
    return std::regex_search(row.name + name_suffix, pattern) != negated;
  }));
}

// Writes all runs and no statistics over them: those of a counter that is always 0 have a NaN,
// which is not JSON.
class RunsOnly : public benchmark::JSONReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    if (runs.empty() || runs.front().run_type == Run::RT_Iteration) JSONReporter::ReportRuns(runs);
  }
};

void initialize_benchmark(const Settings& settings) {
  std::vector<std::string> args{"--benchmark_repetitions=" + std::to_string(settings.repetitions),
                                "--benchmark_filter=" + settings.filter,
                                "--benchmark_out=" + settings.out,
                                "--benchmark_enable_random_interleaving=true"};
  args.insert(args.end(), settings.for_benchmark.begin(), settings.for_benchmark.end());
  static char program[] = "stages";  // the library keeps this pointer
  std::vector<char*> argv{program};
  std::ranges::transform(args, std::back_inserter(argv),
                         [](std::string& arg) { return arg.data(); });
  int argc = static_cast<int>(argv.size());
  benchmark::Initialize(&argc, argv.data());
  if (argc > 1) throw CLI::ExtrasError({argv[1]});
  if (matching_rows(settings) == 0) {
    throw CLI::ValidationError("--benchmark_filter", "no row matches");
  }
}

void run_benchmarks(const Settings& settings) {
  RunsOnly file;
  if (settings.out.empty()) {
    benchmark::RunSpecifiedBenchmarks();
  } else {
    benchmark::RunSpecifiedBenchmarks(nullptr, &file);
  }
}

// False if a run failed; its entry in the results says why.
bool run(const Settings& settings) {
  std::optional<testing::ServerProcess> origin;
  std::string upstream = settings.upstream;
  if (upstream.empty()) {
    origin.emplace(ORIGIN);
    upstream = "127.0.0.1:" + std::to_string(origin->port());
  }
  fill(upstream);

  bool all_well = true;
  Progress progress(settings, matching_rows(settings));
  const auto run_row = [&](benchmark::State& state, const Row& row) {
    progress.next(row.name);
    for (auto _ : state) {
      try {
        const Measurement measurement = measure(row, upstream, settings);
        state.SetIterationTime(measurement.seconds);
        for (const auto& [name, value] : measurement.counters) state.counters[name] = value;
      } catch (const std::exception& error) {
        std::cerr << "stages: " << row.name << ": " << error.what() << '\n';
        state.SkipWithError(error.what());
        all_well = false;
        break;
      }
    }
  };
  const auto ladder = rows(settings);
  for (const Row& row : ladder) {
    benchmark::RegisterBenchmark(row.name.c_str(),
                                 [&](benchmark::State& state) { run_row(state, row); })
        ->UseManualTime()
        ->Iterations(1)
        ->Unit(benchmark::kMillisecond);
  }
  add_context(settings);
  run_benchmarks(settings);
  progress.done();
  return all_well;
}

}  // namespace
}  // namespace stagecoach::bench

// Exit code: 0 all was measured; 1 a run failed, or this build is unfit; 2 bad options.
int main(int argc, char** argv) {
  using namespace stagecoach::bench;
  try {
    const auto settings = parse_settings(argc, argv);
    if (!settings) return 0;
    initialize_benchmark(*settings);
    if (const std::string why = unfit_build(); !why.empty() && !settings->allow_debug_build) {
      std::cerr << "stages: built " << why << ", which says nothing about speed: use the release "
                << "preset (or --allow-debug-build)\n";
      return 1;
    }
    return run(*settings) ? 0 : 1;
  } catch (const CLI::ParseError& error) {
    std::cerr << "stages: " << error.what() << " (see stages --help)\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "stages: " << error.what() << '\n';
    return 1;
  }
}
