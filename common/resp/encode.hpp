#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace stagecoach::resp {

// Each appends one RESP2 element to `out`. The text of a simple string must not hold CR or LF.
// append_error() replaces them by spaces, because its text may come from a client.

void append_simple(std::string& out, std::string_view text);  ///< +text
void append_error(std::string& out,
                  std::string_view text);  ///< -text, beginning with its code: "ERR …"
void append_integer(std::string& out, std::int64_t value);   ///< :value
void append_bulk(std::string& out, std::string_view bytes);  ///< $length, bytes
void append_null(std::string& out);                          ///< $-1
void append_array(std::string& out, std::size_t length);     ///< *length; append its elements next

/// A request, as clients send it: an array of bulk strings.
void append_request(std::string& out, std::span<const std::string_view> args);
std::string request(std::initializer_list<std::string_view> args);  ///< The same as a string.

}  // namespace stagecoach::resp
