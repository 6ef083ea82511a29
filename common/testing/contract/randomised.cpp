#include "common/testing/contract/randomised.hpp"

#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

namespace stagecoach::testing {

std::uint32_t random_seed() {
  const char* given = std::getenv("STAGECOACH_SEED");
  const auto seed =
      given != nullptr ? static_cast<std::uint32_t>(std::stoul(given)) : std::random_device()();
  std::cout << "STAGECOACH_SEED=" << seed << std::endl;
  return seed;
}

std::size_t random_exchanges() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr std::size_t usual = 10'000;
#else
  constexpr std::size_t usual = 100'000;
#endif
  const char* given = std::getenv("STAGECOACH_EXCHANGES");
  return given != nullptr ? std::stoul(given) : usual;
}

}  // namespace stagecoach::testing
