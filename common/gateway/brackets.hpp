#pragma once

#include <bitset>
#include <cstddef>
#include <string>
#include <string_view>

#include "common/gateway/exchange.hpp"

namespace stagecoach::gateway {

/// What a client has opened and not closed: a transaction, another database, a subscription. Inside
/// this bracket a command means something else than outside. So if the gateway refuses a bracket,
/// it also refuses the commands inside, and never executes one by itself.
///
/// A transaction is not refused. Its commands are collected here, each is answered with QUEUED, and
/// EXEC sends them upstream together: no upstream connection waits for a client between MULTI and
/// EXEC. Two things differ from Redis. Only EXEC tells of wrong arguments, with EXECABORT. WATCH is
/// refused, and with it the transaction that it should guard.
///
/// Not thread-safe. Source: Redis 7.0, multi.c and processCommand().
class Brackets {
 public:
  /// Has the last word on the verdict of judge(), because it knows what is open.
  void apply(Exchange& exchange);

  /// The size of the open transaction.
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
  std::size_t commands_ = 0;     // how many commands
  bool shareable_ = true;        // all of them are
  bool unguarded_ = false;       // WATCH was refused, so the next transaction is not executed
  bool other_database_ = false;  // SELECT was refused, and none was accepted since
  std::bitset<3> subscribed_;    // by kind: SUBSCRIBE was refused, and no UNSUBSCRIBE came since
};

}  // namespace stagecoach::gateway
