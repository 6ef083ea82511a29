#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/resp/reply_scanner.hpp"

namespace stagecoach::bench {

/// How a reply compares with the expected one.
enum class Verdict {
  incomplete,  ///< More bytes are needed.
  right,       ///< Every byte is as expected.
  error,       ///< An error reply: `-ERR …`.
  wrong,       ///< Another well-formed reply.
  malformed,   ///< No reply at all: what follows on this connection means nothing.
};

/// Compares replies, byte for byte, with what they should be.
///
/// Incremental: each call gets the bytes that follow those of the call before. A right reply costs
/// one comparison and is not stored. Not thread-safe; one checker a connection.
class ReplyChecker {
 public:
  /// How far check() came.
  struct Result {
    Verdict verdict;   ///< On the reply as a whole.
    std::size_t used;  ///< Bytes of `input` that belong to this reply.
  };

  /// Reads on in the reply under way, which should be `expected`: the same in each call until the
  /// verdict.
  Result check(std::string_view input, std::string_view expected);

  /// Whether a reply has begun and is not complete.
  bool in_reply() const { return matched_ > 0 || differs_; }

  /// After `error`, `wrong` and `malformed`: how the reply begins, its first line at most.
  std::string first_line() const;

  /// Forgets the reply under way: its connection is gone.
  void reset() { *this = {}; }

 private:
  Result scan(std::string_view input);

  std::size_t matched_ = 0;  // bytes of the expected reply that came
  bool differs_ = false;     // from here on, scanner_ finds the reply's end
  std::string head_;         // how the differing reply begins
  resp::ReplyScanner scanner_;
};

}  // namespace stagecoach::bench
