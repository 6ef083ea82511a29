#include "bench/stages/settings.hpp"

#include <iostream>
#include <regex>

#include <CLI/CLI.hpp>

namespace stagecoach::bench {
namespace {

constexpr auto footer =
    "Google Benchmark's other options work too, such as --benchmark_counters_tabular=true.\n"
    "Runs are interleaved at random (--benchmark_enable_random_interleaving=false: not), so that\n"
    "what disturbs the machine meanwhile disturbs all rows alike.\n"
    "Debian builds the Google Benchmark library without NDEBUG, so that it always warns that it\n"
    "\"was built as DEBUG\". No time measured here is spent in it: the gateways and the load\n"
    "generator are processes of their own.";

std::string is_regex(const std::string& text) {
  try {
    std::regex().assign(text, std::regex::extended);
    return "";
  } catch (const std::regex_error& error) {
    return error.what();
  }
}

}  // namespace

std::optional<Settings> parse_settings(int argc, const char* const* argv) {
  Settings settings;
  CLI::App app("Puts the same load on each stage, in a process of its own before one upstream.",
               "stages");
  app.add_option("--seconds", settings.seconds, "Measured, of each run")
      ->check(CLI::Range(0.01, 3600.0))
      ->capture_default_str();
  app.add_option("--connections", settings.connections, "Clients at a time")
      ->check(CLI::Range(std::size_t{1}, std::size_t{10'000}))
      ->capture_default_str();
  app.add_option("--upstream", settings.upstream,
                 "A server to use instead of the origin; its keys key:0 to key:999 are overwritten")
      ->option_text("HOST:PORT");
  app.add_flag("--progress", settings.progress, "Say on standard error what is running");
  app.add_flag("--allow-debug-build", settings.allow_debug_build,
               "Measure without optimisation or with sanitizers: to try it, not to compare");
  app.add_option("--benchmark_repetitions", settings.repetitions, "Runs of each row")
      ->check(CLI::Range(std::size_t{1}, std::size_t{10'000}))
      ->capture_default_str();
  app.add_option("--benchmark_filter", settings.filter, "Only rows that match")
      ->check(is_regex)
      ->option_text("REGEX");
  app.add_option("--benchmark_out", settings.out, "Write every run to this file, as JSON")
      ->option_text("FILE");
  app.footer(footer);
  app.allow_extras();
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    app.exit(help, std::cout);
    return std::nullopt;
  }
  settings.for_benchmark = app.remaining();
  return settings;
}

}  // namespace stagecoach::bench
