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
  malformed,   ///< Not a reply: later bytes on this connection mean nothing.
};

/// Compares replies, byte for byte, with the expected ones.
///
/// Incremental: each call gets the bytes that follow those of the last call. A right reply costs
/// one comparison, and is not stored. Not thread-safe; one checker per connection.
class ReplyChecker {
 public:
  /// How far check() came.
  struct Result {
    Verdict verdict;   ///< On the whole reply.
    std::size_t used;  ///< Bytes of `input` that belong to this reply.
  };

  /// Reads on in the current reply, which should be `expected`: the same in each call until the
  /// verdict.
  Result check(std::string_view input, std::string_view expected);

  /// Whether a reply has begun and is not complete.
  bool in_reply() const { return matched_ > 0 || differs_; }

  /// After `error`, `wrong` and `malformed`: the beginning of the reply, at most its first line.
  std::string first_line() const;

  /// Forgets the current reply: its connection is gone.
  void reset() { *this = {}; }

 private:
  Result scan(std::string_view input);

  std::size_t matched_ = 0;  // bytes of the expected reply that came
  bool differs_ = false;     // from here on, scanner_ finds the end of the reply
  std::string head_;         // the beginning of the differing reply
  resp::ReplyScanner scanner_;
};

}  // namespace stagecoach::bench
