#include "common/gateway/upstream_address.hpp"

#include <utility>

#include <spdlog/spdlog.h>

namespace stagecoach::gateway {

UpstreamAddress::UpstreamAddress(const net::Address& first, std::string host_and_port,
                                 LookUp look_up)
    : address_(first), host_and_port_(std::move(host_and_port)), look_up_(std::move(look_up)) {
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

UpstreamAddress& UpstreamAddress::operator=(const net::Address& fixed) {
  const std::lock_guard lock(mutex_);
  address_ = fixed;
  return *this;
}

net::Address UpstreamAddress::for_dial() {
  const std::lock_guard lock(mutex_);
  if (thread_.joinable() && !std::exchange(asked_, true)) {
    changed_.notify_all();
  }
  return address_;
}

bool UpstreamAddress::stop_looking_up(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  ending_ = true;
  changed_.notify_all();
  return changed_.wait_for(lock, patience, [this] { return !looking_up_; });
}

net::Address UpstreamAddress::latest() const {
  const std::lock_guard lock(mutex_);
  return address_;
}

void UpstreamAddress::look_up_as_asked() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return asked_ || ending_; });
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
    } else if (*found != address_) {
      spdlog::info("upstream {} is now at {}", host_and_port_, found->to_string());
      address_ = *found;
    }
    changed_.wait_for(lock, interval, [this] { return ending_; });
  }
}

}  // namespace stagecoach::gateway
