#include "common/testing/server_process.hpp"

#include <algorithm>
#include <csignal>
#include <stdexcept>

#include "common/testing/poll_until.hpp"

namespace stagecoach::testing {

namespace {

std::vector<std::string> command_line(const std::string& executable,
                                      const std::vector<std::string>& options) {
  std::vector<std::string> args{executable};
  if (std::ranges::find(options, "--listen") == options.end()) {
    args.insert(args.end(), {"--listen", "127.0.0.1:0"});
  }
  args.insert(args.end(), options.begin(), options.end());
  return args;
}

std::uint16_t read_port(ChildProcess& process) {
  const auto line = process.wait_for_line(longest_wait);
  if (!line || !line->starts_with("listening on ")) {
    throw std::runtime_error("the server did not start: " + line.value_or(process.errors()));
  }
  return static_cast<std::uint16_t>(std::stoi(line->substr(line->rfind(':') + 1)));
}

}  // namespace

ServerProcess::ServerProcess(const std::string& executable, const std::vector<std::string>& options)
    : process_(command_line(executable, options)), port_(read_port(process_)) {}

int ServerProcess::stop() {
  process_.signal(SIGTERM);
  const auto status = process_.wait(longest_wait);
  if (!status) throw std::runtime_error("the server did not stop");
  return status->code.value_or(-1);
}

}  // namespace stagecoach::testing
