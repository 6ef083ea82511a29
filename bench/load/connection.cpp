#include "bench/load/connection.hpp"

#include <utility>

#include <boost/asio/buffer.hpp>

namespace stagecoach::bench {

namespace asio = boost::asio;
using boost::system::error_code;

Connection::Connection(asio::io_context& io, const Run& run, Tally& tally)
    : run_(run), tally_(tally), socket_(io.get_executor()) {}

void Connection::start() {
  batch_.clear();
  output_.clear();
  answered_ = 0;
  sent_ = Clock::now();
  while (batch_.size() < run_.pipeline) {
    const Request request = run_.next(sent_);
    if (request.expected == nullptr) break;
    batch_.push_back(request);
    output_ += request.expected->request;
  }
  if (batch_.empty()) {
    state_ = State::idle;
    return run_.on_idle(*this);
  }
  deadline_ = sent_ + run_.timeout;
  if (socket_.is_open()) {
    send();
  } else {
    dial();
  }
}

void Connection::dial() {
  state_ = State::dialling;
  socket_.async_connect(run_.target, [this, number = socket_number_](error_code error) {
    if (number == socket_number_) on_dialled(error);
  });
}

void Connection::on_dialled(error_code error) {
  if (!error) socket_.set_option(asio::ip::tcp::no_delay(true), error);
  if (!error) socket_.non_blocking(true, error);
  if (error) {
    fail_batch("dial: " + error.message());
    state_ = State::retry_dial;
    return;
  }
  tally_.dialled();
  send();
}

void Connection::send() {
  state_ = State::exchanging;
  error_code error;
  const std::size_t sent = socket_.write_some(asio::buffer(output_), error);
  if (error && error != asio::error::would_block) return on_closed();
  sending_ = sent < output_.size();
  if (sending_) send_rest(sent);
  receive();
}

// Replies are read meanwhile: a server that cannot write may not read either.
void Connection::send_rest(std::size_t sent) {
  socket_.async_write_some(asio::buffer(output_) + sent, [this, sent, number = socket_number_](
                                                             error_code error, std::size_t size) {
    if (number != socket_number_) return;
    if (error) return;  // receive() also sees the broken connection, and acts
    sending_ = sent + size < output_.size();
    if (sending_) send_rest(sent + size);
  });
}

void Connection::receive() {
  socket_.async_read_some(asio::buffer(input_),
                          [this, number = socket_number_](error_code error, std::size_t size) {
                            if (number == socket_number_) on_received(error, size);
                          });
}

void Connection::on_received(error_code error, std::size_t size) {
  if (error) return on_closed();
  kept_ = true;
  check_replies({input_.data(), size});
}

void Connection::check_replies(std::string_view input) {
  const auto now = Clock::now();
  while (!input.empty()) {
    if (answered_ == batch_.size()) {
      ++tally_.errors["bytes that no request asked for"];
      disconnect();
      return start();
    }
    const auto [verdict, used] = checker_.check(input, batch_[answered_].expected->reply);
    input.remove_prefix(used);
    switch (verdict) {
      case Verdict::incomplete:
        break;
      case Verdict::right:
        tally_.right_reply(batch_[answered_].due, sent_, now);
        ++answered_;
        if (!std::exchange(answered_ever_, true)) ++tally_.clients_answered;
        break;
      case Verdict::error:
        ++tally_.errors["error reply: " + checker_.first_line()];
        ++answered_;
        break;
      case Verdict::wrong:
        ++tally_.errors["wrong reply"];
        ++answered_;
        break;
      case Verdict::malformed:
        fail_batch("malformed reply");
        return start();
    }
  }
  if (answered_ < batch_.size()) return receive();
  end_batch();
}

void Connection::end_batch() {
  if (sending_) {
    ++tally_.errors["replies to requests not yet sent"];
    disconnect();
    return start();
  }
  switch (run_.after_replies) {
    case AfterReplies::keep:
      return start();
    case AfterReplies::close:
      disconnect();
      return start();
    case AfterReplies::await_close:
      state_ = State::awaiting_close;
      deadline_ = Clock::now() + run_.timeout;
      return receive();
  }
}

void Connection::on_closed() {
  if (state_ == State::awaiting_close) {
    disconnect();
    return start();
  }
  if (checker_.in_reply()) {
    fail_batch("closed within a reply");
    return start();
  }
  if (!kept_) {
    fail_batch("closed without a reply");
    return start();
  }
  tally_.reconnected();
  disconnect();
  batch_.erase(batch_.begin(), batch_.begin() + static_cast<std::ptrdiff_t>(answered_));
  answered_ = 0;
  output_.clear();
  for (const Request& request : batch_) output_ += request.expected->request;
  dial();
}

void Connection::fail_batch(const std::string& cause) {
  tally_.errors[cause] += batch_.size() - answered_;
  disconnect();
}

void Connection::disconnect() {
  error_code ignored;
  socket_.close(ignored);
  ++socket_number_;
  kept_ = false;
  sending_ = false;
  checker_.reset();
}

void Connection::tick(Clock::time_point now) {
  if (state_ == State::idle) return;
  if (state_ == State::retry_dial) return start();
  if (now < deadline_) return;
  if (state_ == State::awaiting_close) {
    ++tally_.errors["not closed after the reply"];
    disconnect();
  } else {
    fail_batch("timeout");
  }
  start();
}

}  // namespace stagecoach::bench
