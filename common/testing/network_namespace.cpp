#include "common/testing/network_namespace.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <unistd.h>

#include "common/net/socket.hpp"
#include "common/testing/child_process.hpp"
#include "common/testing/poll_until.hpp"

namespace stagecoach::testing {

namespace {

Descriptor network_of_this_thread() {
  return Descriptor(checked(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "open"));
}

}  // namespace

NetworkNamespace::NetworkNamespace() {
  const Descriptor before = network_of_this_thread();
  checked(::unshare(CLONE_NEWNET), "unshare");
  handle_ = network_of_this_thread();
  checked(::setns(before.get(), CLONE_NEWNET), "setns");
  ip("link set lo up");
}

NetworkNamespace::Inside::Inside(const NetworkNamespace& network)
    : before_(network_of_this_thread()) {
  checked(::setns(network.handle_.get(), CLONE_NEWNET), "setns");
}

NetworkNamespace::Inside::~Inside() { ::setns(before_.get(), CLONE_NEWNET); }

void NetworkNamespace::ip(const std::string& arguments) const {
  std::vector<std::string> command{"ip"};
  std::istringstream words(arguments);
  for (std::string word; words >> word;) command.push_back(word);
  const Inside inside(*this);
  ChildProcess child(command);
  const auto status = child.wait(longest_wait);
  if (!status || status->code != 0) {
    throw std::runtime_error("ip " + arguments + ": " + child.errors());
  }
}

std::string NetworkNamespace::path() const {
  return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(handle_.get());
}

CabledNetworks::CabledNetworks() {
  left_.ip("link add cable type veth peer name cable netns " + right_.path());
  left_.ip("addr add " + std::string(left_address) + "/24 dev cable");
  right_.ip("addr add 10.77.0.2/24 dev cable");
  left_.ip("link set cable up");
  right_.ip("link set cable up");
}

Descriptor CabledNetworks::connect_from_right(std::uint16_t port) const {
  const NetworkNamespace::Inside inside(right_);
  const auto address = net::resolve(left_address + (":" + std::to_string(port)));
  auto socket = net::dial(*address, longest_wait);
  if (!socket) throw std::system_error(socket.error(), "connect");
  return socket->release();
}

void CabledNetworks::cut() const { right_.ip("link set cable down"); }

}  // namespace stagecoach::testing
