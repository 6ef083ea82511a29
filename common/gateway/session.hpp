#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/gateway/brackets.hpp"
#include "common/gateway/context.hpp"
#include "common/gateway/exchange.hpp"
#include "common/gateway/local_answers.hpp"
#include "common/resp/request_parser.hpp"

namespace stagecoach::gateway {

/// One client's connection, without its I/O. Bytes go in, batches of requests come out to be
/// served, and their replies come out in order. Not thread-safe.
///
///   receive() ... next_batch() -> serve the exchanges of forwards() -> replies() ... next_batch()
///
/// Once max_waiting_bytes of replies wait, the client has to take them before more of the batch is
/// served. Requests that have no reply by then form the next batch; nothing is parsed before it.
///
/// Many clients write all their requests before they read a reply. So the gateway also reads while
/// it writes, up to max_ahead_bytes: otherwise both sides would wait forever.
class Session {
 public:
  static constexpr std::size_t max_batch = 128;  ///< Requests in flight for a client.
  static constexpr std::size_t max_waiting_bytes = std::size_t{1} << 20;  ///< Of replies.
  static constexpr std::size_t max_ahead_bytes = std::size_t{64} << 20;   ///< Of requests.

  /// The session ends after `max_requests` requests; 0: no limit.
  explicit Session(Context& context, std::size_t max_requests = 0);
  ~Session() { release_memory(); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Takes bytes from the client while there is no batch.
  void receive(std::string_view bytes);

  /// Takes bytes while a batch is served or replied to; they are parsed after it.
  void receive_ahead(std::string_view bytes) { ahead_.append(bytes); }
  bool may_read_ahead() const;  ///< There is room, up to max_ahead_bytes.

  /// No more bytes will come: the session ends after the complete requests.
  void end_input() { input_ended_ = true; }

  /// Forms a batch of the rest of the last one, or else of the complete requests received. False
  /// if there is nothing to answer. A request that takes more than twice the longest argument ends
  /// the session, as Redis's client-query-buffer-limit does. Each argument counts 16 bytes more,
  /// for the view of it.
  bool next_batch();

  /// The requests of the batch that the upstream has to answer, in the client's order. Their views
  /// are valid until the next receive() or next_batch().
  std::span<Exchange* const> forwards() const { return forwards_; }

  /// The forwards() one by one: each after the one before it has its reply. Null if there are no
  /// more, or enough replies wait.
  Exchange* next_forward();

  /// The next replies to the batch, in order, local answers included: up to the first exchange
  /// without a complete reply, or to max_waiting_bytes. Valid until the next call.
  std::string_view replies();

  /// Gives back the memory of earlier batches. Call it after next_batch() returned false, once the
  /// client has been silent for a while.
  void release_memory();

  /// Whether a request has begun to arrive and is not complete.
  bool in_request() const { return parser_.in_request(); }

  /// Nothing more is to be read: the client quit, broke the protocol, reached its `max_requests`,
  /// or ended its input.
  bool ended() const { return ended_ || input_ended_; }

 private:
  void parse_batch();
  Exchange& next_exchange();
  void judge_request(Exchange& exchange);
  bool may_ask() const;
  void limit_input(std::size_t bytes);
  resp::RequestLimits limits() const;
  void drop_replied();

  Context& context_;
  std::size_t requests_left_;
  std::size_t max_input_bytes_;
  ClientState client_;
  resp::RequestParser parser_;
  Brackets brackets_;
  std::string input_;
  std::size_t taken_ = 0;  // bytes of input_ that are done with once the batch is
  std::string ahead_;      // what follows input_
  std::vector<Exchange> batch_;
  std::size_t batch_size_ = 0;  // batch_ keeps spent exchanges, for their memory
  std::size_t replied_ = 0;     // how many of the batch are done with
  std::vector<Exchange*> forwards_;
  std::size_t served_ = 0;  // how many of forwards_ next_forward() gave out
  std::size_t waiting_bytes_ = 0;
  std::string output_;
  bool ended_ = false;
  bool input_ended_ = false;
};

}  // namespace stagecoach::gateway
