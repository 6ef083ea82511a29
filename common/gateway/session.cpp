#include "common/gateway/session.hpp"

#include "common/resp/encode.hpp"

namespace stagecoach::gateway {
namespace {

constexpr std::size_t spare_bytes = 64 * 1024;  // of a buffer's memory, kept for the next batch

void release_if_large(std::string& buffer) {
  if (buffer.capacity() > spare_bytes && buffer.size() < spare_bytes) {
    buffer.shrink_to_fit();
  }
}

}  // namespace

Session::Session(Context& context, std::size_t max_requests)
    : context_(context),
      requests_left_(max_requests == 0 ? SIZE_MAX : max_requests),
      client_{.id = ++context.last_client_id},
      parser_(limits()) {}

void Session::receive(std::string_view bytes) { input_.append(bytes); }

bool Session::next_batch() {
  drop_batch();
  while (!ended_ && batch_size_ < max_batch) {
    Exchange& exchange = next_exchange();
    const auto input = std::string_view(input_).substr(taken_);
    const auto status = parser_.parse(input, exchange.request);
    taken_ += parser_.consumed();
    if (status == resp::ParseStatus::incomplete) {
      break;
    }
    if (status == resp::ParseStatus::complete) {
      judge_request(exchange);
      ended_ = exchange.verdict.last || --requests_left_ == 0;
      add(context_.counters.requests);
      ++batch_size_;
    } else {
      add(context_.counters.errors_protocol);
      exchange.verdict = {.action = Action::refuse, .error = parser_.error()};
      ended_ = true;
      batch_size_ += status == resp::ParseStatus::malformed ? 1 : 0;
    }
  }
  for (std::size_t i = 0; i < batch_size_; ++i) {
    if (batch_[i].verdict.action == Action::forward) {
      forwards_.push_back(&batch_[i]);
    }
  }
  return batch_size_ > 0;
}

void Session::judge_request(Exchange& exchange) {
  exchange.verdict = judge(exchange.request.args);
  if (exchange.verdict.before_auth) {
    answer(exchange.request.args, client_, context_, exchange.reply);
    parser_.set_limits(limits());
  } else if (!may_ask()) {
    exchange.verdict = {.action = Action::refuse, .error = no_auth};
  }
}

/// Whether no password is wanted, or the client has given it.
bool Session::may_ask() const { return context_.options.password.empty() || client_.authenticated; }

/// Whoever has not given the password gets no memory to speak of.
resp::RequestLimits Session::limits() const {
  return may_ask()
             ? resp::RequestLimits{.bulk_bytes = context_.options.max_bulk_bytes}
             : resp::RequestLimits{
                   .bulk_bytes = 16 * 1024, .multibulk_count = 10, .excess = "unauthenticated"};
}

std::string_view Session::replies() {
  output_.clear();
  for (std::size_t i = 0; i < batch_size_; ++i) {
    Exchange& exchange = batch_[i];
    if (exchange.verdict.action == Action::answer) {
      if (!exchange.verdict.before_auth) {
        answer(exchange.request.args, client_, context_, exchange.reply);
      }
      add(context_.counters.requests_answered);
    } else if (exchange.verdict.action == Action::refuse) {
      resp::append_error(exchange.reply, exchange.verdict.error);
      add(context_.counters.requests_refused);
    }
    if (batch_size_ == 1) {
      output_.swap(exchange.reply);
    } else {
      output_.append(exchange.reply);
    }
  }
  add(context_.counters.replies, batch_size_);
  return output_;
}

Exchange& Session::next_exchange() {
  if (batch_size_ == batch_.size()) {
    batch_.emplace_back();
  }
  return batch_[batch_size_];
}

void Session::drop_batch() {
  for (std::size_t i = 0; i < batch_size_; ++i) {
    batch_[i].reply.clear();
    release_if_large(batch_[i].reply);
  }
  batch_size_ = 0;
  forwards_.clear();
  output_.clear();
  release_if_large(output_);
  input_.erase(0, taken_);
  taken_ = 0;
  release_if_large(input_);
}

}  // namespace stagecoach::gateway
