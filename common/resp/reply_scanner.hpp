#pragma once

#include <cstddef>
#include <string_view>

namespace stagecoach::resp {

enum class ScanStatus { incomplete, complete, malformed };

/// Finds where a reply ends, and looks at nothing else in it.
///
/// Incremental: each call gets the bytes that follow those of the call before. Costs O(bytes),
/// holds no data, and allocates nothing beyond its nesting stack.
/// Not thread-safe; one scanner a connection. Source: the Redis protocol specification, RESP2.
class ReplyScanner {
 public:
  static constexpr std::size_t max_depth = 32;  ///< Arrays within arrays; deeper is malformed.

  struct Result {
    ScanStatus status;
    std::size_t used;  ///< Bytes of `input` that belong to the reply under way.
  };

  /// Reads on in the reply under way. After `complete` the scanner stands ready for the next reply,
  /// which starts at input[used]; after `malformed` it is of no further use.
  Result scan(std::string_view input);

  /// Whether the scanner stands between two replies.
  bool idle() const;
};

}  // namespace stagecoach::resp
