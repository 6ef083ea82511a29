#pragma once

#include <cstddef>

#include <boost/asio/io_context.hpp>

#include "bench/load/connection.hpp"
#include "bench/load/schedule.hpp"
#include "bench/load/tally.hpp"
#include "bench/load/workload.hpp"

namespace stagecoach::bench {

/// Runs so many connections until there are no more requests.
void drive(boost::asio::io_context& io, Run run, std::size_t connections, Tally& tally);

/// Runs so many connections until all requests of the schedule are answered, at the latest
/// `run.timeout` after its end. Requests that could not be sent by then are errors.
void drive_on_schedule(boost::asio::io_context& io, Run run, std::size_t connections,
                       Workload& workload, Schedule& schedule, Tally& tally);

}  // namespace stagecoach::bench
