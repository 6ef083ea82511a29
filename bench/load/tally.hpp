#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "bench/load/latencies.hpp"

namespace stagecoach::bench {

using Clock = std::chrono::steady_clock;  ///< Of all times in a run.

/// The cause under which Tally counts connections that stay open where the server should close.
inline constexpr auto not_closed = "not closed after the reply";
/// And requests that no connection was free for until the timeout.
inline constexpr auto never_sent = "never sent";

/// What the connections of a run count: errors and all right replies always, what else happens only
/// while the window is open, which it is not during warm-up and while the last replies come in.
/// Latencies are those of requests that were meant to be sent while it was open, whenever the reply
/// came: a window that left out the late ones would hide what made them late.
class Tally {
 public:
  /// From when the request was meant to be sent. A closed loop means to send when it does.
  std::vector<Latency> latencies;
  std::vector<Latency> service_times;  ///< From when it was sent. Parallel to `latencies`.
  std::uint64_t requests = 0;          ///< Right replies that came while the window was open.
  std::uint64_t right_replies = 0;     ///< All of them.
  std::uint64_t clients_answered = 0;  ///< Connections that got a right reply at all.
  std::uint64_t dials = 0;             ///< Connections made.
  std::uint64_t reconnects = 0;        ///< Kept connections that the server closed between replies.
  std::map<std::string, std::uint64_t> errors;    ///< By cause: requests, as a rule.
  std::chrono::system_clock::time_point began{};  ///< The window; the time of other machines, too.
  std::chrono::nanoseconds elapsed{};             ///< In the window, by a clock that nobody sets.
  std::chrono::nanoseconds cpu{};  ///< User and system time of this process meanwhile.

  void open_window();   ///< The warm-up is over.
  void close_window();  ///< Once, for good.

  /// A right reply has come to a request that was `due`, and `sent`, at these times.
  void right_reply(Clock::time_point due, Clock::time_point sent, Clock::time_point now);
  void dialled() { dials += window_is_open(); }           ///< To be told of each one made.
  void reconnected() { reconnects += window_is_open(); }  ///< To be told of each found closed.

 private:
  static constexpr auto never = Clock::time_point::max();

  bool window_is_open() const { return opened_ != never && closed_ == never; }

  Clock::time_point opened_ = never;
  Clock::time_point closed_ = never;
  std::chrono::nanoseconds cpu_at_start_{};
};

}  // namespace stagecoach::bench
