#pragma once

#include <stdexcept>

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

namespace stagecoach::gateway {

/// Why a request gets an error from the gateway instead of its reply.
enum class Failure {
  upstream_unreachable,
  upstream_closed,
  upstream_timeout,
  upstream_protocol,
  pool_timeout,
  busy,
};

/// Called when somebody takes the value of a Result that has none. Source: Boost.System, which
/// looks for this beside a user's error type.
[[noreturn]] inline void throw_exception_from_error(Failure, const boost::source_location&) {
  throw std::logic_error("a Failure was taken for a value");
}

/// A value, or why there is none, to tell the client.
template <class T>
using Result = boost::system::result<T, Failure>;

}  // namespace stagecoach::gateway
