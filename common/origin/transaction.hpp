#pragma once

#include <string>
#include <vector>

#include "common/origin/store.hpp"

namespace stagecoach::origin {

/// The commands of one connection on their way to the store: between MULTI and EXEC they are
/// queued, and then executed together, or none if one of them cannot be. DISCARD forgets them.
///
/// Replies are those of Redis 7.0. There is no WATCH. Not thread-safe.
class Transaction {
 public:
  explicit Transaction(Store& store) : store_(store) {}  ///< Which must outlive it.

  /// Executes one command, or queues it, and appends its reply.
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
