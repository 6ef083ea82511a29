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
  net::Endpoint address;                   ///< It answered the dial.
  net::Deadline::Clock::time_point since;  ///< When it did.
  bool read_only = false;                  ///< It refuses writes: another may be primary now.
};

/// Where the upstream is: the addresses of its name. A dial goes to the known ones, and has the
/// name looked up again. Thread-safe.
class UpstreamAddress {
 public:
  using Addresses = std::vector<net::Endpoint>;  ///< At least one, to be tried in this order.

  /// How long newly dialled connections are used although the upstream refuses writes.
  static constexpr std::chrono::seconds patience{1};

  UpstreamAddress(const net::Endpoint& only = {}) : addresses_{only} {}  ///< One address.
  UpstreamAddress(Addresses all) : addresses_(std::move(all)) {}         ///< A name's.
  UpstreamAddress(const UpstreamAddress&) = delete;
  UpstreamAddress& operator=(const UpstreamAddress&) = delete;

  /// From now on calls `ask`, from any thread, to have the name looked up again. Call this before
  /// any thread dials.
  void on_dial(std::function<void()> ask) { ask_ = std::move(ask); }

  /// A look-up found these. False if nothing changed.
  bool move_to(const Addresses& found);

  /// Where to dial now, in this order: the address that answered last comes first. Has the name
  /// looked up again, for later dials.
  Addresses for_dial();

  /// The first of these addresses, without a look-up.
  net::Endpoint latest() const;

  /// A dial to `address` succeeded.
  UpstreamPeer answered(const net::Endpoint& address);

  /// Whether a connection must take no more requests: the name no longer leads to its address, or
  /// it is read-only.
  bool has_left(const UpstreamPeer& peer) const;

  /// Call it with each reply. After -READONLY the name is looked up again, its address is tried
  /// last, and the connection is read-only. Connections that were dialled since are not, for
  /// `patience`: another dial would lead to the same place. Source: Redis, replica-read-only.
  void heed(UpstreamPeer& peer, std::string_view reply) {
    if (reply.starts_with("-READONLY")) {
      writes_refused(peer);
    }
  }

 private:
  void writes_refused(UpstreamPeer& peer);

  mutable std::mutex mutex_;
  Addresses addresses_;
  std::atomic<bool> moved_ = false;  // ever; until then connections are not looked at
  net::Deadline::Clock::time_point writes_refused_at_{};
  std::function<void()> ask_ = [] {};
};

}  // namespace stagecoach::gateway
