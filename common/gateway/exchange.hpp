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

/// A client's request, and in the end its reply.
struct Exchange {
  resp::Request request;    ///< Points into the session's input.
  Verdict verdict;          ///< What judge() said of it.
  std::size_t replies = 1;  ///< That come upstream: of a transaction, many. The last one counts.
  std::string reply;        ///< Empty: not yet answered, nor failed.
  bool incomplete = false;  ///< Of `reply`, more is to come.
  bool begun = false;       ///< A part of the reply has gone to the client.
};

/// Gives the exchange the `-ERR` for `failure`, and counts it.
void fail(Exchange& exchange, Failure failure, Counters& counters);

/// How one attempt to have a request answered ended.
struct Attempt {
  std::optional<Failure> failure;  ///< Empty: the reply is complete.
  bool written = false;            ///< At least one byte of the request may have gone upstream.
  bool reply_begun = false;        ///< At least one byte of the reply came.
  bool reusable = false;  ///< Nothing more can come on the connection before the next request.
};

/// Sends the request and reads its one reply into `exchange.reply`, all within --request-timeout.
Attempt attempt(Upstream& upstream, Exchange& exchange, Context& context);

/// Whether the upstream connection is out of a transaction whose last reply has come whole. An
/// upstream that knows MULTI and not EXEC goes on queueing. True for every other request, and if
/// the reply was skipped.
bool ends_transaction(const Exchange& exchange);

/// Whether a request may be sent once more, on a fresh connection: never after a byte of a reply,
/// and where the upstream may have executed it, only if that changed nothing.
bool may_retry(const Attempt& attempt, const Exchange& exchange);

}  // namespace stagecoach::gateway
