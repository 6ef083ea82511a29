#pragma once

#include <chrono>
#include <cstddef>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include "common/net/deadline.hpp"

namespace stagecoach {

/// Something that a Watchdog looks after.
class Watched : public boost::intrusive::list_base_hook<
                    boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  Watched() = default;
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;
  virtual ~Watched() = default;

  /// Called on each look; `now` is the time of the look.
  virtual void look(net::Deadline::Clock::time_point now) = 0;

  /// Called when the loop is to end: finish what is under way, begin nothing new.
  virtual void drain() = 0;
};

/// One coarse timer for all that a loop has to end in time: a look every few milliseconds costs
/// less than a timer armed and cancelled for each request. net::Deadlines are met up to one period
/// late. For use on the loop's thread alone.
class Watchdog {
 public:
  /// The first look comes after one `period`. `loop` must outlive it.
  Watchdog(boost::asio::io_context& loop, std::chrono::milliseconds period);

  void watch(Watched& watched) { watched_.push_back(watched); }  ///< It unlinks itself as it ends.
  void drain();                                                  ///< Tells all that is watched.
  bool draining() const { return draining_; }  ///< For who is watched later: drain then.

  /// Lets the loop end: the time of whatever is still watched is up, and there is no further look.
  void stop();

 private:
  template <class Step>
  void visit(Step step);
  void wait();

  using List = boost::intrusive::list<Watched, boost::intrusive::constant_time_size<false>>;

  boost::asio::steady_timer timer_;
  std::chrono::milliseconds period_;
  List watched_;
  bool draining_ = false;
  bool stopped_ = false;
};

}  // namespace stagecoach
