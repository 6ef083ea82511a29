#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "common/net/deadline.hpp"
#include "common/net/endpoint.hpp"

namespace stagecoach::gateway {

/// Where a connection to the upstream leads, and since when.
struct UpstreamPeer {
  net::Endpoint address;                   ///< The one that answered the dial.
  net::Deadline::Clock::time_point since;  ///< When it did.
  bool read_only = false;  ///< It refuses writes: another may be the primary by now.
};

/// Where the upstream is: the addresses that its name has. A dial goes to those that are known, and
/// asks whoever looks the name up to do so again. Thread-safe.
class UpstreamAddress {
 public:
  using Addresses = std::vector<net::Endpoint>;  ///< One at least, to be tried in this order.

  /// How long connections that are dialled anew are used though the upstream refuses writes.
  static constexpr std::chrono::seconds patience{1};

  UpstreamAddress(const net::Endpoint& only = {}) : addresses_{only} {}  ///< One address.
  UpstreamAddress(Addresses all) : addresses_(std::move(all)) {}         ///< A name's.
  UpstreamAddress(const UpstreamAddress&) = delete;
  UpstreamAddress& operator=(const UpstreamAddress&) = delete;

  /// Calls `ask` from now on, from any thread, to have the name looked up again. To be called
  /// before any thread dials.
  void on_dial(std::function<void()> ask) { ask_ = std::move(ask); }

  /// Moves it, as a look-up that finds these does. False if they are those that it has.
  bool move_to(const Addresses& found);

  /// Where to dial now, in this order: the address that answered last comes first. Has the name
  /// looked up again, for those who dial later.
  Addresses for_dial();

  /// Of these, the address to be tried first, without a look-up.
  net::Endpoint latest() const;

  /// A dial has come through to `address`.
  UpstreamPeer answered(const net::Endpoint& address);

  /// Whether a connection is to carry nothing more than what is in flight on it: the name does not
  /// lead to its address any more, or it is read-only.
  bool has_left(const UpstreamPeer& peer) const;

  /// To be told of each reply. After -READONLY the name is looked up again, its address is tried
  /// last, and the connection is read-only; but of those that were dialled since, none is for
  /// `patience`: dialling once more would lead to the same place. Source: Redis, replica-read-only.
  void heed(UpstreamPeer& peer, std::string_view reply) {
    if (reply.starts_with("-READONLY")) {
      writes_refused(peer);
    }
  }

 private:
  void writes_refused(UpstreamPeer& peer);

  mutable std::mutex mutex_;
  Addresses addresses_;
  std::atomic<bool> moved_ = false;  // ever: until then no connection is looked at
  net::Deadline::Clock::time_point writes_refused_at_{};
  std::function<void()> ask_ = [] {};
};

}  // namespace stagecoach::gateway
