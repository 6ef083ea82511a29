#pragma once

#include <optional>
#include <utility>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/intrusive/list.hpp>

#include "stage4_workers/asio.hpp"

namespace stagecoach {

/// Wakes a coroutine at once: set() runs it up to its next wait. For the loop's thread alone.
///
/// Asio's own way, a timer that is cancelled, posts the coroutine: it waits for another look at the
/// sockets, and takes half as many instructions again.
class Signal : public boost::intrusive::list_base_hook<
                   boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  /// Of signals that are waited for, or that are to be set.
  using List = boost::intrusive::list<Signal, boost::intrusive::constant_time_size<false>>;

  /// Waits for set(), in `waiting`, whose owner has to abandon() it. For one coroutine at a time.
  template <class Token>
  auto async_wait(List& waiting, Token&& token) {
    return asio::async_initiate<Token, void()>(
        [this, &waiting](auto handler) {
          handler_.emplace(std::move(handler));
          waiting.push_back(*this);
        },
        token);
  }

  /// Runs the coroutine, if one waits.
  void set() {
    if (handler_) {
      unlink();
      auto handler = std::move(*handler_);
      handler_.reset();
      std::move(handler)();
    }
  }

  /// For a later set(): moves it to the end of `woken`, if a coroutine waits.
  void move_to(List& woken) {
    if (handler_) {
      unlink();
      woken.push_back(*this);
    }
  }

  /// Gives up the coroutine, which its loop then ends. Asio would do so if it kept the handler;
  /// here coroutine and signal, which may be in its frame, would keep each other.
  void abandon() {
    unlink();
    const auto ends = std::exchange(handler_, std::nullopt);
  }

 private:
  std::optional<asio::any_completion_handler<void()>> handler_;
};

}  // namespace stagecoach
