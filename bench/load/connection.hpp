#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "bench/load/reply_checker.hpp"
#include "bench/load/tally.hpp"
#include "bench/load/workload.hpp"

namespace stagecoach::bench {

/// What a connection does once it has all its replies.
enum class AfterReplies {
  keep,         ///< Send the next requests on it.
  await_close,  ///< The server closes: read until then, and dial again.
  close,        ///< Close it, and dial again.
};

/// A request, and the time when it should be sent.
struct Request {
  const Expectation* expected = nullptr;  ///< The workload keeps it.
  Clock::time_point due{};                ///< Its latency begins here.
};

class Connection;

/// What all connections of a run share.
struct Run {
  boost::asio::ip::tcp::endpoint target;               ///< Resolved once, before the run.
  AfterReplies after_replies;                          ///< The same for all connections.
  std::size_t pipeline;                                ///< Requests in one write.
  Clock::duration timeout;                             ///< For the replies, and then for a close.
  std::function<Request(Clock::time_point now)> next;  ///< None now: its `expected` is null.
  std::function<void(Connection&)> on_idle;            ///< It got none; start() makes it ask again.
};

/// One client. It sends a batch of requests and checks the replies, as long as there are requests.
/// It dials when it has to. If an error ends the connection, it dials again, and its unanswered
/// requests count under that error. Requests that find a kept connection closed are sent again on a
/// new one.
///
/// A request counts as sent when this is decided, so its time includes dialling.
/// Runs on the thread of its io_context, and must outlive the context's work.
class Connection {
 public:
  /// Does not dial yet. All three must outlive it.
  Connection(boost::asio::io_context& io, const Run& run, Tally& tally);

  /// Starts a batch, if there are requests. Call it at first, and after on_idle.
  void start();

  /// Call it every few milliseconds: it ends steps that exceed the timeout, and dials again if the
  /// last attempt failed.
  void tick(Clock::time_point now);

 private:
  // Without type-erased executors, which cost some allocations.
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                                  boost::asio::io_context::executor_type>;
  enum class State { dialling, retry_dial, exchanging, awaiting_close, idle };

  void dial();
  void on_dialled(boost::system::error_code error);
  void send();
  void send_rest(std::size_t sent);
  void receive();
  void on_received(boost::system::error_code error, std::size_t size);
  void check_replies(std::string_view input);
  void end_batch();
  void on_closed();
  void fail_batch(const std::string& cause);
  void disconnect();

  const Run& run_;
  Tally& tally_;
  Socket socket_;
  std::uint64_t socket_number_ = 0;  // tells handlers of an earlier socket that they are late
  State state_ = State::idle;

  std::vector<Request> batch_;
  std::size_t answered_ = 0;  // of batch_
  bool kept_ = false;         // the socket has carried replies
  bool answered_ever_ = false;
  bool sending_ = false;  // the kernel has not yet taken all of output_
  Clock::time_point sent_;
  Clock::time_point deadline_;
  std::string output_;
  ReplyChecker checker_;
  std::array<char, 65'536> input_;
};

}  // namespace stagecoach::bench
