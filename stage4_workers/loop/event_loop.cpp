#include "stage4_workers/loop/event_loop.hpp"

#include <spdlog/spdlog.h>

namespace stagecoach {

/// Runs a Task that nobody awaits. Its frame goes when it is over.
struct EventLoop::RootCoroutine {
  struct Promise : Root, PooledFrame {
    RootCoroutine get_return_object() {
      handle = std::coroutine_handle<Promise>::from_promise(*this);
      return {*this};
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {
      try {
        throw;
      } catch (const std::exception& error) {
        spdlog::error("a coroutine ended by an exception: {}", error.what());
      }
    }
  };
  using promise_type = Promise;

  Root& root;
};

EventLoop::EventLoop(std::chrono::milliseconds period)
    : ready_(context_, ready_set_.native_handle()), watchdog_(context_, period) {
  wait();
}

EventLoop::~EventLoop() {
  abandon();
  ready_.release();  // its descriptor is the set's
}

EventLoop::RootCoroutine EventLoop::run_alone(Task<void> task) { co_await std::move(task); }

void EventLoop::spawn(Task<void> task) {
  Root& root = run_alone(std::move(task)).root;
  roots_.push_back(root);
  root.handle.resume();
}

void EventLoop::at_end_of_turn(std::function<void()> step) {
  end_of_turn_.push_back(std::move(step));
  if (!in_turn_ && end_of_turn_.size() == 1) {
    post([this] { end_turn(); });
  }
}

void EventLoop::run() {
  const FramePool::Use use(frames_);
  context_.run();
}

void EventLoop::poll() {
  const FramePool::Use use(frames_);
  context_.restart();
  context_.poll();
}

void EventLoop::finish() {
  finished_ = true;
  watchdog_.stop();
  ready_.cancel();
}

void EventLoop::abandon() {
  while (!roots_.empty()) {
    roots_.front().handle.destroy();
  }
}

void EventLoop::wait() {
  ready_.async_wait(ready_.wait_read, [this](boost::system::error_code cancelled) {
    if (!cancelled) {
      turn();
    }
    if (!finished_) {
      wait();
    }
  });
}

void EventLoop::turn() {
  clock_ = net::Deadline::Clock::now();
  in_turn_ = true;
  ready_set_.tell_ready();
  in_turn_ = false;
  end_turn();
}

void EventLoop::end_turn() {
  clock_ = net::Deadline::Clock::now();
  ending_turn_.swap(end_of_turn_);
  for (const auto& step : ending_turn_) {
    step();
  }
  ending_turn_.clear();
  clock_.reset();
}

}  // namespace stagecoach
