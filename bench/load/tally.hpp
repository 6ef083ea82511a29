#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "bench/load/latencies.hpp"

namespace stagecoach::bench {

using Clock = std::chrono::steady_clock;  ///< For all times in a run.

/// Tally counts requests under this cause if no connection was free until the timeout.
inline constexpr auto never_sent = "never sent";

/// What the connections of a run count. Errors and right replies always count. Everything else
/// counts only while the window is open: not during warm-up, nor while the last replies come in.
/// Latencies are those of requests that should have been sent while it was open, whenever the reply
/// came: without the late replies the window would hide what made them late.
class Tally {
 public:
  /// From the intended send time. A closed loop intends to send when it does.
  std::vector<Latency> latencies;
  std::vector<Latency> service_times;  ///< From the actual send time. Parallel to `latencies`.
  std::uint64_t requests = 0;          ///< Right replies that came while the window was open.
  std::uint64_t right_replies = 0;     ///< All right replies.
  std::uint64_t clients_answered = 0;  ///< Connections that got at least one right reply.
  std::uint64_t dials = 0;             ///< Connections made.
  std::uint64_t reconnects = 0;        ///< Kept connections that the server closed between replies.
  std::map<std::string, std::uint64_t> errors;    ///< By cause; mostly requests.
  std::chrono::system_clock::time_point began{};  ///< The window, in a time that hosts share.
  std::chrono::nanoseconds elapsed{};             ///< In the window, by a clock that nobody sets.
  std::chrono::nanoseconds cpu{};  ///< User and system time of this process in the window.

  void open_window();   ///< The warm-up is over.
  void close_window();  ///< Once, for good.

  /// A right reply came to a request that was `due` and `sent` at these times.
  void right_reply(Clock::time_point due, Clock::time_point sent, Clock::time_point now);
  void dialled() { dials += window_is_open(); }           ///< A connection was made.
  void reconnected() { reconnects += window_is_open(); }  ///< A kept one was found closed.

 private:
  static constexpr auto never = Clock::time_point::max();

  bool window_is_open() const { return opened_ != never && closed_ == never; }

  Clock::time_point opened_ = never;
  Clock::time_point closed_ = never;
  std::chrono::nanoseconds cpu_at_start_{};
};

}  // namespace stagecoach::bench
