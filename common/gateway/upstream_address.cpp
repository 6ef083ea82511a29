#include "common/gateway/upstream_address.hpp"

#include <algorithm>

namespace stagecoach::gateway {

bool UpstreamAddress::move_to(const Addresses& found) {
  const std::lock_guard lock(mutex_);
  if (std::ranges::is_permutation(found, addresses_)) {
    return false;
  }
  addresses_ = found;
  moved_ = true;
  return true;
}

UpstreamAddress::Addresses UpstreamAddress::for_dial() {
  ask_();
  const std::lock_guard lock(mutex_);
  return addresses_;
}

net::Endpoint UpstreamAddress::latest() const {
  const std::lock_guard lock(mutex_);
  return addresses_.front();
}

UpstreamPeer UpstreamAddress::answered(const net::Endpoint& address) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(addresses_, address);
  if (found != addresses_.end()) {
    std::rotate(addresses_.begin(), found, found + 1);
  }
  return {address, net::Deadline::Clock::now()};
}

bool UpstreamAddress::has_left(const UpstreamPeer& peer) const {
  if (peer.read_only || !moved_) {
    return peer.read_only;
  }
  const std::lock_guard lock(mutex_);
  return std::ranges::find(addresses_, peer.address) == addresses_.end();
}

void UpstreamAddress::writes_refused(UpstreamPeer& peer) {
  ask_();
  const auto now = net::Deadline::Clock::now();
  const std::lock_guard lock(mutex_);
  if (now - writes_refused_at_ >= patience) {
    writes_refused_at_ = now;
  }
  peer.read_only = peer.since < writes_refused_at_;
  if (peer.read_only && peer.address == addresses_.front()) {  // another may be primary
    std::rotate(addresses_.begin(), addresses_.begin() + 1, addresses_.end());
  }
}

}  // namespace stagecoach::gateway
