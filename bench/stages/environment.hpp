#pragma once

#include <string>

#include "bench/stages/settings.hpp"

namespace stagecoach::bench {

/// Why this build is not fit to measure ("without optimisation" …); empty if it is.
std::string unfit_build();

/// Puts into the results what they depend on: commit, compiler and flags, kernel, CPU, library
/// versions, and the load.
void add_context(const Settings& settings);

}  // namespace stagecoach::bench
