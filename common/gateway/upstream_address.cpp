#include "common/gateway/upstream_address.hpp"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

namespace stagecoach::gateway {

UpstreamAddress::UpstreamAddress(Addresses first, std::string host_and_port, LookUp look_up)
    : addresses_(std::move(first)),
      host_and_port_(std::move(host_and_port)),
      look_up_(std::move(look_up)) {
  if (!net::is_numeric(host_and_port_)) {
    thread_ = std::thread([this] { look_up_as_asked(); });
  }
}

UpstreamAddress::~UpstreamAddress() {
  if (thread_.joinable()) {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
}

UpstreamAddress& UpstreamAddress::operator=(const Addresses& found) {
  const std::lock_guard lock(mutex_);
  take(found);
  return *this;
}

UpstreamAddress::Addresses UpstreamAddress::for_dial() {
  const std::lock_guard lock(mutex_);
  ask();
  return addresses_;
}

net::Address UpstreamAddress::latest() const {
  const std::lock_guard lock(mutex_);
  return addresses_.front();
}

UpstreamPeer UpstreamAddress::answered(const net::Address& address) {
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
  const auto now = net::Deadline::Clock::now();
  const std::lock_guard lock(mutex_);
  if (now - writes_refused_at_ >= interval) {
    writes_refused_at_ = now;
  }
  peer.read_only = peer.since < writes_refused_at_;
  if (peer.read_only && peer.address == addresses_.front()) {  // another may be the primary
    std::rotate(addresses_.begin(), addresses_.begin() + 1, addresses_.end());
  }
  ask();
}

bool UpstreamAddress::stop_looking_up(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  ending_ = true;
  changed_.notify_all();
  return changed_.wait_for(lock, patience, [this] { return !looking_up_; });
}

void UpstreamAddress::ask() {
  if (thread_.joinable() && !std::exchange(asked_, true)) {
    changed_.notify_all();
  }
}

bool UpstreamAddress::take(const Addresses& found) {
  if (std::ranges::is_permutation(found, addresses_)) {
    return false;
  }
  addresses_ = found;
  moved_ = true;
  return true;
}

void UpstreamAddress::look_up_as_asked() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait_for(lock, refresh - interval, [this] { return asked_ || ending_; });
    if (ending_) {
      return;
    }
    asked_ = false;
    looking_up_ = true;
    lock.unlock();
    const auto found = look_up_(host_and_port_);
    lock.lock();
    looking_up_ = false;
    changed_.notify_all();
    if (!found) {
      spdlog::debug("upstream {}: {}", host_and_port_, found.error().message());
    } else if (take(*found)) {
      lock.unlock();
      spdlog::info("upstream {} is now at {}", host_and_port_, net::to_string(*found));
      lock.lock();
    }
    changed_.wait_for(lock, interval, [this] { return ending_; });
  }
}

}  // namespace stagecoach::gateway
