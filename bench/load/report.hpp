#pragma once

#include <string>

#include "bench/load/generator.hpp"
#include "bench/load/options.hpp"

namespace stagecoach::bench {

/// The result for a reader, and for a program (JSON, one object; its keys name their units).
std::string summary(const Options& options, const Result& result);
std::string json(const Options& options, const Result& result);

}  // namespace stagecoach::bench
