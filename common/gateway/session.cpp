#include "common/gateway/session.hpp"

#include <algorithm>
#include <atomic>
#include <malloc.h>
#include <utility>

#include "common/gateway/release_spare.hpp"
#include "common/resp/encode.hpp"

namespace stagecoach::gateway {
namespace {

// How much of a buffer is kept for the next batch. A session has one large buffer each way.
constexpr std::size_t spare_bytes = 64 * 1024;
constexpr std::size_t spare_reply_bytes = 4 * 1024;
constexpr std::size_t spare_args = 256;
constexpr std::size_t trimmed_bytes = 4 * 1024 * 1024;  // given back before the system gets them

/// Larger buffers go back by themselves.
std::size_t small(const std::string& buffer) { return std::min(buffer.capacity(), spare_bytes); }

/// Freed memory stays with the process if anything above it is in use: malloc_trim(3).
void trim_after(std::size_t bytes) {
  static std::atomic<std::size_t> given_back = 0;
  if (given_back.fetch_add(bytes, std::memory_order_relaxed) + bytes > trimmed_bytes) {
    given_back = 0;
    ::malloc_trim(0);
  }
}

}  // namespace

Session::Session(Context& context, std::size_t max_requests)
    : context_(context),
      requests_left_(max_requests == 0 ? SIZE_MAX : max_requests),
      max_input_bytes_(2 * (context.options.max_bulk_bytes + resp::RequestLimits().line_bytes)),
      client_{.id = ++context.last_client_id,
              .late = context.stopping && context.options.drain_delay.count() > 0},
      parser_(limits()) {}

void Session::receive(std::string_view bytes) { input_.append(bytes); }

bool Session::may_read_ahead() const {
  const std::size_t most = may_ask() ? std::min(max_ahead_bytes, max_input_bytes_) : spare_bytes;
  return input_.size() - taken_ + ahead_.size() + brackets_.bytes() < most;
}

bool Session::next_batch() {
  drop_replied();
  if (replied_ == batch_size_) {
    parse_batch();
  }
  for (std::size_t i = replied_; i < batch_size_; ++i) {
    if (batch_[i].verdict.action == Action::forward && batch_[i].reply.empty()) {
      forwards_.push_back(&batch_[i]);
    }
  }
  return replied_ < batch_size_;
}

void Session::parse_batch() {
  if (taken_ >= input_.size() / 2) {
    input_.erase(0, std::exchange(taken_, 0));
    release_spare(input_, spare_bytes);
  }
  input_.append(std::exchange(ahead_, {}));
  batch_size_ = replied_ = 0;
  std::size_t requests = 0;
  while (!ended_ && batch_size_ < max_batch) {
    Exchange& exchange = next_exchange();
    const auto input = std::string_view(input_).substr(taken_);
    const auto status = parser_.parse(input, exchange.request);
    taken_ += parser_.consumed();
    if (status == resp::ParseStatus::incomplete) {
      limit_input(input_.size() - taken_ + parser_.args_bytes() + brackets_.bytes());
      break;
    }
    if (status == resp::ParseStatus::complete) {
      judge_request(exchange);
      ended_ = exchange.verdict.last || --requests_left_ == 0;
      limit_input(brackets_.bytes());
      ++requests;
      ++batch_size_;
    } else {
      add(context_.counters.errors_protocol);
      exchange.verdict = {.action = Action::refuse, .error = parser_.error()};
      ended_ = true;
      batch_size_ += status == resp::ParseStatus::malformed ? 1 : 0;
    }
  }
  add(context_.counters.requests, requests);
}

/// Ends the session if a request, or a transaction, grows too large.
void Session::limit_input(std::size_t bytes) {
  if (bytes > max_input_bytes_) {
    add(context_.counters.errors_input_limit);
    ended_ = true;
  }
}

Exchange* Session::next_forward() {
  if (served_ > 0) {
    waiting_bytes_ += forwards_[served_ - 1]->reply.size();
  }
  const bool more = served_ < forwards_.size() && waiting_bytes_ < max_waiting_bytes;
  return more ? forwards_[served_++] : nullptr;
}

void Session::judge_request(Exchange& exchange) {
  exchange.verdict = judge(exchange.request.args);
  if (!exchange.verdict.before_auth && !may_ask()) {
    exchange.verdict = {.action = Action::refuse, .error = no_auth};
    return;
  }
  brackets_.apply(exchange);
  if (exchange.verdict.before_auth) {
    answer(exchange.request.args, client_, context_, exchange.reply);
    parser_.set_limits(limits());
  }
}

/// Whether no password is needed, or the client has given it.
bool Session::may_ask() const { return context_.options.password.empty() || client_.authenticated; }

/// A client that has not given the password gets hardly any memory.
resp::RequestLimits Session::limits() const {
  return may_ask()
             ? resp::RequestLimits{.bulk_bytes = context_.options.max_bulk_bytes}
             : resp::RequestLimits{
                   .bulk_bytes = 16 * 1024, .multibulk_count = 10, .excess = "unauthenticated"};
}

std::string_view Session::replies() {
  const std::size_t first = replied_;
  output_.clear();
  for (; replied_ < batch_size_ && output_.size() < max_waiting_bytes; ++replied_) {
    Exchange& exchange = batch_[replied_];
    if (exchange.verdict.action == Action::answer) {
      if (exchange.reply.empty()) {
        answer(exchange.request.args, client_, context_, exchange.reply);
      }
      add(context_.counters.requests_answered);
    } else if (exchange.verdict.action == Action::refuse) {
      resp::append_error(exchange.reply, refusal(exchange.verdict, exchange.request.args));
      add(context_.counters.requests_refused);
    } else if (exchange.reply.empty()) {
      break;
    }
    if (output_.empty()) {
      output_.swap(exchange.reply);
    } else {
      output_.append(exchange.reply);
    }
    exchange.reply.clear();
    if (exchange.incomplete) {
      exchange.begun = true;
      break;
    }
  }
  add(context_.counters.replies, replied_ - first);
  return output_;
}

void Session::release_memory() {
  if (in_request()) {
    return;
  }
  std::size_t bytes = small(input_) + small(output_);
  for (const Exchange& exchange : std::exchange(batch_, {})) {
    bytes += sizeof(exchange) + small(exchange.reply);
  }
  taken_ = 0;
  std::exchange(input_, {});
  std::exchange(output_, {});
  std::exchange(forwards_, {});
  trim_after(bytes);
}

Exchange& Session::next_exchange() {
  if (batch_size_ == batch_.size()) {
    batch_.emplace_back();
  }
  Exchange& exchange = batch_[batch_size_];
  exchange.replies = 1;
  exchange.begun = false;
  return exchange;
}

void Session::drop_replied() {
  for (std::size_t i = 0; i < replied_; ++i) {
    batch_[i].request.args.clear();
    batch_[i].request.encoded.reset();
    release_spare(batch_[i].request.args, spare_args);
    release_spare(batch_[i].reply, spare_reply_bytes);
  }
  forwards_.clear();
  served_ = 0;
  waiting_bytes_ = 0;
  output_.clear();
  release_spare(output_, spare_bytes);
}

}  // namespace stagecoach::gateway
