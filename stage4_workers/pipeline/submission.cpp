#include "stage4_workers/pipeline/submission.hpp"

#include <algorithm>

#include "common/gateway/session.hpp"

namespace stagecoach {

constexpr std::size_t part_bytes = 64 * 1024;  // worth a write, even if replies are still to come

void Submission::admit(std::size_t limit, gateway::Counters& counters) {
  counters_ = &counters;
  unanswered = gateway::add_up_to(counters.requests_in_flight, exchanges.size(), limit);
  for (gateway::Exchange* refused : exchanges.subspan(unanswered)) {
    gateway::fail(*refused, gateway::Failure::busy, counters);
  }
  exchanges = exchanges.first(unanswered);
  for (std::size_t i = 0; i < exchanges.size(); ++i) {
    if (!exchanges[i]->verdict.read_only) {
      last_write = i + 1;
    }
  }
}

void Submission::fail_unsent(gateway::Failure failure) {
  while (gateway::Exchange* exchange = next()) {
    gateway::fail(*exchange, failure, *counters_);
    finish_one();
  }
}

gateway::Exchange* Submission::next() {
  while (unsent < exchanges.size() && !exchanges[unsent]->reply.empty()) {
    ++unsent;
  }
  return unsent < exchanges.size() ? exchanges[unsent] : nullptr;
}

void Submission::take(gateway::Exchange& exchange, std::string_view part, bool last) {
  reply_bytes += part.size();
  exchange.incomplete = !last;
  incoming_ = last ? nullptr : &exchange;
  if (skips()) {
    return;
  }
  exchange.reply.append(part);
  waiting_bytes += part.size();
  if (worth_a_write()) {
    wake();
  }
}

bool Submission::worth_a_write() const {
  const bool streams = incoming_ != nullptr && incoming_->begun;
  return waiting_bytes >= (streams ? 1 : std::min(part_bytes, max_output_bytes)) && !done() &&
         !skips();
}

void Submission::taken() {
  waiting_bytes = 0;
  for (const gateway::Exchange* exchange : exchanges) {
    waiting_bytes += exchange->reply.size();
  }
}

bool Submission::falls_behind() const {
  return waiting_bytes >= std::min(gateway::Session::max_waiting_bytes, max_output_bytes);
}

void Submission::overflow() {
  overflowed = true;
  wake();
}

bool Submission::cut_short() {
  if (!overflowed && reply_bytes < gateway::Session::max_waiting_bytes) {
    return false;
  }
  const std::size_t sent = unsent;
  for (; next() != nullptr; ++unsent) {
    --unanswered;
    gateway::subtract(counters_->requests_in_flight);
  }
  exchanges = exchanges.first(sent);
  return true;
}

void Submission::finish_one() {
  gateway::subtract(counters_->requests_in_flight);
  if (--unanswered == 0) {
    wake();
  }
}

}  // namespace stagecoach
