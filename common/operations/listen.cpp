#include "common/operations/listen.hpp"

#include <boost/system/system_error.hpp>
#include <spdlog/spdlog.h>

namespace stagecoach::operations {
namespace {

/// What the address in an option resolves to.
template <class Found>
Found valid(net::Result<Found> found, const std::string& option, const std::string& text) {
  if (!found) {
    throw std::runtime_error(option + " " + text + ": " +
                             (found.error() == boost::system::errc::invalid_argument
                                  ? "write HOST:PORT"
                                  : found.error().message() + "; check the name"));
  }
  return *found;
}

/// Refuses an address that other machines can reach, unless --public says so.
void guard_against_strangers(const net::Endpoint& address, const std::string& option,
                             const std::string& where, bool is_public) {
  if (!address.address().is_loopback() && !is_public) {
    throw OptionError(option + ": " + where +
                      " can be reached from other machines; add --public if that is meant");
  }
}

}  // namespace

net::Listener listen(gateway::Context& context) {
  const gateway::Options& options = context.options;
  auto listener = listen("--listen", options.listen, options.is_public);
  listener.count_pauses(context.counters.accept_pauses);
  if (!listener.address().address().is_loopback() && options.password.empty()) {
    spdlog::warn("--public: whoever reaches {} can read and write everything, without a password",
                 net::to_string(listener.address()));
  }
  return listener;
}

net::Listener listen(const std::string& option, const std::string& where, bool is_public) {
  const auto address = valid(net::resolve(where), option, where);
  guard_against_strangers(address, option, where, is_public);
  try {
    return net::Listener(address);
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error(option + " " + where + ": " + error.code().message() +
                             "; choose another, port 0 takes a free one");
  }
}

std::vector<net::Endpoint> look_up(const std::string& option, const std::string& host_and_port) {
  return valid(net::resolve_all(host_and_port), option, host_and_port);
}

}  // namespace stagecoach::operations
