#include "stage4_workers/asio.hpp"

#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <spdlog/spdlog.h>

namespace stagecoach {
namespace {

void log_exception(std::exception_ptr thrown) {
  try {
    if (thrown) {
      std::rethrow_exception(std::move(thrown));
    }
  } catch (const std::exception& error) {
    spdlog::error("an exception ended a coroutine: {}", error.what());
  }
}

}  // namespace

void spawn(asio::io_context& loop, Awaitable<void> coroutine) {
  asio::co_spawn(loop, std::move(coroutine), log_exception);
}

}  // namespace stagecoach
