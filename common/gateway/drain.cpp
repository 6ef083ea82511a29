#include "common/gateway/drain.hpp"

#include <cstdlib>

#include <spdlog/spdlog.h>

namespace stagecoach::gateway {

void exit_undrained(std::size_t connections) {
  spdlog::warn("--drain-timeout has passed: {} connections cut off", connections);
  std::_Exit(EXIT_SUCCESS);
}

}  // namespace stagecoach::gateway
