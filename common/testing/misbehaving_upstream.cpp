#include "common/testing/misbehaving_upstream.hpp"

#include <thread>

#include "common/resp/encode.hpp"

namespace stagecoach::testing {

MisbehavingUpstream::MisbehavingUpstream(const Misbehaviour& misbehaviour)
    : misbehaviour_(misbehaviour),
      generator_(misbehaviour.seed),
      upstream_([this](ScriptedConnection& connection) { serve(connection); }) {}

void MisbehavingUpstream::serve(ScriptedConnection& connection) {
  while (connection.wait_for_request()) {
    const Fault fault = draw();
    if (fault == Fault::close_before || fault == Fault::close_during) {
      if (fault == Fault::close_during) connection.read_bytes(1 + random(10));
      return;
    }
    const auto request = connection.read_request();
    if (!request || !answer(connection, *request, fault)) return;
  }
}

/// False: the connection is to be closed.
bool MisbehavingUpstream::answer(ScriptedConnection& connection,
                                 const std::vector<std::string>& request, Fault fault) {
  static constexpr std::string_view garbage[] = {"!5\r\nhello\r\n", "$x\r\n", "HTTP/1.1 400\r\n",
                                                 "*2\r\n$3\r\nabc\r\n?"};
  note_write(request);
  std::string reply;
  resp::append_bulk(reply, request.at(1));
  switch (fault) {
    case Fault::late:
      pause(2 * static_cast<unsigned>(misbehaviour_.patience.count()));
      break;
    case Fault::extra:
      reply += misbehaviour_.extra_replies ? "+extra\r\n" : "extra\r\n";
      break;
    case Fault::half:
      connection.write(reply.substr(0, 1 + random(static_cast<unsigned>(reply.size()) - 2)));
      return false;
    case Fault::garbage:
      reply = garbage[random(std::size(garbage) - 1)];
      break;
    case Fault::split:
      for (const char byte : reply) connection.write({&byte, 1});
      reply.clear();
      break;
    case Fault::close_after:
      return false;
    default:
      break;
  }
  connection.write(reply);
  if (request[0] == "TWICE") {
    pause(3);
    connection.write("+second\r\n");
  }
  return true;
}

void MisbehavingUpstream::note_write(const std::vector<std::string>& request) {
  const std::lock_guard lock(mutex_);
  if (request[0] != "GET" && !written_.insert(request.at(1)).second) {
    ++repeated_writes_;
  }
}

Fault MisbehavingUpstream::draw() {
  if (behaves_ || random(misbehaviour_.one_in - 1) != 0) {
    return Fault::none;
  }
  const auto drawn = random(static_cast<unsigned>(Fault::none) - 1);
  ++committed_[drawn];
  return static_cast<Fault>(drawn);
}

/// From 0 to `most`.
unsigned MisbehavingUpstream::random(unsigned most) {
  const std::lock_guard lock(mutex_);
  return std::uniform_int_distribution<unsigned>(0, most)(generator_);
}

void MisbehavingUpstream::pause(unsigned most_milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(random(most_milliseconds)));
}

}  // namespace stagecoach::testing
