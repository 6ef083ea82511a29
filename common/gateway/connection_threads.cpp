#include "common/gateway/connection_threads.hpp"

#include <exception>
#include <sys/socket.h>

#include <spdlog/spdlog.h>

#include "common/gateway/drain.hpp"

namespace stagecoach::gateway {

bool ConnectionThreads::start(net::Descriptor& client) {
  join_finished();
  if (is_full()) {
    return false;
  }
  try {
    const auto connection = admit(client);
    // Outside the lock: it takes long, and every ending thread wants the lock.
    connection->thread = std::thread([this, connection] { run(connection); });
  } catch (const std::exception& error) {  // no memory, or no thread
    spdlog::warn("no thread for a connection: {}", error.what());
    if (!client) {
      client = take_back_last();
    }
    return false;
  }
  return true;
}

bool ConnectionThreads::is_full() {
  const std::lock_guard lock(mutex_);
  return live_.size() >= context_.options.max_clients;
}

/// Counts the thread before it runs, because it may ask for the counters.
ConnectionThreads::Connections::iterator ConnectionThreads::admit(net::Descriptor& client) {
  const std::lock_guard lock(mutex_);
  const auto connection = live_.emplace(live_.end(), std::move(client));
  add(context_.counters.threads_started);
  add(context_.counters.connections_open);
  return connection;
}

/// The last one admitted, which has no thread.
net::Descriptor ConnectionThreads::take_back_last() {
  const std::lock_guard lock(mutex_);
  net::Descriptor client = live_.back().client.release();
  live_.pop_back();
  subtract(context_.counters.threads_started);
  subtract(context_.counters.connections_open);
  return client;
}

void ConnectionThreads::run(Connections::iterator connection) {
  try {
    serve_(connection->client);
    close(*connection);
  } catch (const std::exception& error) {
    spdlog::error("an exception ended a connection: {}", error.what());
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
/// If drain() ended the input after the end of the output, Linux would reset the connection at the
/// next byte, and lose undelivered output (tcp_input.c). So from here on drain() skips it.
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
