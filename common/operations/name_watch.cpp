#include "common/operations/name_watch.hpp"

#include <utility>

#include <spdlog/spdlog.h>

namespace stagecoach::operations {

NameWatch::NameWatch(gateway::UpstreamAddress& upstream, std::string host_and_port, LookUp look_up)
    : upstream_(upstream), host_and_port_(std::move(host_and_port)), look_up_(std::move(look_up)) {
  if (!net::is_numeric(host_and_port_)) {
    upstream_.on_dial([this] { ask(); });
    thread_ = std::thread([this] { run(); });
  }
}

NameWatch::~NameWatch() {
  stop(std::chrono::milliseconds(0));
  if (thread_.joinable()) {
    thread_.join();
  }
}

bool NameWatch::stop(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  ending_ = true;
  changed_.notify_all();
  return changed_.wait_for(lock, patience, [this] { return !looking_up_; });
}

void NameWatch::ask() {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(asked_, true)) {
    changed_.notify_all();
  }
}

void NameWatch::run() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    changed_.wait_for(lock, refresh - interval, [this] { return asked_ || ending_; });
    if (ending_) {
      return;
    }
    asked_ = false;
    looking_up_ = true;
    lock.unlock();
    const auto found = look_up_(host_and_port_);
    if (!found) {
      spdlog::debug("upstream {}: {}", host_and_port_, found.error().message());
    } else if (upstream_.move_to(*found)) {
      spdlog::info("upstream {} is now at {}", host_and_port_, net::to_string(*found));
    }
    lock.lock();
    looking_up_ = false;
    changed_.notify_all();
    changed_.wait_for(lock, interval, [this] { return ending_; });
  }
}

}  // namespace stagecoach::operations
