#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/net/address.hpp"
#include "common/net/deadline.hpp"

namespace stagecoach::gateway {

/// Where a connection to the upstream leads, and since when.
struct UpstreamPeer {
  net::Address address;                    ///< The one that answered the dial.
  net::Deadline::Clock::time_point since;  ///< When it did.
  bool read_only = false;  ///< It refuses writes: another may be the primary by now.
};

/// Where the upstream is: the addresses that its name has. They are looked up again as connections
/// are dialled, at most once in `interval`, and without that every `refresh`, by a thread of this
/// object's own: no dial waits for it, but goes where the last look-up led. An address in digits
/// takes no thread. Thread-safe.
///
/// A look-up that is under way cannot be interrupted, and the destructor waits for it: as long as
/// resolv.conf(5) allows. stop_looking_up() waits for less.
class UpstreamAddress {
 public:
  using Addresses = std::vector<net::Address>;  ///< One at least, to be tried in this order.
  /// What finds a name's addresses.
  using LookUp = std::function<net::Result<Addresses>(const std::string& name)>;
  static constexpr std::chrono::seconds interval{1};  ///< Between two look-ups, at least,
  static constexpr std::chrono::seconds refresh{5};   ///< and at most.

  /// Of an upstream that stays where it is.
  UpstreamAddress(const net::Address& fixed = {}) : addresses_{fixed} {}

  /// Of "HOST:PORT", found at `first` and from then on by `look_up`, which may block.
  UpstreamAddress(Addresses first, std::string host_and_port, LookUp look_up);

  ~UpstreamAddress();
  UpstreamAddress(const UpstreamAddress&) = delete;
  UpstreamAddress& operator=(const UpstreamAddress&) = delete;

  /// Moves it, as a look-up that finds these does.
  UpstreamAddress& operator=(const Addresses& found);
  /// The same, for one address.
  UpstreamAddress& operator=(const net::Address& found) { return *this = Addresses{found}; }

  /// Where to dial now, in this order: the address that answered last comes first. Has the name
  /// looked up again, for those who dial later.
  Addresses for_dial();

  /// Of these, the address to be tried first, without a look-up.
  net::Address latest() const;

  /// A dial has come through to `address`.
  UpstreamPeer answered(const net::Address& address);

  /// Whether a connection is to carry nothing more than what is in flight on it: the name does not
  /// lead to its address any more, or it is read-only.
  bool has_left(const UpstreamPeer& peer) const;

  /// To be told of each reply. After -READONLY the name is looked up again, its address is tried
  /// last, and the connection is read-only; but of those that were dialled since, none is for
  /// `interval`: dialling once more would lead to the same place. Source: Redis, replica-read-only.
  void heed(UpstreamPeer& peer, std::string_view reply) {
    if (reply.starts_with("-READONLY")) {
      writes_refused(peer);
    }
  }

  /// Looks nothing up any more. False where a look-up was under way for longer than `patience`.
  bool stop_looking_up(std::chrono::milliseconds patience);

 private:
  void look_up_as_asked();
  void ask();
  bool take(const Addresses& found);
  void writes_refused(UpstreamPeer& peer);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Addresses addresses_;
  std::atomic<bool> moved_ = false;  // ever: until then no connection is looked at
  net::Deadline::Clock::time_point writes_refused_at_{};
  std::string host_and_port_;
  LookUp look_up_;
  bool asked_ = false;
  bool ending_ = false;
  bool looking_up_ = false;
  std::thread thread_;  // none where the address is fixed
};

}  // namespace stagecoach::gateway
