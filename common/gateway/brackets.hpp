#pragma once

#include <bitset>
#include <cstddef>
#include <string>
#include <string_view>

#include "common/gateway/exchange.hpp"

namespace stagecoach::gateway {

/// What a client has opened and not closed: a transaction, another database, a subscription.
/// Inside, a command means something else than outside. So what is inside a bracket that the
/// gateway refuses is refused, too, and never executed by itself.
///
/// A transaction is not refused. Its commands are collected here, each answered with QUEUED, and
/// EXEC sends them upstream together: no upstream connection waits for a client between MULTI and
/// EXEC. Unlike in Redis, what is wrong with a command's arguments is told by EXEC alone, with
/// EXECABORT; and WATCH is refused, and with it the transaction that it was to guard.
///
/// Not thread-safe. Source: Redis 7.0, multi.c and processCommand().
class Brackets {
 public:
  /// Has the last word on what judge() said of a request, in view of what is open.
  void apply(Exchange& exchange);

  /// What the open transaction holds.
  std::size_t bytes() const { return queued_.size(); }

 private:
  enum class Transaction { none, open, failed };

  void open_or_close(Exchange& exchange);
  void subscribe(const Exchange& exchange);
  void begin(Exchange& exchange);
  void execute(Exchange& exchange);
  void discard(Exchange& exchange);
  void queue(Exchange& exchange);
  std::string_view refused() const;
  void refuse(Exchange& exchange, std::string_view error);
  void end();

  Transaction transaction_ = Transaction::none;
  std::string queued_;           // MULTI and the commands of the transaction
  std::size_t commands_ = 0;     // of these
  bool shareable_ = true;        // all of these are
  bool unguarded_ = false;       // WATCH was refused: the next transaction is not executed
  bool other_database_ = false;  // SELECT was refused, and none accepted since
  std::bitset<3> subscribed_;    // SUBSCRIBE was refused, and no UNSUBSCRIBE came since: by kind
};

}  // namespace stagecoach::gateway
