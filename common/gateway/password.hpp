#pragma once

#include <string>
#include <string_view>

#include "common/gateway/options.hpp"

namespace stagecoach::gateway {

/// Gives the password on a new upstream connection, without I/O: send request(), then take() what
/// comes until done(). Not thread-safe. Source: Redis, AUTH.
class Login {
 public:
  explicit Login(const Options& options);  ///< Copies the password.

  std::string_view request() const { return request_; }        ///< AUTH, to be sent whole.
  void take(std::string_view bytes) { reply_.append(bytes); }  ///< In pieces, as they come.

  /// Whether the reply is complete, or malformed.
  bool done() const;

  /// Whether the upstream accepted the password. Otherwise logs its reply at level debug.
  bool accepted() const;

 private:
  std::string request_;
  std::string reply_;
};

/// Whether `given` is the password, which is not empty. How long this takes depends only on the
/// length of `given`, so nobody can guess the password letter by letter.
bool is_password(std::string_view given, std::string_view password);

}  // namespace stagecoach::gateway
