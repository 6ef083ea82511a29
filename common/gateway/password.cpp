#include "common/gateway/password.hpp"

#include <cstddef>
#include <fstream>

#include <CLI/CLI.hpp>

namespace stagecoach::gateway {

void add_password_file(CLI::App& app, const std::string& name, std::string& password,
                       const std::string& help) {
  const auto read = [&password, name](const std::string& path) {
    std::ifstream file(path);
    if (!file) {
      throw CLI::ValidationError(name, path + " cannot be read");
    }
    std::getline(file, password);
    if (password.ends_with('\r')) {
      password.pop_back();
    }
    if (password.empty()) {
      throw CLI::ValidationError(name, "the first line of " + path + " holds no password");
    }
  };
  app.add_option_function<std::string>(name, read, help)->type_name("FILE");
}

bool is_password(std::string_view given, std::string_view password) {
  volatile unsigned difference = given.size() == password.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    difference = difference | static_cast<unsigned char>(given[i] ^ password[i % password.size()]);
  }
  return difference == 0;
}

}  // namespace stagecoach::gateway
