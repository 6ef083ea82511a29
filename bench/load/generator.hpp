#pragma once

#include "bench/load/options.hpp"
#include "bench/load/tally.hpp"

namespace stagecoach::bench {

/// What a run showed.
struct Outcome {
  bool server_closes;  ///< The server ends each connection after it has replied.
  Tally tally;         ///< Of the run, its warm-up included; filling the keys is not in it.
};

/// Fills the target's keys and puts the load on it. Returns when the last reply is there.
/// Throws std::runtime_error, with one line that says what and why, if the target cannot be reached
/// or its keys not be filled.
Outcome generate(const Options& options);

}  // namespace stagecoach::bench
