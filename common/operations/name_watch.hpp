#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "common/gateway/upstream_address.hpp"

namespace stagecoach::operations {

/// Looks up the upstream's name again: when connections are dialled, at most once per `interval`,
/// and otherwise every `refresh`. It has a thread of its own, so no dial waits. An address in
/// digits needs no thread.
///
/// A look-up cannot be interrupted, and the destructor waits for it, as long as resolv.conf(5)
/// allows. stop() can wait less.
class NameWatch {
 public:
  /// Finds the addresses of a name; may block.
  using LookUp =
      std::function<net::Result<gateway::UpstreamAddress::Addresses>(const std::string& name)>;
  static constexpr std::chrono::seconds interval{1};  ///< Between two look-ups, at least,
  static constexpr std::chrono::seconds refresh{5};   ///< and at most.

  /// Moves `upstream`, which must outlive this, to what `look_up` finds for `host_and_port`. Make
  /// it before any thread dials.
  NameWatch(gateway::UpstreamAddress& upstream, std::string host_and_port, LookUp look_up);

  ~NameWatch();
  NameWatch(const NameWatch&) = delete;
  NameWatch& operator=(const NameWatch&) = delete;

  /// Ends looking up. False if the current look-up takes longer than `patience`.
  bool stop(std::chrono::milliseconds patience);

 private:
  void ask();
  void run();

  gateway::UpstreamAddress& upstream_;
  const std::string host_and_port_;
  const LookUp look_up_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool asked_ = false;
  bool ending_ = false;
  bool looking_up_ = false;
  std::thread thread_;
};

}  // namespace stagecoach::operations
