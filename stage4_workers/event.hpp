#pragma once

#include <optional>

#include <boost/asio/use_awaitable.hpp>

#include "common/net/async_socket.hpp"

namespace stagecoach {

/// Wakes one coroutine, once. For use on the loop's thread alone.
class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  /// Goes on when set() is called, or at once if it was. What awaits it must outlive the wait.
  net::Task<void> wait() {
    if (!set_) {
      co_await boost::asio::async_initiate<Token, void()>(
          [this](auto handler) { waiting_.emplace(std::move(handler)); }, token_);
    }
  }

  /// Runs the waiting coroutine up to its next wait, then returns.
  void set() {
    set_ = true;
    if (waiting_) {
      Handler handler = std::move(*waiting_);
      waiting_.reset();
      std::move(handler)();
    }
  }

 private:
  using Token = boost::asio::use_awaitable_t<net::LoopExecutor>;
  using Handler = boost::asio::async_result<Token, void()>::handler_type;

  Token token_;
  std::optional<Handler> waiting_;
  bool set_ = false;
};

}  // namespace stagecoach
