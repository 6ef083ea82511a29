#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "common/gateway/exchange.hpp"
#include "common/net/deadline.hpp"

namespace stagecoach {

/// The requests that one client sent together, on their way through a pipeline. They go over one
/// upstream connection, in their order: on two, a GET could overtake the SET in front of it.
struct Batch {
  using Time = net::Deadline::Clock::time_point;  ///< As callers of the pipeline tell it.

  /// `requests` belong to the session. `one_reply`: there is one request, and nothing is to be
  /// written before its reply, so a large one can be written while it comes.
  Batch(std::span<gateway::Exchange* const> requests, bool one_reply, std::size_t max_output)
      : exchanges(requests), streams(one_reply), max_output_bytes(max_output) {}
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  /// Has the client's coroutine look at done() and take_part() soon. Only that: the pipeline is in
  /// the middle of a call.
  virtual void wake() = 0;

  std::span<gateway::Exchange* const> exchanges;  ///< To be answered.
  const bool streams;                             ///< See the constructor.
  const std::size_t max_output_bytes;             ///< Limit of waiting_bytes.
  std::size_t admitted = 0;                       ///< From the front: the others are refused.
  std::size_t last_write = 0;     ///< Behind the last request that may change something.
  std::size_t unsent = 0;         ///< Index of the first request to be sent.
  std::size_t in_flight = 0;      ///< Sent, and not answered.
  std::size_t unanswered = 0;     ///< Neither answered nor failed.
  std::size_t reply_bytes = 0;    ///< All that came, skipped ones too.
  std::size_t waiting_bytes = 0;  ///< Of these, what the client has not taken.
  bool missed = false;            ///< It found no idle connection.
  bool repeated = false;          ///< It is on its second connection.
  bool part_taken = false;        ///< Part of the reply was written,
  bool broke_off = false;         ///< and the rest will never come.
  bool overflowed = false;        ///< Past max_output_bytes: replies are skipped.
  bool abandoned = false;         ///< The client is gone: replies are skipped.
  Time queued_at{};               ///< --pool-wait-timeout counts from here.

  bool done() const { return unanswered == 0; }  ///< Every request has its reply or its error.

  /// Counts the requests as in flight, and refuses those that exceed `limit`.
  void admit(std::size_t limit, gateway::Counters& counters);

  /// Fails what is not sent.
  void fail_unsent(gateway::Failure failure, gateway::Counters& counters);

  /// The next request to be sent; null if there is none. Passes over those with a reply.
  gateway::Exchange* next();

  /// Takes the next part of a reply.
  void take(gateway::Exchange& exchange, std::string_view part, bool last);

  /// `part` was written: swaps it for what has come of the incomplete reply since. False if that is
  /// too little to write.
  bool take_part(std::string& part);

  /// Leaves to the client's next batch what is unsent, if replies enough wait for the client.
  bool cut_short();

  /// A request has its reply or its error.
  void finish_one();

 protected:
  ~Batch() = default;

 private:
  bool has_part() const;
};

}  // namespace stagecoach
