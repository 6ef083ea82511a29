#pragma once

#include <coroutine>
#include <utility>

namespace stagecoach {

/// Wakes one coroutine, once. For use on the loop's thread alone.
class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  /// Goes on when set() is called, or at once if it was. What awaits it must outlive the wait.
  auto wait() {
    struct Awaiter {
      Event& event;
      bool await_ready() const { return event.set_; }
      void await_suspend(std::coroutine_handle<> waiting) { event.waiting_ = waiting; }
      void await_resume() const {}
    };
    return Awaiter{*this};
  }

  /// Runs the waiting coroutine up to its next wait, then returns.
  void set() {
    set_ = true;
    if (waiting_) {
      std::exchange(waiting_, nullptr).resume();
    }
  }

 private:
  std::coroutine_handle<> waiting_;
  bool set_ = false;
};

}  // namespace stagecoach
