#pragma once

#include <cstddef>
#include <cstdint>

namespace stagecoach::testing {

/// The number in this environment variable, or the usual one.
std::uint32_t from_environment(const char* name, std::uint32_t usual);

/// STAGECOACH_SEED, or a new seed each time. Printed, so that a failure can be repeated.
std::uint32_t random_seed();

/// How many exchanges a randomised test makes: STAGECOACH_EXCHANGES, or as many as CI has time for.
std::size_t random_exchanges();

}  // namespace stagecoach::testing
