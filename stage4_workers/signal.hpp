#pragma once

#include <optional>
#include <utility>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/intrusive/list.hpp>

#include "stage4_workers/asio.hpp"

namespace stagecoach {

/// Wakes a coroutine at once: set() runs it up to its next wait. Only for the loop's thread.
///
/// Asio's own way is to cancel a timer, which posts the coroutine. Then it waits for another look
/// at the sockets, and takes half as many instructions again.
class Signal : public boost::intrusive::list_base_hook<
                   boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  /// Holds signals that somebody waits for, or that are to be set.
  using List = boost::intrusive::list<Signal, boost::intrusive::constant_time_size<false>>;

  /// Waits for set(), in `waiting`, whose owner must abandon() it. For one coroutine at a time.
  template <class Token>
  auto async_wait(List& waiting, Token&& token) {
    return asio::async_initiate<Token, void()>(
        [this, &waiting](auto handler) {
          handler_.emplace(std::move(handler));
          waiting.push_back(*this);
        },
        token);
  }

  /// Runs the coroutine, if one is waiting.
  void set() {
    if (handler_) {
      unlink();
      auto handler = std::move(*handler_);
      handler_.reset();
      std::move(handler)();
    }
  }

  /// For a later set(): moves it to the end of `woken`, if a coroutine is waiting.
  void move_to(List& woken) {
    if (handler_) {
      unlink();
      woken.push_back(*this);
    }
  }

  /// Gives up the coroutine, so that its loop ends it. Asio would do this if it held the handler.
  /// Here the signal holds it, and may be in the coroutine's frame: each would keep the other.
  void abandon() {
    unlink();
    const auto ends = std::exchange(handler_, std::nullopt);
  }

 private:
  std::optional<asio::any_completion_handler<void()>> handler_;
};

}  // namespace stagecoach
