#include "stage4_workers/upstream_pipeline.hpp"

#include <algorithm>
#include <memory>
#include <random>

#include <boost/system/system_error.hpp>
#include <spdlog/spdlog.h>

#include "stage4_workers/loop/dial.hpp"
#include "stage4_workers/upstream_greeting.hpp"

namespace stagecoach {

using gateway::add;
using gateway::Failure;

UpstreamPipeline::UpstreamPipeline(EventLoop& loop, gateway::Context& context,
                                   const PoolOptions& pool, const WorkerOptions& options)
    : loop_(loop),
      context_(context),
      options_(options),
      wait_timeout_(pool.wait_timeout),
      core_(pool, std::random_device()()),
      gauges_(context.counters) {
  loop.watchdog().watch(*this);
}

// [exchange]
Task<bool> UpstreamPipeline::exchange(std::span<gateway::Exchange* const> exchanges,
                                      AsyncSocket* receiver) {
  Batch batch(exchanges, receiver, options_.max_output_bytes);
  const std::size_t admitted = admit(batch);
  if (admitted > 0) {
    enqueue(batch);
    co_await batch.done.wait();
    gateway::subtract(context_.counters.requests_in_flight, admitted);
  }
  if (batch.overflowed) {
    add(context_.counters.errors_output_limit);
  }
  co_return !batch.overflowed && !batch.broke_off;
}
// [exchange]

/// Refuses what exceeds --max-in-flight, and notes where the batch's last write is.
std::size_t UpstreamPipeline::admit(Batch& batch) {
  const std::size_t limit = options_.max_in_flight == 0 ? SIZE_MAX : options_.max_in_flight;
  const std::size_t admitted =
      gateway::add_up_to(context_.counters.requests_in_flight, batch.exchanges.size(), limit);
  for (std::size_t i = 0; i < batch.exchanges.size(); ++i) {
    if (i >= admitted) {
      gateway::fail(*batch.exchanges[i], Failure::busy, context_.counters);
    } else if (!batch.exchanges[i]->verdict.read_only) {
      batch.last_write = i + 1;
    }
  }
  batch.unanswered = admitted;
  return admitted;
}

void UpstreamPipeline::enqueue(Batch& batch) {
  batch.queued_at = loop_.now();
  queue_.push_back(&batch);
  request_turn();
}

/// Lets everything that is ready in this turn of the loop have its say first.
void UpstreamPipeline::request_turn() {
  if (!turn_requested_) {
    turn_requested_ = true;
    loop_.at_end_of_turn([this] { turn(); });
  }
}

// [turn]
void UpstreamPipeline::turn() {
  turn_requested_ = false;
  const auto now = loop_.now();
  for (auto& pooled : leased_) {
    if (now < pooled.end_of_life) {
      fill(*pooled.connection, now);
    }
  }
  give_back_idle();
  while (!queue_.empty() && lease_another(now)) {
  }
  for (auto& pooled : leased_) {
    pooled.connection->flush(now);
  }
  gauges_.update(core_);
}
// [turn]

void UpstreamPipeline::fill(SharedConnection& connection, Time now) {
  while (!queue_.empty() && connection.takes(*queue_.front())) {
    connection.begin(*queue_.front(), now);
    queue_.pop_front();
  }
}

/// Finds another connection for the queue. False where none is to be had now.
bool UpstreamPipeline::lease_another(Time now) {
  if (core_.idle() == 0 && dialling_ * options_.pipeline_depth >= queue_.size()) {
    return false;
  }
  auto& counters = context_.counters;
  Core::Grant grant = core_.ask(now);
  if (grant.answer == Core::Answer::take) {
    if (!grant.pooled->connection->open()) {
      add(counters.pool_stale);
      core_.discarded(now);
      return true;
    }
    add(counters.pool_acquires);
    add(counters.pool_hits);
    grant.pooled->connection->reuse();
    leased_.push_back(std::move(*grant.pooled));
    fill(*leased_.back().connection, now);
    return true;
  }
  if (!std::exchange(queue_.front()->missed, true)) {
    add(counters.pool_acquires);
    add(counters.pool_misses);
    add(counters.pool_waits, grant.answer == Core::Answer::wait ? 1 : 0);
  }
  if (grant.answer == Core::Answer::dial) {
    ++dialling_;
    loop_.spawn(dial({}, nullptr));
    return true;
  }
  if (grant.answer != Core::Answer::wait) {
    fail_queue(Failure::upstream_unreachable);
  }
  return false;
}

/// Also carries on what another connection lost: `repeatable`, and behind it the unsent `rest` of
/// a batch, if there is one.
Task<void> UpstreamPipeline::dial(std::vector<Slot> repeatable, Batch* rest) {
  auto made = co_await connect();
  --dialling_;
  const auto now = loop_.now();
  if (!made) {
    spdlog::debug("upstream {}: {}", context_.upstream.latest().to_string(),
                  made.error().message());
    add(context_.counters.upstream_dial_errors);
    core_.dial_failed(now);
    gauges_.update(core_);
    for (const Slot& slot : repeatable) {
      gateway::fail(*slot.exchange, Failure::upstream_unreachable, context_.counters);
      finished(*slot.batch);
    }
    if (rest != nullptr) {
      fail_unsent(*rest, Failure::upstream_unreachable);
    }
    if (leased_.empty()) {
      fail_queue(Failure::upstream_unreachable);
    }
    co_return;
  }
  SharedConnection* const connection = made->get();
  leased_.push_back(core_.dialled(std::move(*made), now));
  for (const Slot& slot : repeatable) {
    connection->repeat(slot, now);
  }
  if (rest != nullptr) {
    connection->begin(*rest, now);
  }
  turn();
}

Task<net::Result<std::unique_ptr<SharedConnection>>> UpstreamPipeline::connect() {
  try {
    auto socket = co_await stagecoach::dial(loop_, context_.upstream.for_dial(),
                                            context_.options.connect_timeout,
                                            upstream_greeting(context_.options));
    if (!socket) {
      co_return socket.error();
    }
    SharedConnection::Owner& owner = *this;
    co_return std::make_unique<SharedConnection>(loop_, std::move(*socket), context_, options_,
                                                 owner);
  } catch (const boost::system::system_error& no_room_in_epoll) {
    co_return no_room_in_epoll.code();
  }
}

void UpstreamPipeline::finished(Batch& batch) {
  if (--batch.unanswered == 0) {
    batch.done.set();
  }
}

void UpstreamPipeline::progressed(SharedConnection& connection) {
  const bool has_unsent = connection.has_unsent();
  if (connection.idle() && connection.retired()) {
    { const Core::Pooled closing = take_leased(connection); }
    core_.discarded(loop_.now());
  } else if (connection.idle() && queue_.empty()) {
    give_back(connection);
  }
  if (!queue_.empty() || has_unsent) {
    request_turn();
  }
}

void UpstreamPipeline::handed_back(Batch& batch) { enqueue(batch); }

void UpstreamPipeline::lost(SharedConnection& connection, std::vector<Slot> repeatable,
                            Batch* rest) {
  if (find_leased(connection) == leased_.end()) {
    return;  // it is closed, and will be found so when the pool lends it
  }
  { const Core::Pooled gone = take_leased(connection); }
  if (!repeatable.empty()) {
    add(context_.counters.retries, repeatable.size());
    ++dialling_;
    loop_.spawn(dial(std::move(repeatable), rest));
  } else {
    core_.discarded(loop_.now());
    if (rest != nullptr) {
      enqueue(*rest);
    }
  }
  gauges_.update(core_);
  if (!queue_.empty()) {
    request_turn();
  }
}

void UpstreamPipeline::look(Time now) {
  for (auto& pooled : leased_) {
    pooled.connection->look(now);
  }
  while (!queue_.empty() && now - queue_.front()->queued_at >= wait_timeout_) {
    Batch& batch = *queue_.front();
    queue_.pop_front();
    add(context_.counters.pool_timeouts);
    fail_unsent(batch, dialling_ > 0 ? Failure::upstream_unreachable : Failure::pool_timeout);
  }
  if (!queue_.empty()) {
    request_turn();  // the back-off may be over
  }
  core_.maintain(now);
  while (core_.dial_ahead(now, dialling_)) {
    ++dialling_;
    loop_.spawn(dial({}, nullptr));
  }
  gauges_.update(core_);
}

void UpstreamPipeline::close() {
  core_.close();
  for (; !leased_.empty(); leased_.pop_back()) {
    core_.discarded(loop_.now());
  }
  gauges_.update(core_);
}

void UpstreamPipeline::fail_unsent(Batch& batch, Failure failure) {
  std::size_t failed = 0;
  while (gateway::Exchange* exchange = batch.next()) {
    gateway::fail(*exchange, failure, context_.counters);
    ++failed;
  }
  batch.unanswered -= failed;
  if (batch.unanswered == 0) {
    batch.done.set();
  }
}

void UpstreamPipeline::fail_queue(Failure failure) {
  const std::vector<Batch*> failing(queue_.begin(), queue_.end());
  queue_.clear();
  for (Batch* batch : failing) {
    fail_unsent(*batch, failure);
  }
}

/// What found nothing to do, or is too old to do more.
void UpstreamPipeline::give_back_idle() {
  for (std::size_t i = leased_.size(); i-- > 0;) {
    if (leased_[i].connection->idle()) {
      give_back(*leased_[i].connection);
    }
  }
}

void UpstreamPipeline::give_back(SharedConnection& connection) {
  core_.give_back(take_leased(connection), loop_.now());
  gauges_.update(core_);
}

std::vector<UpstreamPipeline::Core::Pooled>::iterator UpstreamPipeline::find_leased(
    const SharedConnection& connection) {
  return std::ranges::find_if(
      leased_, [&](const Core::Pooled& pooled) { return &*pooled.connection == &connection; });
}

UpstreamPipeline::Core::Pooled UpstreamPipeline::take_leased(const SharedConnection& connection) {
  const auto found = find_leased(connection);
  Core::Pooled pooled = std::move(*found);
  leased_.erase(found);
  return pooled;
}

}  // namespace stagecoach
