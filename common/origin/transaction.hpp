#pragma once

#include <string>
#include <vector>

#include "common/origin/store.hpp"

namespace stagecoach::origin {

/// The commands of a connection, on their way to the store. Between MULTI and EXEC they are queued,
/// then all are executed together; if one cannot be, none is. DISCARD forgets them.
///
/// Replies are those of Redis 7.0. There is no WATCH. Not thread-safe.
class Transaction {
 public:
  explicit Transaction(Store& store) : store_(store) {}  ///< It must outlive this.

  /// Executes or queues a command, and appends its reply.
  void execute(Store::Args args, std::string& reply);

 private:
  enum class State { none, open, failed };

  void queue(Store::Args args, std::string& reply);
  void end(std::string& reply);

  Store& store_;
  State state_ = State::none;
  std::vector<std::vector<std::string>> queued_;
};

}  // namespace stagecoach::origin
