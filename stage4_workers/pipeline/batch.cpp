#include "stage4_workers/batch.hpp"

#include <algorithm>

namespace stagecoach {

constexpr std::size_t whole_bytes = 64 * 1024;  // of a reply, kept until it is complete

/// The last part is never written from here, so that the reply is not empty: the session goes by
/// that.
void Batch::take(gateway::Exchange& exchange, std::string_view part, bool last) {
  reply_bytes += part.size();
  if (overflowed) {
    return;
  }
  const std::size_t large_bytes = std::min(whole_bytes, max_output_bytes);
  const bool large = receiver != nullptr && exchange.reply.size() + part.size() >= large_bytes;
  if ((large || streamed) && !last) {
    streamed = true;
    receiver->write_soon(exchange.reply);
    receiver->write_soon(part);
    exchange.reply = {};
    overflowed = receiver->unsent() > max_output_bytes;
    return;
  }
  overflowed = !streamed && reply_bytes > max_output_bytes;
  if (!overflowed) {
    exchange.reply.append(part);
  }
}

}  // namespace stagecoach
