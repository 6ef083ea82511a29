#pragma once

#include <string>

#include "bench/load/generator.hpp"
#include "bench/load/options.hpp"

namespace stagecoach::bench {

/// The results of a run, for a reader, in a few lines.
std::string summary(const Options& options, const Outcome& outcome);
/// For a program: one JSON object. Its keys name their units.
std::string json(const Options& options, const Outcome& outcome);

}  // namespace stagecoach::bench
