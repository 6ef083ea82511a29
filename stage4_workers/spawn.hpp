#pragma once

#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <spdlog/spdlog.h>

#include "common/net/async_socket.hpp"

namespace stagecoach {

/// Starts a coroutine on its loop. An exception ends it and is logged, not swallowed.
inline void spawn(net::LoopExecutor loop, net::Task<void> task) {
  boost::asio::co_spawn(loop, std::move(task), [](std::exception_ptr thrown) {
    try {
      if (thrown) {
        std::rethrow_exception(thrown);
      }
    } catch (const std::exception& error) {
      spdlog::error("a coroutine ended by an exception: {}", error.what());
    }
  });
}

}  // namespace stagecoach
