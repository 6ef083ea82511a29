#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "common/net/address.hpp"

namespace stagecoach::gateway {

/// Where the upstream is. A name is looked up again as connections are dialled, at most once in
/// `interval`, by a thread of this object's own: no dial waits for it, but goes where the last
/// look-up led. An address in digits takes no thread. Thread-safe.
///
/// A look-up that is under way cannot be interrupted, and the destructor waits for it: as long as
/// resolv.conf(5) allows. stop_looking_up() waits for less.
class UpstreamAddress {
 public:
  /// What finds a name's address.
  using LookUp = std::function<net::Result<net::Address>(const std::string& name)>;
  static constexpr std::chrono::seconds interval{1};  ///< Between two look-ups, at least.

  /// Of an upstream that stays where it is.
  UpstreamAddress(const net::Address& fixed = {}) : address_(fixed) {}

  /// Of "HOST:PORT", found at `first` and from then on by `look_up`, which may block.
  UpstreamAddress(const net::Address& first, std::string host_and_port, LookUp look_up);

  ~UpstreamAddress();
  UpstreamAddress(const UpstreamAddress&) = delete;
  UpstreamAddress& operator=(const UpstreamAddress&) = delete;

  /// Moves a fixed one.
  UpstreamAddress& operator=(const net::Address& fixed);

  /// Where to dial now. Has the name looked up again, for those who dial later.
  net::Address for_dial();

  /// The same without a look-up.
  net::Address latest() const;

  /// Looks nothing up any more. False where a look-up was under way for longer than `patience`.
  bool stop_looking_up(std::chrono::milliseconds patience);

 private:
  void look_up_as_asked();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  net::Address address_;
  std::string host_and_port_;
  LookUp look_up_;
  bool asked_ = false;
  bool ending_ = false;
  bool looking_up_ = false;
  std::thread thread_;  // none where the address is fixed
};

}  // namespace stagecoach::gateway
