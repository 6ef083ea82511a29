#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "common/net/deadline.hpp"

namespace stagecoach::gateway {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

/// The options of every stage. Later stages add their own: PoolOptions, KeepaliveOptions, …
struct Options {
  std::string stage = {};              ///< The executable's name.
  std::string purpose = {};            ///< One sentence for --help.
  std::string listen = {};             ///< HOST:PORT; port 0 takes a free one.
  bool is_public = false;              ///< Other machines may reach `listen`.
  std::string upstream = {};           ///< HOST:PORT; empty: the embedded origin.
  std::string upstream_password = {};  ///< For the upstream; empty: none.
  std::string password = {};           ///< Clients have to give it; empty: none.
  net::Timeout connect_timeout = 1s;   ///< To dial the upstream.
  net::Timeout request_timeout = 5s;   ///< From sending a request upstream to its whole reply.
  net::Timeout read_timeout = 30s;     ///< For a request, once begun.
  net::Timeout write_timeout = 30s;    ///< For a client that takes no byte of its reply.
  std::size_t max_clients = 10'000;    ///< At a time; see operations::fit_max_clients().
  std::size_t max_bulk_bytes = 512 * 1024 * 1024;  ///< The longest argument of a request.
  net::Timeout drain_delay = 0s;                   ///< From the signal to the end of accepting.
  net::Timeout drain_timeout = 10s;                ///< From then to the exit.
  std::string metrics_listen = {};                 ///< HOST:PORT for Prometheus; empty: none.
  std::string log_level = "info";                  ///< spdlog's name for it.
};

}  // namespace stagecoach::gateway
