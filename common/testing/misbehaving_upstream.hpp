#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <random>
#include <string>
#include <unordered_set>

#include "common/testing/scripted_upstream.hpp"

namespace stagecoach::testing {

/// What may happen to a request.
enum class Fault {
  late,          ///< The reply comes about when the peer's patience ends.
  extra,         ///< Right behind the reply come bytes that nobody asked for.
  half,          ///< The reply ends halfway, and so does the connection.
  garbage,       ///< The reply is not a reply.
  split,         ///< The reply comes byte by byte: no fault, but rare.
  close_before,  ///< The connection ends with the request unread,
  close_during,  ///< with some of it read,
  close_after,   ///< with all of it read, and maybe executed.
  none,
};

/// How badly an upstream behaves.
struct Misbehaviour {
  std::uint32_t seed;                  ///< For the draw of faults.
  unsigned one_in;                     ///< One in so many requests meets a fault.
  std::chrono::milliseconds patience;  ///< How long the peer waits for a reply.
  bool extra_replies;  ///< Fault::extra is a complete second reply; otherwise it starts none.
};

/// An upstream that replies with the second word of each request, and commits faults at random.
/// `TWICE word` gets a second reply, a little later.
class MisbehavingUpstream {
 public:
  explicit MisbehavingUpstream(const Misbehaviour& misbehaviour);  ///< Listens at once.

  std::uint16_t port() const { return upstream_.port(); }  ///< On 127.0.0.1.

  /// No more faults from now on.
  void behave() { behaves_ = true; }

  /// How often so far. Thread-safe.
  std::size_t committed(Fault fault) const { return committed_[static_cast<std::size_t>(fault)]; }

  /// Requests other than GET that came more than once. No two may have the same second word.
  std::size_t repeated_writes() const { return repeated_writes_; }

 private:
  void serve(ScriptedConnection& connection);
  bool answer(ScriptedConnection& connection, const std::vector<std::string>& request, Fault fault);
  void note_write(const std::vector<std::string>& request);
  Fault draw();
  unsigned random(unsigned most);
  void pause(unsigned most_milliseconds);

  const Misbehaviour misbehaviour_;
  std::mutex mutex_;
  std::mt19937 generator_;                   // under mutex_
  std::unordered_set<std::string> written_;  // under mutex_, too
  std::atomic<bool> behaves_ = false;
  std::atomic<std::size_t> repeated_writes_ = 0;
  std::array<std::atomic<std::size_t>, 9> committed_{};
  ScriptedUpstream upstream_;
};

}  // namespace stagecoach::testing
