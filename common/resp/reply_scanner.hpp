#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace stagecoach::resp {

/// How the reply under way stands.
enum class ScanStatus { incomplete, complete, malformed };

/// Finds where a reply ends, and looks at nothing else in it.
///
/// Incremental: each call gets the bytes that follow those of the call before. Costs O(bytes), a
/// bulk string costs O(1) a call; holds no data, whatever length a reply announces. Arrays may lie
/// in arrays as deep as memory goes, as in Redis: an array that is open costs 8 bytes, and nothing
/// once its last element has begun. They are given back with the end of the reply. Takes RESP2
/// alone, every CRLF and number strictly: numbers are 64-bit and canonical, a length is -1 or more.
/// The text of a simple string or an error may have any length; it ends with CRLF and holds neither
/// byte of it.
/// Not thread-safe; one scanner a connection. Source: the Redis protocol specification, RESP2.
class ReplyScanner {
 public:
  /// How far scan() came.
  struct Result {
    ScanStatus status;  ///< Complete: at its last byte, whatever follows.
    std::size_t used;   ///< Bytes of `input` that belong to the reply under way.
  };

  /// Reads on in the reply under way. After `complete` the scanner stands ready for the next reply,
  /// which starts at input[used]; after `malformed`, where input[used] is the first byte that is
  /// wrong, it is of no further use.
  Result scan(std::string_view input);

  /// Whether the scanner stands between two replies.
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
  int digits_ = 0;            // Of the number being read.
  std::uint64_t number_ = 0;  // Its value without the sign.
  std::uint64_t bulk_left_ = 0;
  // Of each array that is open: the elements behind the one under way, unless there are none.
  std::vector<std::uint64_t> elements_left_;
};

}  // namespace stagecoach::resp
