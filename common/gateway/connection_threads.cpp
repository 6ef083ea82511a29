#include "common/gateway/connection_threads.hpp"

#include <exception>
#include <sys/socket.h>

#include <spdlog/spdlog.h>

#include "common/gateway/life.hpp"

namespace stagecoach::gateway {

bool ConnectionThreads::start(net::Descriptor& client) {
  join_finished();
  const std::lock_guard lock(mutex_);
  if (live_.size() >= context_.options.max_clients) {
    return false;
  }
  // Counted before it runs: it may be who asks for the counters.
  add(context_.counters.threads_started);
  add(context_.counters.connections_open);
  Connections starting;
  try {
    const auto connection = starting.emplace(starting.end(), std::move(client));
    connection->thread = std::thread([this, connection] { run(connection); });
  } catch (const std::exception& error) {  // no memory, or no thread
    spdlog::warn("no thread for a connection: {}", error.what());
    if (!starting.empty()) {
      client = starting.front().client.release();
    }
    subtract(context_.counters.threads_started);
    subtract(context_.counters.connections_open);
    return false;
  }
  live_.splice(live_.end(), starting);
  return true;
}

void ConnectionThreads::run(Connections::iterator connection) {
  try {
    serve_(connection->client);
    close(*connection);
  } catch (const std::exception& error) {
    spdlog::error("a connection ended by an exception: {}", error.what());
  }
  net::Socket closing;
  const std::lock_guard lock(mutex_);
  std::swap(closing, connection->client);
  subtract(context_.counters.connections_open);
  add(context_.counters.connections_served);
  finished_.splice(finished_.end(), live_, connection);
  if (live_.empty()) {
    none_left_.notify_all();
  }
}

// [close]
/// Ending the input of a connection whose output has ended would reset it at the next byte that
/// comes, with what is not delivered yet (Linux, tcp_input.c): from here on drain() passes it over.
void ConnectionThreads::close(Connection& connection) {
  {
    const std::lock_guard lock(mutex_);
    connection.closing = true;
  }
  if (context_.draining) {
    net::await_delivery(connection.client, linger_timeout);
  }
  net::linger(connection.client, linger_timeout);
}
// [close]

// [drain]
void ConnectionThreads::drain() {
  context_.draining = true;
  std::unique_lock lock(mutex_);
  for (auto& connection : live_) {
    if (!connection.closing) {
      ::shutdown(connection.client.native_handle(), SHUT_RD);
    }
  }
  const auto timeout = context_.options.drain_timeout;
  if (!none_left_.wait_for(lock, timeout, [this] { return live_.empty(); })) {
    exit_undrained(live_.size());
  }
  lock.unlock();
  join_finished();
}
// [drain]

void ConnectionThreads::join_finished() {
  Connections finished;
  {
    const std::lock_guard lock(mutex_);
    finished.swap(finished_);
  }
  for (auto& connection : finished) {
    connection.thread.join();
  }
}

}  // namespace stagecoach::gateway
