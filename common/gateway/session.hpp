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

/// One client's connection, apart from its I/O: bytes in, batches of requests out to be served,
/// their replies back in order. Not thread-safe.
///
///   receive() ... next_batch() -> serve the exchanges of forwards() -> replies() ... next_batch()
///
/// Once max_waiting_bytes of replies wait, the client has to take them before more of the batch is
/// served: what has no reply by then is the next batch, and nothing else is parsed before.
///
/// Many a client writes all its requests before it reads a reply. So what it sends while replies
/// are written to it is read, too, as far as input may wait: else both sides would wait for ever.
class Session {
 public:
  static constexpr std::size_t max_batch = 128;  ///< Requests in flight for one client.
  static constexpr std::size_t max_waiting_bytes = std::size_t{1} << 20;  ///< Of replies.
  static constexpr std::size_t max_ahead_bytes = std::size_t{64} << 20;   ///< Of requests.

  /// After `max_requests` requests the session ends; 0: no limit.
  explicit Session(Context& context, std::size_t max_requests = 0);
  ~Session() { release_memory(); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Takes bytes that the client sent. For when there is no batch.
  void receive(std::string_view bytes);

  /// Takes them while a batch is served or replied to: they are parsed behind it.
  void receive_ahead(std::string_view bytes) { ahead_.append(bytes); }
  bool may_read_ahead() const;  ///< There is room, for max_ahead_bytes at most.

  /// No more bytes will come: the session ends behind the requests that are complete.
  void end_input() { input_ended_ = true; }

  /// Forms a batch of what is left of the last one, or else of the complete requests received.
  /// False if there is nothing to be answered. A request that grows beyond twice what the
  /// longest argument takes ends the session, as Redis's client-query-buffer-limit does; each of
  /// its arguments counts 16 bytes more, for what refers to it.
  bool next_batch();

  /// The requests of the batch that the upstream has to answer, in the client's order. Their views
  /// hold until the next receive() or next_batch().
  std::span<Exchange* const> forwards() const { return forwards_; }

  /// One after the other of forwards(), for whoever serves them so: each once the one before it has
  /// its reply. Null if there is no more, or enough replies wait.
  Exchange* next_forward();

  /// The next replies to the batch, in order, those given here among them: up to the first exchange
  /// without a reply or with a part of one, or to max_waiting_bytes. Holds until the next call.
  std::string_view replies();

  /// Gives back what memory earlier batches took. For when the client has been silent for a while,
  /// after next_batch() has said false.
  void release_memory();

  /// Whether a request has begun to arrive and is not complete.
  bool in_request() const { return parser_.in_request(); }

  /// Nothing more is to be read: the client quit, broke the protocol or used up its number, or its
  /// input has ended.
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
