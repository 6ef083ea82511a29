#pragma once

#include <boost/intrusive/list.hpp>

#include "stage4_workers/asio.hpp"

namespace stagecoach {

/// A socket whose operations can have a deadline. Asio 1.81 has none (1.86: cancel_after), and a
/// timer for each would cost as much as the operation. So the worker looks at all sockets now and
/// then, and cancels overdue operations. For one coroutine, on the loop's thread.
class TimedSocket : public boost::intrusive::list_base_hook<
                        boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  /// All sockets of a worker; its one timer looks at them.
  using List = boost::intrusive::list<TimedSocket, boost::intrusive::constant_time_size<false>>;

  /// Both must outlive it.
  TimedSocket(asio::io_context& loop, List& sockets) : socket(loop) { sockets.push_back(*this); }
  virtual ~TimedSocket() = default;

  /// How long the next operation may wait. Then it fails, at the worker's next look.
  void expires_at(Time deadline) {
    deadline_ = deadline;
    timed_out_ = false;
  }
  void expires_never() { deadline_ = Time::max(); }  ///< While no operation is under way.
  bool timed_out() const { return timed_out_; }      ///< Whether the last one was overdue.

  /// Cancels the operation under way if it is overdue. With Time::max() it always is.
  void check_deadlines(Time now) {
    if (now >= deadline_) {
      timed_out_ = true;
      boost::system::error_code closed;
      socket.cancel(closed);
    }
  }

  /// The worker has to end. Upstream connections go on: requests under way need them.
  virtual void drain() {}

  Socket socket;  ///< Asio's. Calls without async_ do not block.

 private:
  Time deadline_ = Time::max();
  bool timed_out_ = false;
};

}  // namespace stagecoach
