#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "common/gateway/exchange.hpp"
#include "common/gateway/session.hpp"
#include "common/net/deadline.hpp"
#include "stage4_workers/loop/async_socket.hpp"
#include "stage4_workers/loop/event.hpp"

namespace stagecoach {

/// The requests that one client sent together, on their way through an UpstreamPipeline. They go
/// over one upstream connection, in their order: on two, a GET could overtake the SET before it.
struct Batch {
  /// Where `client` is given, there is one request, and nothing is to be written before its reply:
  /// then a large one is written while it comes.
  Batch(std::span<gateway::Exchange* const> requests, AsyncSocket* client, std::size_t max_output)
      : exchanges(requests),
        unanswered(requests.size()),
        receiver(client),
        max_output_bytes(max_output) {}

  std::span<gateway::Exchange* const> exchanges;  ///< They belong to the session.
  std::size_t unsent = 0;        ///< Index of the first request that was not sent yet.
  std::size_t in_flight = 0;     ///< Sent, and not answered.
  std::size_t unanswered;        ///< Neither answered nor failed.
  std::size_t last_write = 0;    ///< Behind the last request that may change something.
  std::size_t reply_bytes = 0;   ///< All that came, skipped ones too.
  AsyncSocket* receiver;         ///< Null: no reply is written early.
  std::size_t max_output_bytes;  ///< Of replies that wait for the client.
  bool streamed = false;         ///< Part of the reply was written,
  bool broke_off = false;        ///< and the rest will never come.
  bool overflowed = false;       ///< More than --max-output-bytes: the replies are skipped.
  bool missed = false;           ///< It found no idle connection.
  net::Deadline::Clock::time_point queued_at{};  ///< --pool-wait-timeout counts from here.
  Event done;                                    ///< Nothing is unanswered any more.

  /// The next request to be sent; null where there is none. Passes over those that were refused.
  gateway::Exchange* next() {
    while (unsent < exchanges.size() && !exchanges[unsent]->reply.empty()) {
      ++unsent;
    }
    return unsent < exchanges.size() ? exchanges[unsent] : nullptr;
  }

  /// Takes the next part of a reply.
  void take(gateway::Exchange& exchange, std::string_view part, bool last);

  /// Whether the client has to take replies before more is sent.
  bool full() const { return overflowed || reply_bytes >= gateway::Session::max_waiting_bytes; }

  /// Leaves what is unsent to the client's next batch.
  void drop_unsent() {
    for (; next() != nullptr; ++unsent) {
      --unanswered;
    }
  }
};

/// One request in flight on an upstream connection: a place in the order of its replies.
struct Slot {
  Batch* batch;  ///< Null: its client was told that it failed, and its late reply is skipped.
  gateway::Exchange* exchange;  ///< Not to be used without a batch.
  bool repeatable;              ///< It changes nothing, and nothing its client sent behind it does.
  bool repeated = false;        ///< This is its second connection.
  bool reply_begun = false;     ///< Too late to repeat it.
  std::size_t begin = 0;        ///< Where its bytes begin in all that was sent on this connection.
  net::Deadline::Clock::time_point deadline{};  ///< For the end of its reply.
};

}  // namespace stagecoach
