#include <exception>
#include <iostream>

#include <CLI/Error.hpp>

#include "bench/load/generator.hpp"
#include "bench/load/options.hpp"
#include "bench/load/report.hpp"

using namespace stagecoach::bench;

namespace {

int run(const Options& options) {
  try {
    const Outcome outcome = generate(options);
    std::cout << (options.json ? json(options, outcome) : summary(options, outcome));
    return outcome.tally.errors.empty() ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "load: " << options.target << ": " << error.what() << '\n';
    return 1;
  }
}

}  // namespace

// Exit code. 0: all replies were right. 1: some were not, or the target cannot be used. 2: bad
// options.
int main(int argc, char** argv) {
  try {
    const auto options = parse_options(argc, argv);
    return options ? run(*options) : 0;
  } catch (const CLI::ParseError& error) {
    std::cerr << "load: " << error.what() << " (see load --help)\n";
    return 2;
  }
}
