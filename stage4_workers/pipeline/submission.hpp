#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "common/gateway/exchange.hpp"
#include "common/net/deadline.hpp"

namespace stagecoach {

/// The requests of a session's batch, on their way through a pipeline. They go over one
/// upstream connection, in their order: on two, a GET could overtake the SET in front of it.
struct Submission {
  using Time = net::Deadline::Clock::time_point;  ///< As callers of the pipeline tell it.

  /// `requests` belong to the session.
  Submission(std::span<gateway::Exchange* const> requests, std::size_t max_output)
      : exchanges(requests), max_output_bytes(max_output) {}
  Submission(const Submission&) = delete;
  Submission& operator=(const Submission&) = delete;

  /// Has the client's coroutine look at done() and worth_a_write() soon. Only that: the pipeline is
  /// in the middle of a call.
  virtual void wake() = 0;

  std::span<gateway::Exchange* const> exchanges;  ///< To be answered by the upstream.
  const std::size_t max_output_bytes;             ///< Of waiting_bytes; then replies are held back.
  std::size_t last_write = 0;     ///< Behind the last request that may change something.
  std::size_t unsent = 0;         ///< Index of the first request to be sent.
  std::size_t in_flight = 0;      ///< Sent, and not answered.
  std::size_t unanswered = 0;     ///< Neither answered nor failed.
  std::size_t reply_bytes = 0;    ///< All that came, skipped ones too.
  std::size_t waiting_bytes = 0;  ///< Of these, what the client has not taken.
  bool missed = false;            ///< It found no idle connection.
  bool repeated = false;          ///< It is on its second connection.
  bool broke_off = false;         ///< Part of a reply was written, and the rest will never come.
  bool overflowed = false;        ///< It held up its neighbours: replies are skipped.
  bool abandoned = false;         ///< The client is gone: replies are skipped.
  Time queued_at{};               ///< --pool-wait-timeout counts from here.

  bool done() const { return unanswered == 0; }  ///< Every request has its reply or its error.

  /// Counts the requests as in flight, and refuses those that exceed `limit`. `counters` must
  /// outlive it.
  void admit(std::size_t limit, gateway::Counters& counters);

  /// Fails what is not sent.
  void fail_unsent(gateway::Failure failure);

  /// The next request to be sent; null if there is none. Passes over those with a reply.
  gateway::Exchange* next();

  /// Takes the next part of a reply.
  void take(gateway::Exchange& exchange, std::string_view part, bool last);

  /// Whether replies enough wait to be written, though others are to come.
  bool worth_a_write() const;

  /// What the session gave out was written.
  void taken();

  bool falls_behind() const;  ///< Its client does not keep up with its replies.
  bool full() const { return waiting_bytes >= max_output_bytes && !skips(); }  ///< Hold it back.
  void overflow();  ///< It has to be given up, for what waits behind it.

  /// Leaves to the client's next batch what is unsent, if replies enough wait for the client.
  bool cut_short();

  /// A request has its reply or its error, and is not in flight any more: how fast the client takes
  /// its reply is no matter of --max-in-flight.
  void finish_one();

 protected:
  ~Submission() = default;

 private:
  bool skips() const { return overflowed || abandoned || broke_off; }

  gateway::Counters* counters_ = nullptr;
  const gateway::Exchange* incoming_ = nullptr;  // of which a part has come
};

}  // namespace stagecoach
