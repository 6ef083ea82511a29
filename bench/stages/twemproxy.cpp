#include "bench/stages/twemproxy.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <unistd.h>

#include "common/testing/loopback.hpp"
#include "common/testing/poll_until.hpp"

namespace stagecoach::bench {
namespace {

constexpr auto executable = "/usr/sbin/nutcracker";

void write_configuration(const std::string& file, std::uint16_t port, const std::string& upstream) {
  std::ofstream(file) << "gateway:\n"
                      << "  listen: 127.0.0.1:" << port << '\n'
                      << "  redis: true\n"
                      << "  hash: fnv1a_64\n"
                      << "  distribution: ketama\n"
                      << "  servers:\n"
                      << "   - " << upstream << ":1\n";
}

/// Free when asked; twemproxy cannot be told to take one by itself.
std::uint16_t free_port() { return testing::local_port(testing::listen_on_loopback()); }

bool listens(std::uint16_t port) {
  try {
    testing::connect_to_loopback(port);
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

}  // namespace

bool Twemproxy::available() { return ::access(executable, X_OK) == 0; }

Twemproxy::Twemproxy(const std::string& upstream)
    : port_(free_port()),
      configuration_(std::filesystem::temp_directory_path() /
                     ("twemproxy." + std::to_string(::getpid()) + ".yml")) {
  write_configuration(configuration_, port_, upstream);
  process_ = std::make_unique<testing::ChildProcess>(std::vector<std::string>{
      executable, "--conf-file=" + configuration_, "--stats-port=" + std::to_string(free_port())});
  if (!testing::poll_until([&] { return listens(port_); })) {
    throw std::runtime_error("twemproxy does not listen: " + process_->errors());
  }
}

Twemproxy::~Twemproxy() { std::remove(configuration_.c_str()); }

}  // namespace stagecoach::bench
