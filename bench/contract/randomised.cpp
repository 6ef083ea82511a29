#include "bench/contract/randomised.hpp"

#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

#include "common/testing/sanitized.hpp"

namespace stagecoach::testing {

std::uint32_t from_environment(const char* name, std::uint32_t usual) {
  const char* given = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it meanwhile
  return given != nullptr ? static_cast<std::uint32_t>(std::stoul(given)) : usual;
}

std::uint32_t random_seed() {
  const auto seed = from_environment("STAGECOACH_SEED", std::random_device()());
  std::cout << "STAGECOACH_SEED=" << seed << std::endl;
  return seed;
}

std::size_t random_exchanges() {
  return from_environment("STAGECOACH_EXCHANGES", sanitized ? 10'000 : 100'000);
}

}  // namespace stagecoach::testing
