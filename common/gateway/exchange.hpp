#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/gateway/command_table.hpp"
#include "common/gateway/context.hpp"
#include "common/gateway/failure.hpp"
#include "common/gateway/upstream.hpp"
#include "common/resp/request_parser.hpp"

namespace stagecoach::gateway {

/// A client's request and, in the end, its reply.
struct Exchange {
  resp::Request request;    ///< Points into the session's input.
  Verdict verdict;          ///< The verdict of judge().
  std::size_t replies = 1;  ///< From the upstream: many for a transaction; the last one counts.
  std::string reply;        ///< Empty: neither answered nor failed yet.
  bool incomplete = false;  ///< More of `reply` is to come.
  bool begun = false;       ///< Part of the reply has gone to the client.
};

/// Replies with the `-ERR` for `failure`, and counts it.
void fail(Exchange& exchange, Failure failure, Counters& counters);

/// How an attempt to get a reply ended.
struct Attempt {
  std::optional<Failure> failure;  ///< Empty: the reply is complete.
  bool written = false;            ///< A byte of the request may have gone upstream.
  bool reply_begun = false;        ///< A byte of the reply came.
  bool reusable = false;           ///< The connection is clean: nothing more can come on it.
};

/// Sends the request and reads its reply into `exchange.reply`, all within --request-timeout.
Attempt attempt(Upstream& upstream, Exchange& exchange, Context& context);

/// Whether the upstream connection has left the transaction, once its last reply is complete. An
/// upstream that knows MULTI but not EXEC goes on queueing. True for every other request, and if
/// the reply was skipped.
bool ends_transaction(const Exchange& exchange);

/// Whether a request may be sent again, on a fresh connection: never after a byte of its reply. If
/// the upstream may have executed it, only if it changes nothing.
bool may_retry(const Attempt& attempt, const Exchange& exchange);

}  // namespace stagecoach::gateway
