#include <cerrno>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <CLI/CLI.hpp>

#include "bench/load/hgrm.hpp"
#include "bench/load/merge.hpp"
#include "bench/load/read_report.hpp"
#include "bench/load/report.hpp"

using namespace stagecoach::bench;

namespace {

struct Options {
  std::vector<std::string> files;
  std::string hgrm;  // a file; empty: none
  bool json = false;
};

std::optional<Options> parse_options(int argc, char** argv) {
  Options options;
  CLI::App app("Makes one report of what load --json printed at several places at the same time.",
               "merge");
  app.add_option("files", options.files, "A file for each place")
      ->required()
      ->option_text("FILE...");
  app.add_flag("--json", options.json, "The report as JSON, as load prints it");
  app.add_option("--hgrm", options.hgrm, "Write the latencies there, for HdrHistogram's plotters")
      ->option_text("FILE");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    app.exit(help, std::cout);
    return std::nullopt;
  }
  return options;
}

[[noreturn]] void fail(const std::string& file, const std::string& why) {
  throw std::runtime_error(file + ": " + why);
}

[[noreturn]] void fail_by_errno(const std::string& file) {
  fail(file, std::generic_category().message(errno));
}

Part read(const std::string& file) {
  std::ifstream in(file);
  if (in) in.peek();  // a directory can be opened, and only then not be read
  if (in.bad() || !in.rdbuf()->is_open()) fail_by_errno(file);
  std::ostringstream text;
  text << in.rdbuf();
  try {
    return {file, read_report(text.str())};
  } catch (const std::runtime_error& error) {
    fail(file, error.what());
  }
}

void write_hgrm(const std::string& file, const std::vector<Bucket>& histogram) {
  if (histogram.empty()) fail(file, "not written: there was no reply");
  std::ofstream out(file);
  if (!(out << hgrm(histogram) << std::flush)) fail_by_errno(file);
}

int run(const Options& options) {
  try {
    std::vector<Part> parts;
    for (const std::string& file : options.files) parts.push_back(read(file));
    const Report whole = merge(parts);
    std::cout << (options.json ? json(whole) : summary(whole));
    if (!options.hgrm.empty()) write_hgrm(options.hgrm, whole.latency.histogram);
    return whole.errors.empty() ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "merge: " << error.what() << '\n';
    return 1;
  }
}

}  // namespace

// Exit code, as of load: 0 all replies were right; 1 some were not, or the files cannot be merged;
// 2 bad options.
int main(int argc, char** argv) {
  try {
    const auto options = parse_options(argc, argv);
    return options ? run(*options) : 0;
  } catch (const CLI::ParseError& error) {
    std::cerr << "merge: " << error.what() << " (see merge --help)\n";
    return 2;
  }
}
