#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/gateway/context.hpp"
#include "common/gateway/exchange.hpp"
#include "common/gateway/local_answers.hpp"
#include "common/resp/request_parser.hpp"

namespace stagecoach::gateway {

/// One client's connection, apart from its I/O: bytes in, batches of requests out to be served,
/// their replies back in order. Not thread-safe.
///
///   receive() ... next_batch() -> serve every exchange of forwards() -> replies() ... next_batch()
class Session {
 public:
  static constexpr std::size_t max_batch = 128;  ///< Requests in flight for one client.

  /// After `max_requests` requests the session ends; 0: no limit.
  explicit Session(Context& context, std::size_t max_requests = 0);

  /// Takes bytes that the client sent.
  void receive(std::string_view bytes);

  /// No more bytes will come: the session ends behind the requests that are complete.
  void end_input() { input_ended_ = true; }

  /// Forms a batch of the complete requests received, in place of the last one. False where there
  /// is nothing to be answered.
  bool next_batch();

  /// The requests of the batch that the upstream has to answer, in the client's order. Their views
  /// hold until the next receive() or next_batch().
  std::span<Exchange* const> forwards() const { return forwards_; }

  /// The replies to the whole batch, in order, those given here among them: call it once, when
  /// every exchange of forwards() has its reply. Holds until the next batch.
  std::string_view replies();

  /// Whether a request has begun to arrive and is not complete.
  bool in_request() const { return parser_.in_request(); }

  /// Nothing more is to be read: the client quit, broke the protocol or used up its number, or its
  /// input has ended.
  bool ended() const { return ended_ || input_ended_; }

 private:
  Exchange& next_exchange();
  void drop_batch();

  Context& context_;
  std::size_t requests_left_;
  resp::RequestParser parser_;
  ClientState client_;
  std::string input_;
  std::size_t taken_ = 0;  // bytes of input_ that are done with once the batch is
  std::vector<Exchange> batch_;
  std::size_t batch_size_ = 0;  // batch_ keeps spent exchanges, for their memory
  std::vector<Exchange*> forwards_;
  std::string output_;
  bool ended_ = false;
  bool input_ended_ = false;
};

}  // namespace stagecoach::gateway
