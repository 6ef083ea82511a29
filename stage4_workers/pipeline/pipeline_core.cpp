#include "stage4_workers/pipeline/pipeline_core.hpp"

#include <algorithm>
#include <utility>

namespace stagecoach {

using gateway::add;
using gateway::Failure;

PipelineCore::PipelineCore(gateway::Context& context, const PoolOptions& pool,
                           const WorkerOptions& options, std::uint32_t seed)
    : context_(context),
      options_(options),
      wait_timeout_(pool.wait_timeout),
      pool_(pool, seed,
            [&context](const auto& shared) { return context.upstream.has_left(shared->peer()); }),
      gauges_(context.counters) {}

void PipelineCore::submit(Submission& submission, Time now) {
  const std::size_t limit = options_.max_in_flight == 0 ? SIZE_MAX : options_.max_in_flight;
  submission.admit(limit, context_.counters);
  if (!submission.done()) {
    queue(submission, now);
  }
}

void PipelineCore::queue(Submission& submission, Time now) {
  submission.queued_at = now;
  queue_.push_back(&submission);
  wants_turn_ = true;
}

// [turn]
void PipelineCore::turn(Time now) {
  wants_turn_ = false;
  for (auto& pooled : leased_) {
    pooled.connection->send_rest(now);
    if (!pool_.is_retired(pooled, now)) {
      fill(*pooled.connection, now);
    }
  }
  for (std::size_t i = leased_.size(); i-- > 0;) {
    if (leased_[i].connection->idle()) {  // found nothing to do, or may do no more
      release(leased_.begin() + static_cast<std::ptrdiff_t>(i), now);
    }
  }
  while (!queue_.empty() && lease_another(now)) {
  }
  gauges_.update(pool_);
}
// [turn]

void PipelineCore::fill(SharedConnection& connection, Time now) {
  while (!queue_.empty() && connection.takes(*queue_.front())) {
    connection.begin(*queue_.front(), now);
    queue_.pop_front();
  }
}

/// Finds another connection for the queue. False if there is none now.
bool PipelineCore::lease_another(Time now) {
  if (pool_.idle() == 0 && dialling_ * options_.pipeline_depth >= queue_.size()) {
    return false;
  }
  auto& counters = context_.counters;
  Pool::Grant grant = pool_.ask(now);
  if (grant.answer == Pool::Answer::take) {
    if (!grant.pooled->connection->open()) {
      add(counters.pool_stale);
      pool_.discarded(now);
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
    add(counters.pool_waits, grant.answer == Pool::Answer::wait ? 1 : 0);
  }
  if (grant.answer == Pool::Answer::dial) {
    order_dial();
    return true;
  }
  if (grant.answer != Pool::Answer::wait) {
    fail_queue(Failure::upstream_unreachable);
  }
  return false;
}

void PipelineCore::order_dial() {
  ++dialling_;
  ++dials_ordered_;
}

void PipelineCore::dialled(std::shared_ptr<SharedConnection> connection, Time now) {
  --dialling_;
  SharedConnection& fresh = *connection;
  leased_.push_back(pool_.dialled(std::move(connection), now));
  if (!retries_.empty()) {
    for (Submission* submission : retries_.front()) {
      fresh.takes(*submission) ? fresh.begin(*submission, now) : queue(*submission, now);
    }
    retries_.pop_front();
  }
  wants_turn_ = true;
}

void PipelineCore::dial_failed(Time now) {
  --dialling_;
  add(context_.counters.upstream_dial_errors);
  pool_.dial_failed(now);
  if (retries_.size() > dialling_) {  // each needs a dial
    for (Submission* submission : retries_.front()) {
      submission->fail_unsent(Failure::upstream_unreachable);
    }
    retries_.pop_front();
  }
  if (leased_.empty()) {
    fail_queue(Failure::upstream_unreachable);
  }
  gauges_.update(pool_);
}

// [received]
void PipelineCore::received(SharedConnection& connection, std::string_view bytes, Time now) {
  if (connection.receive(bytes)) {
    settle(connection, now);
  } else {
    lost(connection, Failure::upstream_protocol, now);
  }
}
// [received]

/// After anything happened on a connection: it may be free for others, or retired.
void PipelineCore::settle(SharedConnection& connection, Time now) {
  if (Submission* const submission = connection.hand_back()) {
    queue(*submission, now);
  }
  const Leased leased = find(connection);
  if (leased == leased_.end()) {
    return;  // given back, or closed
  }
  if (connection.idle() && (connection.retired() || queue_.empty())) {
    release(leased, now);
  }
  wants_turn_ = wants_turn_ || !queue_.empty() || connection.has_unsent();
}

void PipelineCore::closed(SharedConnection& connection, Time now) {
  if (connection.open()) {
    lost(connection, Failure::upstream_closed, now);
  }
}

void PipelineCore::lost(SharedConnection& connection, Failure failure, Time now) {
  SharedConnection::Lost lost = connection.lose(failure);
  const Leased leased = find(connection);
  if (leased == leased_.end()) {
    return;  // idle: the pool finds it closed when it lends it
  }
  if (lost.repeats > 0) {
    leased_.erase(leased);  // its slot in the pool goes to the one dialled instead
    add(context_.counters.retries, lost.repeats);
    for (Submission* submission : lost.submissions) {
      submission->repeated = true;
    }
    retries_.push_back(std::move(lost.submissions));
    order_dial();
  } else {
    release(leased, now);
    for (Submission* submission : lost.submissions) {
      queue(*submission, now);
    }
  }
  wants_turn_ = true;
}

void PipelineCore::check_deadlines(Time now) {
  for (std::size_t i = leased_.size(); i-- > 0;) {
    const auto connection = leased_[i].connection;
    connection->check_deadlines(now);
    if (connection->overdue(now)) {
      lost(*connection, Failure::upstream_timeout, now);
    } else {
      settle(*connection, now);
    }
  }
  if (!queue_.empty() && now - queue_.front()->queued_at >= wait_timeout_ / 2) {
    give_up_one();
  }
  while (!queue_.empty() && now - queue_.front()->queued_at >= wait_timeout_) {
    Submission& submission = *queue_.front();
    queue_.pop_front();
    add(context_.counters.pool_timeouts);
    submission.fail_unsent(dialling_ > 0 ? Failure::upstream_unreachable : Failure::pool_timeout);
  }
  wants_turn_ = wants_turn_ || !queue_.empty();  // the back-off may be over
  pool_.maintain(now);
  while (pool_.dial_ahead(now, dialling_)) {
    order_dial();
    wants_turn_ = true;
  }
  gauges_.update(pool_);
}

/// Others wait for a connection: one that a slow client holds up goes on without that client.
void PipelineCore::give_up_one() {
  const auto held_up = [](const Pool::Pooled& pooled) { return pooled.connection->held_up(); };
  const Leased leased = std::ranges::find_if(leased_, held_up);
  if (leased != leased_.end()) {
    leased->connection->give_up();
  }
}

void PipelineCore::close(Time now) {
  pool_.close();
  for (; take_dial(); --dialling_) {
    pool_.discarded(now);
  }
  while (!leased_.empty()) {
    release(leased_.end() - 1, now);
  }
  gauges_.update(pool_);
}

void PipelineCore::fail_queue(Failure failure) {
  for (; !queue_.empty(); queue_.pop_front()) {
    queue_.front()->fail_unsent(failure);
  }
}

/// It carries nothing: it goes back to the pool, or is closed.
void PipelineCore::release(Leased leased, Time now) {
  Pool::Pooled pooled = std::move(*leased);
  leased_.erase(leased);
  if (pooled.connection->retired()) {
    pooled.connection.reset();
    pool_.discarded(now);
  } else {
    pool_.give_back(std::move(pooled), now);
  }
  gauges_.update(pool_);
}

PipelineCore::Leased PipelineCore::find(const SharedConnection& connection) {
  return std::ranges::find_if(
      leased_, [&](const Pool::Pooled& pooled) { return pooled.connection.get() == &connection; });
}

}  // namespace stagecoach
