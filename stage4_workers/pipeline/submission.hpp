#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "common/gateway/exchange.hpp"
#include "common/net/deadline.hpp"

namespace stagecoach {

/// The requests of a session's batch, on their way through a pipeline. They go over one upstream
/// connection, in order: on two, a GET could overtake the SET in front of it.
struct Submission {
  using Time = net::Deadline::Clock::time_point;  ///< Passed by callers of the pipeline.

  /// `requests` belong to the session.
  Submission(std::span<gateway::Exchange* const> requests, std::size_t max_output)
      : exchanges(requests), max_output_bytes(max_output) {}
  Submission(const Submission&) = delete;
  Submission& operator=(const Submission&) = delete;

  /// Makes the client's coroutine look at done() and worth_a_write() soon, and nothing else: the
  /// pipeline is in the middle of a call.
  virtual void wake() = 0;

  std::span<gateway::Exchange* const> exchanges;  ///< The upstream answers these.
  const std::size_t max_output_bytes;             ///< Limits waiting_bytes by holding replies back.
  std::size_t last_write = 0;     ///< Behind the last request that may change something.
  std::size_t unsent = 0;         ///< Index of the next request to send.
  std::size_t in_flight = 0;      ///< Sent, not yet answered.
  std::size_t unanswered = 0;     ///< Neither answered nor failed.
  std::size_t reply_bytes = 0;    ///< Received so far, skipped ones too.
  std::size_t waiting_bytes = 0;  ///< Of these, not yet taken by the client.
  bool missed = false;            ///< Found no idle connection.
  bool repeated = false;          ///< Is on its second connection.
  bool broke_off = false;         ///< Part of a reply was written, and the rest never comes.
  bool overflowed = false;        ///< Held up its neighbours: its replies are skipped.
  bool abandoned = false;         ///< Its client is gone: its replies are skipped.
  Time queued_at{};               ///< --pool-wait-timeout counts from here.

  bool done() const { return unanswered == 0; }  ///< Every request has its reply or error.

  /// Counts the requests as in flight, and refuses those beyond `limit`. `counters` must outlive
  /// the submission.
  void admit(std::size_t limit, gateway::Counters& counters);

  /// Fails the requests that are not sent yet.
  void fail_unsent(gateway::Failure failure);

  /// The next request to send, or null. Skips those that have a reply.
  gateway::Exchange* next();

  /// Takes the next part of a reply.
  void take(gateway::Exchange& exchange, std::string_view part, bool last);

  /// Whether enough replies wait to be written now, although others are still to come.
  bool worth_a_write() const;

  /// Call it when the replies that the session gave out are written.
  void taken();

  bool falls_behind() const;  ///< The client does not keep up with its replies.
  bool full() const { return waiting_bytes >= max_output_bytes && !skips(); }  ///< Hold replies.
  void overflow();  ///< Gives it up, for those who wait behind it.

  /// If enough replies wait for the client, leaves its unsent requests to its next batch.
  bool cut_short();

  /// A request got its reply or its error, so it is no longer in flight: --max-in-flight does not
  /// depend on how fast the client takes the reply.
  void finish_one();

 protected:
  ~Submission() = default;

 private:
  bool skips() const { return overflowed || abandoned || broke_off; }

  gateway::Counters* counters_ = nullptr;
  const gateway::Exchange* incoming_ = nullptr;  // its reply has come in part
};

}  // namespace stagecoach
