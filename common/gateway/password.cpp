#include "common/gateway/password.hpp"

#include <cstddef>

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

bool is_password(std::string_view given, std::string_view password) {
  volatile unsigned difference = given.size() == password.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    difference = difference | static_cast<unsigned char>(given[i] ^ password[i % password.size()]);
  }
  return difference == 0;
}

}  // namespace stagecoach::gateway
