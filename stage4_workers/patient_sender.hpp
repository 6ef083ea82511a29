#pragma once

#include <chrono>
#include <optional>

#include "common/net/deadline.hpp"
#include "stage4_workers/channel.hpp"

namespace stagecoach {

/// Sends into a channel that may be full. For use by one thread.
///
/// A burst is no overload, so sending waits for room. But if for all of `patience` nothing found
/// room at once, waiting only makes the queue in front of the channel longer. From then on sending
/// fails at once, until something finds room again.
template <class T>
class PatientSender {
 public:
  /// `channel` must outlive it.
  PatientSender(Channel<T>& channel, std::chrono::milliseconds patience)
      : channel_(channel), patience_(patience) {}

  // [send]
  /// False if it was not sent; then `value` keeps its content.
  bool send(T& value) {
    using Sent = typename Channel<T>::Sent;
    if (channel_.try_send(value) == Sent::yes) {
      wait_until_.reset();
      return true;
    }
    if (!wait_until_) {
      wait_until_.emplace(patience_);
    }
    return !wait_until_->expired() && channel_.send_for(value, wait_until_->left()) == Sent::yes;
  }
  // [send]

 private:
  Channel<T>& channel_;
  const std::chrono::milliseconds patience_;
  std::optional<net::Deadline> wait_until_;  // set while the channel is full
};

}  // namespace stagecoach
