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
  using List = boost::intrusive::list<Signal, boost::intrusive::constant_time_size<false>>;

  explicit Signal(asio::io_context& loop) : waiting_(asio::use_service<Waiting>(loop)) {}

  /// Waits for set(). For one coroutine at a time.
  template <class Token>
  auto async_wait(Token&& token) {
    return asio::async_initiate<Token, void()>(
        [this](auto handler) {
          handler_.emplace(std::move(handler));
          waiting_.signals.push_back(*this);
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

 private:
  /// Asio destroys with a loop what waits in it; without this, the coroutine and the signal in its
  /// frame would keep each other.
  struct Waiting final : asio::execution_context::service {
    using key_type = Waiting;
    static inline asio::execution_context::id id;

    explicit Waiting(asio::execution_context& loop) : service(loop) {}
    void shutdown() override {
      while (!signals.empty()) {
        Signal& signal = signals.front();
        signals.pop_front();
        const auto ends = std::exchange(signal.handler_, std::nullopt);
      }
    }

    List signals;
  };

  Waiting& waiting_;
  std::optional<asio::any_completion_handler<void()>> handler_;
};

}  // namespace stagecoach
