#pragma once

#include <string>

#include "bench/load/generator.hpp"
#include "bench/load/options.hpp"

namespace stagecoach::bench {

/// The result for a reader, in a few lines.
std::string summary(const Options& options, const Result& result);
/// The result for a program: one JSON object, whose keys name their units.
std::string json(const Options& options, const Result& result);

}  // namespace stagecoach::bench
