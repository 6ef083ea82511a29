#include "common/gateway/login.hpp"

#include <spdlog/spdlog.h>

#include "common/resp/encode.hpp"

namespace stagecoach::gateway {

Login::Login(const Options& options)
    : request_(resp::request({"AUTH", options.upstream_password})) {}

bool Login::done() const {
  constexpr std::size_t longest = 1024;
  return reply_.ends_with("\r\n") || reply_.size() > longest;
}

bool Login::accepted() const {
  const bool accepted = reply_ == "+OK\r\n";
  if (!accepted) {
    spdlog::debug("upstream refuses the password: {}", reply_.substr(0, reply_.find('\r')));
  }
  return accepted;
}

}  // namespace stagecoach::gateway
