#include "common/gateway/password.hpp"

#include <cstddef>

namespace stagecoach::gateway {

bool is_password(std::string_view given, std::string_view password) {
  volatile unsigned difference = given.size() == password.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    difference = difference | static_cast<unsigned char>(given[i] ^ password[i % password.size()]);
  }
  return difference == 0;
}

}  // namespace stagecoach::gateway
