#pragma once

#include <boost/system/result.hpp>

namespace stagecoach::gateway {

/// Why a request got an error of the gateway's instead of its reply.
enum class Failure {
  upstream_unreachable,
  upstream_closed,
  upstream_timeout,
  upstream_protocol,
  pool_timeout,
  busy,
};

/// A value, or why there is none, for the client to be told.
template <class T>
using Result = boost::system::result<T, Failure>;

}  // namespace stagecoach::gateway
