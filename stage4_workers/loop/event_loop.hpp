#pragma once

#include <functional>
#include <optional>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/intrusive/list.hpp>

#include "common/net/deadline.hpp"
#include "stage4_workers/loop/ready_set.hpp"
#include "stage4_workers/loop/task.hpp"
#include "stage4_workers/loop/watchdog.hpp"

namespace stagecoach {

/// One thread's event loop: coroutines, the sockets that wake them, and their deadlines. Asio runs
/// it, with its timers, its dials and what other threads post; the sockets that requests travel
/// over are in a ReadySet, for which Asio waits.
///
/// For use on its thread alone, but for post() and stop().
class EventLoop {
 public:
  using Time = net::Deadline::Clock::time_point;  ///< By the clock that deadlines go by.

  /// `period` is the watchdog's.
  explicit EventLoop(std::chrono::milliseconds period);
  ~EventLoop();

  /// Starts a coroutine beside the others; it runs up to its first wait. The loop owns it. An
  /// exception ends it and is logged.
  void spawn(Task<void> task);

  /// Has `step` called when all that is ready in this turn of the loop has had its say. What a step
  /// asks for comes later.
  void at_end_of_turn(std::function<void()> step);

  /// From any thread: has `step` called on the loop's.
  template <class Step>
  void post(Step step) {
    boost::asio::post(context_, std::move(step));
  }

  /// Returns when finish() was called, and nothing that Asio does is under way.
  void run();

  /// For tests: does what is to be done now.
  void poll();

  /// Lets run() end: the time of all that still waits for something is up. Not to be called from
  /// within a watchdog's look.
  void finish();

  /// From any thread: run() returns at once.
  void stop() { context_.stop(); }

  /// Ends the coroutines where they wait. run() must not be called any more.
  void abandon();

  /// The time: within a turn as it was when that began, or its end.
  Time now() const { return clock_ ? *clock_ : net::Deadline::Clock::now(); }

  /// The end of what may take as long as `timeout` from now.
  Time after(net::Timeout timeout) const {
    return timeout == net::no_timeout ? Time::max() : now() + timeout;
  }

  boost::asio::io_context& context() { return context_; }  ///< For timers and dials.
  Watchdog& watchdog() { return watchdog_; }               ///< For what has a deadline.
  ReadySet& ready_set() { return ready_set_; }             ///< For sockets that carry requests.

 private:
  /// One of the outermost coroutines.
  struct Root : boost::intrusive::list_base_hook<
                    boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    std::coroutine_handle<> handle;
  };
  struct RootCoroutine;

  static RootCoroutine run_alone(Task<void> task);
  void wait();
  void turn();
  void end_turn();

  FramePool frames_;
  boost::asio::io_context context_{1};
  ReadySet ready_set_;
  boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> ready_;
  Watchdog watchdog_;
  boost::intrusive::list<Root, boost::intrusive::constant_time_size<false>> roots_;
  std::vector<std::function<void()>> end_of_turn_;
  std::vector<std::function<void()>> ending_turn_;
  std::optional<Time> clock_;
  bool in_turn_ = false;
  bool finished_ = false;
};

}  // namespace stagecoach
