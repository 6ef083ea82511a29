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

/// One upstream connection that the requests of many clients share, apart from its I/O: requests
/// in, bytes to be written out, bytes that came in, exchanges answered. Requests are written one
/// behind the other; their replies come in the same order, and go each to its own exchange.
///
/// A client that does not keep up with its replies gets no new neighbours here. Once they exceed
/// --max-output-bytes, none are read for it: they are held up, unless a neighbour waits behind
/// them, or for a connection. Then its replies are skipped instead, and it has to be closed.
///
/// Retired, it takes no more, and is to be closed when it is idle: after a timeout, so that the
/// late reply is skipped and fails no neighbour, and after a request that may get a second reply,
/// which it has alone. Not thread-safe.
class SharedConnection {
 public:
  using Time = Submission::Time;  ///< Callers tell it.

  /// What was lost and goes on elsewhere.
  struct Lost {
    std::vector<Submission*> submissions;  ///< With something to be sent.
    std::size_t repeats = 0;               ///< Requests among that which were sent here.
  };

  /// Open, and idle. Carries at most `depth` requests. `context` must outlive it.
  SharedConnection(gateway::Context& context, std::size_t depth, const gateway::UpstreamPeer& peer)
      : context_(context), depth_(depth), peer_(peer), tally_(context.counters) {}
  SharedConnection(const SharedConnection&) = delete;
  SharedConnection& operator=(const SharedConnection&) = delete;

  /// It was idle, and may have been closed meanwhile: what it loses may be repeated.
  void reuse() { reused_ = true; }

  bool takes(Submission& submission) const;  ///< Whether one at least of its requests can be sent.
  void begin(Submission& submission,
             Time now);             ///< Takes the submission, and sends what there is room for.
  void send_rest(Time now);         ///< Goes on with the submission under way.
  Submission* hand_back();          ///< A submission that cannot go on here; null: none.
  std::string_view output() const;  ///< To be written.
  void wrote(std::size_t bytes);    ///< So much of output() was.
  bool receive(std::string_view bytes);  ///< False if nobody asked for it, or it is malformed.
  bool held_up() const;                  ///< Nothing is to be received now.
  void give_up();                        ///< Skips what holds it up; only if held_up().
  void check_deadlines(Time now);        ///< Fails what is overdue.
  bool overdue(Time now) const { return now >= close_at_; }  ///< Retired for too long.

  /// Closes it. What may be sent again is rewound, the rest fails.
  Lost lose(gateway::Failure failure);
  void close();  ///< Idempotent. What it carries must have been lost before.

  bool open() const { return tally_.has_value(); }  ///< Not closed, as far as is known.
  bool idle() const { return in_flight_.empty() && current_ == nullptr; }  ///< Carries nothing.
  bool has_unsent() const { return current_ != nullptr; }  ///< A submission waits for room.
  bool retired() const { return retired_; }                ///< Takes no more.

  const gateway::UpstreamPeer& peer() const { return peer_; }  ///< Where it leads.

 protected:
  ~SharedConnection() = default;

 private:
  /// One request in flight: a place in the order of the replies.
  struct Slot {
    Submission* submission;  // null: it failed, and its late reply is skipped
    std::size_t index;
    std::size_t begin;  // of its bytes, in all that was sent here
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
  Submission* current_ = nullptr;  // begun here, and not all sent
  std::string output_;
  std::size_t written_ = 0;     // of output_
  std::size_t sent_bytes_ = 0;  // given to output_, ever
  Time close_at_ = Time::max();
  bool reused_ = false;
  bool retired_ = false;
};

}  // namespace stagecoach
