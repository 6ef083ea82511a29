#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace stagecoach::resp {

/// The state of the current reply.
enum class ScanStatus { incomplete, complete, malformed };

/// Finds the end of a reply, and looks at nothing else in it.
///
/// Incremental: each call gets the bytes that follow those of the last call. Costs O(bytes); a bulk
/// string costs O(1) per call. It holds no data, whatever length a reply announces. Arrays can be
/// nested as deeply as memory allows, as in Redis: an open array costs 8 bytes, until its last
/// element begins. The end of the reply gives this memory back. It takes RESP2 only, with every
/// CRLF and number checked: numbers are 64-bit and canonical, a length is -1 or more. The text of a
/// simple string or an error may have any length; it holds no CR or LF, and ends with CRLF.
/// Not thread-safe; one scanner per connection. Source: the Redis protocol specification, RESP2.
class ReplyScanner {
 public:
  /// How far scan() came.
  struct Result {
    ScanStatus status;  ///< Complete: at its last byte, whatever follows.
    std::size_t used;   ///< Bytes of `input` that belong to the current reply.
  };

  /// Reads on in the current reply. After `complete` the scanner is ready for the next reply, which
  /// starts at input[used]. After `malformed` it cannot be used any more; input[used] is the first
  /// wrong byte.
  Result scan(std::string_view input);

  /// Whether the scanner is between two replies.
  bool idle() const { return state_ == State::idle; }

 private:
  enum class State { idle, type, text, number, number_lf, bulk, cr, lf };
  enum class Step { more, complete, malformed };

  Step take(char c);
  Step begin_element(char type);
  Step take_number(char c);
  Step end_number();
  Step end_element();

  State state_ = State::idle;
  char type_ = 0;
  bool negative_ = false;
  int digits_ = 0;            // of the current number
  std::uint64_t number_ = 0;  // its value without the sign
  std::uint64_t bulk_left_ = 0;
  // For each open array: how many elements follow the current one. Not if there are none.
  std::vector<std::uint64_t> elements_left_;
};

}  // namespace stagecoach::resp
