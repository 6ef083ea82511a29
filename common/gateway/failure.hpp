#pragma once

#include <stdexcept>

#include <boost/assert/source_location.hpp>
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

/// What a Result does whose value is taken though it has none. Source: Boost.System, which looks
/// for it beside an error type that is not its own.
[[noreturn]] inline void throw_exception_from_error(Failure, const boost::source_location&) {
  throw std::logic_error("a Failure was taken for a value");
}

/// A value, or why there is none, for the client to be told.
template <class T>
using Result = boost::system::result<T, Failure>;

}  // namespace stagecoach::gateway
