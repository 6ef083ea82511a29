#include "common/origin/transaction.hpp"

#include <utility>

#include "common/resp/encode.hpp"

namespace stagecoach::origin {

void Transaction::execute(Store::Args args, std::string& reply) {
  const bool open = state_ != State::none;
  const auto is = [&](std::string_view command) {
    return args.size() == 1 && equals_ignoring_case(args[0], command);
  };
  if (is("multi")) {
    if (open) return resp::append_error(reply, "ERR MULTI calls can not be nested");
    state_ = State::open;
    return resp::append_simple(reply, "OK");
  }
  if (is("exec")) {
    if (!open) return resp::append_error(reply, "ERR EXEC without MULTI");
    return end(reply);
  }
  if (is("discard")) {
    if (!open) return resp::append_error(reply, "ERR DISCARD without MULTI");
    queued_.clear();
    state_ = State::none;
    return resp::append_simple(reply, "OK");
  }
  open ? queue(args, reply) : store_.execute(args, reply);
}

void Transaction::queue(Store::Args args, std::string& reply) {
  if (!Store::accepts(args, reply)) {
    state_ = State::failed;
    return;
  }
  queued_.emplace_back(args.begin(), args.end());
  resp::append_simple(reply, "QUEUED");
}

void Transaction::end(std::string& reply) {
  const auto commands = std::exchange(queued_, {});
  if (std::exchange(state_, State::none) == State::failed) {
    return resp::append_error(reply, "EXECABORT Transaction discarded because of previous errors.");
  }
  resp::append_array(reply, commands.size());
  for (const auto& command : commands) {
    store_.execute(std::vector<std::string_view>(command.begin(), command.end()), reply);
  }
}

}  // namespace stagecoach::origin
