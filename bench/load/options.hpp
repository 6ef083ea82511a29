#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace stagecoach::bench {

enum class ConnectionUse {
  reuse,      ///< Each connection serves for as long as the server lets it.
  reconnect,  ///< A new connection for each batch.
};

/// What the command line of `load` says.
struct Options {
  std::string target;  ///< HOST:PORT as given; HOST may be a name, or IPv6 in brackets.
  std::string host;    ///< Of the target.
  std::string port;
  std::size_t connections = 50;
  double get_ratio = 1.0;  ///< The part of the requests that are GET; the rest are SET.
  std::size_t keys = 1000;
  std::size_t value_size = 64;  ///< Bytes.
  std::size_t pipeline = 1;     ///< Requests that a connection sends in one write.
  ConnectionUse connection_use = ConnectionUse::reuse;
  std::size_t idle = 0;  ///< Connections beside them that ask once and then say nothing.
  /// Requests a second of an open loop; without it each connection waits for its replies.
  std::optional<double> rate;
  bool fill = true;  ///< SET every key before the run.
  std::optional<std::uint64_t> requests;
  std::chrono::milliseconds duration{5000};  ///< Only without `requests`, as is `warmup`.
  std::chrono::milliseconds warmup{500};
  std::chrono::milliseconds timeout{5000};  ///< From a batch's write to its last reply.
  bool json = false;
  std::uint64_t seed = 1;
};

/// Nothing if --help was asked for and printed. Throws CLI::ParseError, whose what() is one line
/// that names the option.
std::optional<Options> parse_options(int argc, const char* const* argv);

}  // namespace stagecoach::bench
