#pragma once

#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace stagecoach::gateway {

/// An option that takes the name of a file whose first line is a password. On the command line
/// itself every user of the machine could read it (proc(5), cmdline).
void add_password_file(CLI::App& app, const std::string& name, std::string& password,
                       const std::string& help);

/// Whether `given` is the password, which is not empty. The time that this takes depends on the
/// length of `given` alone, so that nobody can find the password letter by letter.
bool is_password(std::string_view given, std::string_view password);

}  // namespace stagecoach::gateway
