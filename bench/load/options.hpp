#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace stagecoach::bench {

/// How long a connection is used.
enum class ConnectionUse {
  reuse,      ///< Each connection is used as long as the server lets it.
  reconnect,  ///< A new connection for each batch.
};

/// The command line of `load`.
struct Options {
  std::string target;            ///< HOST:PORT as given; HOST may be a name, or IPv6 in brackets.
  std::size_t connections = 50;  ///< Open at a time.
  double get_ratio = 1.0;        ///< The part of the requests that is GET; the rest is SET.
  std::size_t keys = 1000;       ///< All equally likely.
  std::size_t value_size = 64;   ///< Bytes.
  std::size_t pipeline = 1;      ///< Requests that a connection sends in one write.
  ConnectionUse connection_use = ConnectionUse::reuse;  ///< Ignored if the server closes.
  std::size_t idle = 0;  ///< More connections, which ask once and then stay silent.
  /// Requests a second of an open loop. Without it each connection waits for its replies.
  std::optional<double> rate;
  bool fill = true;                          ///< SET every key before the run.
  std::optional<std::uint64_t> requests;     ///< Stop after exactly so many.
  std::chrono::milliseconds duration{5000};  ///< Only without `requests`, like `warmup`.
  std::chrono::milliseconds warmup{500};     ///< Load before `duration`, not measured.
  std::optional<std::chrono::system_clock::time_point> start_at;  ///< The start of the warm-up.
  std::chrono::milliseconds timeout{5000};  ///< From a batch's write to its last reply.
  bool json = false;                        ///< Print a result for programs.
  std::uint64_t seed = 1;                   ///< For the choice of keys and commands.
};

/// Nothing if --help was printed. Throws CLI::ParseError, whose what() is one line that names the
/// option.
std::optional<Options> parse_options(int argc, const char* const* argv);

}  // namespace stagecoach::bench
