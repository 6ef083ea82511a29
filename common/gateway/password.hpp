#pragma once

#include <string>
#include <string_view>

#include "common/gateway/options.hpp"

namespace stagecoach::gateway {

/// What the gateway says first on a connection to an upstream that wants a password, apart from its
/// I/O: send request(), then take() what comes until done(). Not thread-safe. Source: Redis, AUTH.
class Login {
 public:
  explicit Login(const Options& options);  ///< Copies the password.

  std::string_view request() const { return request_; }        ///< AUTH, to be sent whole.
  void take(std::string_view bytes) { reply_.append(bytes); }  ///< In pieces as they come.

  /// Whether the reply is here, or what came is none.
  bool done() const;

  /// Whether the upstream has taken the password. Logs at level debug what it said otherwise.
  bool accepted() const;

 private:
  std::string request_;
  std::string reply_;
};

/// Whether `given` is the password, which is not empty. The time that this takes depends on the
/// length of `given` alone, so that nobody can find the password letter by letter.
bool is_password(std::string_view given, std::string_view password);

}  // namespace stagecoach::gateway
