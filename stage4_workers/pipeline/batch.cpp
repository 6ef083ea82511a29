#include "stage4_workers/pipeline/batch.hpp"

#include <algorithm>

#include "common/gateway/session.hpp"

namespace stagecoach {

constexpr std::size_t part_bytes = 64 * 1024;  // of an incomplete reply, worth a write

void Batch::admit(std::size_t limit, gateway::Counters& counters) {
  admitted = gateway::add_up_to(counters.requests_in_flight, exchanges.size(), limit);
  unanswered = admitted;
  for (std::size_t i = 0; i < exchanges.size(); ++i) {
    if (i >= admitted) {
      gateway::fail(*exchanges[i], gateway::Failure::busy, counters);
    } else if (!exchanges[i]->verdict.read_only) {
      last_write = i + 1;
    }
  }
}

void Batch::fail_unsent(gateway::Failure failure, gateway::Counters& counters) {
  while (gateway::Exchange* exchange = next()) {
    gateway::fail(*exchange, failure, counters);
    finish_one();
  }
}

gateway::Exchange* Batch::next() {
  while (unsent < exchanges.size() && !exchanges[unsent]->reply.empty()) {
    ++unsent;
  }
  return unsent < exchanges.size() ? exchanges[unsent] : nullptr;
}

void Batch::take(gateway::Exchange& exchange, std::string_view part, bool last) {
  reply_bytes += part.size();
  if (overflowed || abandoned) {
    return;
  }
  waiting_bytes += part.size();
  overflowed = waiting_bytes > max_output_bytes;
  if (!overflowed) {
    exchange.reply.append(part);
  }
  if (overflowed || (!last && has_part())) {
    wake();
  }
}

bool Batch::has_part() const {
  const std::size_t enough = part_taken ? 1 : std::min(part_bytes, max_output_bytes);
  return streams && !done() && !overflowed && !abandoned &&
         exchanges.front()->reply.size() >= enough;
}

bool Batch::take_part(std::string& part) {
  waiting_bytes -= part.size();
  part.clear();
  if (!has_part()) {
    return false;
  }
  part_taken = true;
  part.swap(exchanges.front()->reply);
  return true;
}

bool Batch::cut_short() {
  if (!overflowed && reply_bytes < gateway::Session::max_waiting_bytes) {
    return false;
  }
  const std::size_t sent = unsent;
  for (; next() != nullptr; ++unsent) {
    --unanswered;
  }
  exchanges = exchanges.first(sent);
  return true;
}

void Batch::finish_one() {
  if (--unanswered == 0) {
    wake();
  }
}

}  // namespace stagecoach
