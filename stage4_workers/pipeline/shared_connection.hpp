#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/gateway/context.hpp"
#include "common/gateway/failure.hpp"
#include "common/gateway/upstream.hpp"
#include "common/resp/reply_scanner.hpp"
#include "stage4_workers/pipeline/submission.hpp"

namespace stagecoach {

/// One upstream connection that many clients share, without its I/O. Requests go in, and bytes to
/// write come out; received bytes go in, and exchanges are answered. Requests are written one
/// behind the other. Their replies come in the same order, each for its own exchange.
///
/// A client that does not keep up with its replies gets no new neighbours here. Once its replies
/// exceed --max-output-bytes, no more are read. If a neighbour waits behind them, or another client
/// for a connection, the replies are skipped instead, and the slow client has to be closed.
///
/// A retired connection takes no more requests, and is closed once it is idle. A timeout retires
/// it: the late reply is skipped and fails no neighbour. So does a request that may get a second
/// reply, which has the connection alone. Not thread-safe.
class SharedConnection {
 public:
  using Time = Submission::Time;  ///< Passed by callers.

  /// What was lost here and goes on elsewhere.
  struct Lost {
    std::vector<Submission*> submissions;  ///< They have something to send.
    std::size_t repeats = 0;               ///< Requests in them that were sent here before.
  };

  /// Open and idle. Carries at most `depth` requests. `context` must outlive it.
  SharedConnection(gateway::Context& context, std::size_t depth, const gateway::UpstreamPeer& peer)
      : context_(context), depth_(depth), peer_(peer), tally_(context.counters) {}
  SharedConnection(const SharedConnection&) = delete;
  SharedConnection& operator=(const SharedConnection&) = delete;

  /// It was idle, and may have been closed meanwhile: requests that it loses may be repeated.
  void reuse() { reused_ = true; }

  bool takes(Submission& submission) const;  ///< Whether it can send one of its requests.
  void begin(Submission& submission,
             Time now);                  ///< Takes it, and sends as much as there is room for.
  void send_rest(Time now);              ///< Goes on with the current submission.
  Submission* hand_back();               ///< A submission that cannot go on here, or null.
  std::string_view output() const;       ///< Bytes to write.
  void wrote(std::size_t bytes);         ///< So many of output() were written.
  bool receive(std::string_view bytes);  ///< False: not asked for, or malformed.
  bool held_up() const;                  ///< A client is slow: do not receive now.
  void give_up();                        ///< Skips what holds it up. Only if held_up().
  void check_deadlines(Time now);        ///< Fails overdue requests.
  bool overdue(Time now) const { return now >= close_at_; }  ///< Retired for too long: close it.

  /// Closes it. Requests that may be sent again are rewound; the others fail.
  Lost lose(gateway::Failure failure);
  void close();  ///< Idempotent. If it carries requests, lose() them first.

  bool open() const { return tally_.has_value(); }  ///< Not closed, as far as is known.
  bool idle() const { return in_flight_.empty() && current_ == nullptr; }  ///< Carries nothing.
  bool has_unsent() const { return current_ != nullptr; }  ///< A submission waits for room.
  bool retired() const { return retired_; }                ///< Takes no more requests.

  const gateway::UpstreamPeer& peer() const { return peer_; }  ///< Where it leads.

 protected:
  ~SharedConnection() = default;

 private:
  /// A request in flight: its place in the order of replies.
  struct Slot {
    Submission* submission;  // null: failed, and the late reply is skipped
    std::size_t index;
    std::size_t begin;  // where its bytes begin, in all that was sent here
    Time deadline;
    std::size_t replies;  // to come
    bool reply_begun = false;
  };

  virtual void hang_up() = 0;  // closes the socket

  void finish(const Slot& slot, std::optional<gateway::Failure> failure);
  bool has_room_for(const gateway::Exchange& exchange) const;
  bool may_repeat(const Slot& slot) const;
  bool has_neighbours() const;
  std::size_t written_bytes() const { return sent_bytes_ - output().size(); }

  gateway::Context& context_;
  const std::size_t depth_;
  gateway::UpstreamPeer peer_;
  std::optional<gateway::UpstreamTally> tally_;
  resp::ReplyScanner scanner_;
  std::deque<Slot> in_flight_;
  Submission* current_ = nullptr;  // begun here, not all sent
  std::string output_;
  std::size_t written_ = 0;     // of output_
  std::size_t sent_bytes_ = 0;  // put into output_ so far
  Time close_at_ = Time::max();
  bool reused_ = false;
  bool retired_ = false;
};

}  // namespace stagecoach
