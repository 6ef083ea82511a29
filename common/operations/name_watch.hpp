#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "common/gateway/upstream_address.hpp"

namespace stagecoach::operations {

/// Looks the upstream's name up again: as connections are dialled, at most once in `interval`, and
/// without that every `refresh`. It does so on a thread of its own, so that no dial waits. An
/// address in digits takes no thread.
///
/// A look-up that is under way cannot be interrupted, and the destructor waits for it: as long as
/// resolv.conf(5) allows. stop() waits for less.
class NameWatch {
 public:
  /// What finds a name's addresses; it may block.
  using LookUp =
      std::function<net::Result<gateway::UpstreamAddress::Addresses>(const std::string& name)>;
  static constexpr std::chrono::seconds interval{1};  ///< Between two look-ups, at least,
  static constexpr std::chrono::seconds refresh{5};   ///< and at most.

  /// Moves `upstream`, which must outlive this, to what `look_up` finds for `host_and_port`.
  /// To be made before any thread dials.
  NameWatch(gateway::UpstreamAddress& upstream, std::string host_and_port, LookUp look_up);

  ~NameWatch();
  NameWatch(const NameWatch&) = delete;
  NameWatch& operator=(const NameWatch&) = delete;

  /// Looks nothing up any more. False if a look-up was under way for longer than `patience`.
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
