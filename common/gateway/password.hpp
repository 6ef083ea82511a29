#pragma once

#include <string_view>

namespace stagecoach::gateway {

/// Whether `given` is the password, which is not empty. The time that this takes depends on the
/// length of `given` alone, so that nobody can find the password letter by letter.
bool is_password(std::string_view given, std::string_view password);

}  // namespace stagecoach::gateway
