#include "common/gateway/brackets.hpp"

#include <array>
#include <utility>

#include "common/resp/encode.hpp"

namespace stagecoach::gateway {
namespace {

constexpr std::string_view aborted = "EXECABORT Transaction discarded because of previous errors.";
constexpr std::string_view only_forwarded =
    "ERR in a transaction this gateway supports only commands that it sends on";
constexpr std::string_view in_other_database =
    "ERR this gateway refused SELECT of another database, and refuses what follows until SELECT 0";
constexpr std::string_view in_subscription =
    "ERR this gateway refused SUBSCRIBE, and refuses what follows until UNSUBSCRIBE";

bool is(const Exchange& exchange, std::string_view command) {
  return same_word(exchange.request.args[0], command);
}

void answer_with(Exchange& exchange, std::string_view text) {
  exchange.verdict = {.action = Action::answer};
  resp::append_simple(exchange.reply, text);
}

}  // namespace

void Brackets::apply(Exchange& exchange) {
  if (exchange.verdict.bracket) {
    open_or_close(exchange);
  } else if (transaction_ != Transaction::none) {
    queue(exchange);
  } else if (exchange.verdict.action == Action::forward && !refused().empty()) {
    refuse(exchange, refused());
  }
}

/// Why a request that would be forwarded is refused; empty: it is not.
std::string_view Brackets::refused() const {
  return other_database_ ? in_other_database : subscribed_.any() ? in_subscription : "";
}

void Brackets::open_or_close(Exchange& exchange) {
  if (is(exchange, "multi")) return begin(exchange);
  if (is(exchange, "exec")) return execute(exchange);
  if (is(exchange, "discard")) return discard(exchange);
  if (transaction_ != Transaction::none) return queue(exchange);
  if (is(exchange, "select")) {
    const bool accepted = exchange.request.args.size() == 2 && exchange.request.args[1] == "0";
    other_database_ = exchange.verdict.action == Action::refuse || (other_database_ && !accepted);
  } else if (is(exchange, "watch")) {
    unguarded_ = true;
  } else if (is(exchange, "unwatch")) {
    unguarded_ = false;
    answer_with(exchange, "OK");
  } else {
    subscribe(exchange);
  }
}

/// UNSUBSCRIBE without arguments ends all subscriptions of its kind.
void Brackets::subscribe(const Exchange& exchange) {
  constexpr std::array kinds = {"subscribe", "psubscribe", "ssubscribe"};
  constexpr std::array ends = {"unsubscribe", "punsubscribe", "sunsubscribe"};
  const bool all = exchange.request.args.size() == 1;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    subscribed_[i] =
        (subscribed_[i] && !(is(exchange, ends[i]) && all)) || (is(exchange, kinds[i]) && !all);
  }
}

void Brackets::begin(Exchange& exchange) {
  if (exchange.request.args.size() != 1) {
    return refuse(exchange, "ERR wrong number of arguments for 'multi' command");
  }
  if (transaction_ != Transaction::none) {
    exchange.verdict = {.action = Action::refuse, .error = "ERR MULTI calls can not be nested"};
    return;
  }
  const bool fails = unguarded_ || !refused().empty();
  transaction_ = fails ? Transaction::failed : Transaction::open;
  queued_ = resp::request({"MULTI"});
  answer_with(exchange, "OK");
}

void Brackets::execute(Exchange& exchange) {
  if (transaction_ == Transaction::none) return refuse(exchange, "ERR EXEC without MULTI");
  const bool whole = transaction_ == Transaction::open && exchange.request.args.size() == 1;
  if (whole) {
    exchange.verdict = {.action = Action::forward, .shareable = shareable_};
    exchange.replies = commands_ + 2;
    queued_ += resp::request({"EXEC"});
    exchange.request.encoded = std::make_unique<const std::string>(std::move(queued_));
    exchange.request.args.assign(1, "EXEC");
  } else {
    refuse(exchange, aborted);
  }
  end();
}

void Brackets::discard(Exchange& exchange) {
  if (transaction_ == Transaction::none) return refuse(exchange, "ERR DISCARD without MULTI");
  if (exchange.request.args.size() != 1) {
    return refuse(exchange, "ERR wrong number of arguments for 'discard' command");
  }
  end();
  answer_with(exchange, "OK");
}

void Brackets::queue(Exchange& exchange) {
  const Verdict& verdict = exchange.verdict;
  if (verdict.last) return;
  if (verdict.action == Action::refuse) {
    transaction_ = Transaction::failed;
    return;
  }
  if (verdict.action != Action::forward && !is(exchange, "ping") && !is(exchange, "echo")) {
    return refuse(exchange, only_forwarded);
  }
  if (transaction_ == Transaction::open) {
    queued_.append(exchange.request.wire());
    ++commands_;
    shareable_ &= verdict.shareable || verdict.action == Action::answer;
  }
  answer_with(exchange, "QUEUED");
}

/// A refused command inside a transaction ends the transaction.
void Brackets::refuse(Exchange& exchange, std::string_view error) {
  exchange.verdict = {.action = Action::refuse, .error = error};
  if (transaction_ != Transaction::none) {
    transaction_ = Transaction::failed;
  }
}

void Brackets::end() {
  transaction_ = Transaction::none;
  unguarded_ = false;
  std::exchange(queued_, {});
  commands_ = 0;
  shareable_ = true;
}

}  // namespace stagecoach::gateway
