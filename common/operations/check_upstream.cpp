#include "common/operations/check_upstream.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include "common/gateway/upstream.hpp"
#include "common/net/deadline.hpp"
#include "common/resp/encode.hpp"
#include "common/resp/reply_scanner.hpp"
#include "common/resp/request_parser.hpp"

namespace stagecoach::operations {
namespace {

constexpr net::Timeout longest_wait{1000};

/// So many replies, or as many as came complete and in time.
std::vector<std::string> read_replies(net::Socket& upstream, std::size_t count,
                                      const net::Deadline& deadline) {
  constexpr std::size_t longest = 4096;
  std::vector<std::string> replies;
  std::string reply;
  resp::ReplyScanner scanner;
  std::array<char, longest> chunk;
  while (replies.size() < count && !deadline.expired()) {
    const auto received = upstream.read_some(chunk, deadline.left());
    if (!received || *received == 0) {
      break;
    }
    for (std::string_view bytes(chunk.data(), *received); !bytes.empty();) {
      const auto [status, used] = scanner.scan(bytes);
      reply.append(bytes.substr(0, used));
      bytes.remove_prefix(used);
      if (status == resp::ScanStatus::malformed || reply.size() > longest) {
        return replies;
      }
      if (status == resp::ScanStatus::complete) {
        replies.push_back(std::exchange(reply, {}));
      }
    }
  }
  return replies;
}

/// The value in a reply to CONFIG GET; empty if the reply is something else.
std::string value_of(std::string_view setting, const std::string& reply) {
  resp::RequestParser parser;  // an array of two bulk strings looks like a request
  resp::Request pair;
  const bool is_pair = parser.parse(reply, pair) == resp::ParseStatus::complete &&
                       pair.args.size() == 2 && pair.args[0] == setting;
  return is_pair ? std::string(pair.args[1]) : "";
}

/// The largest number if the text is none.
std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && rest == end ? value : std::numeric_limits<std::uint64_t>::max();
}

/// "normal 1048576 0 0 slave …": the hard limit, the soft one, and its seconds. 0: no limit.
bool limits_normal_clients(const std::string& classes) {
  std::istringstream words(classes);
  std::string word;
  while (words >> word && word != "normal") {
  }
  std::uint64_t hard = 0;
  std::uint64_t soft = 0;
  words >> hard >> soft;
  return hard != 0 || soft != 0;
}

/// A setting by which the upstream may close a connection.
struct Limit {
  std::string_view setting;
  bool (*can_be_reached)(const std::string& value, std::size_t max_bulk_bytes);
  std::string_view by;
  std::string_view remedy;
};

constexpr std::string_view fit_bulks = "raise it, or lower --max-bulk-bytes";

constexpr Limit limits[] = {
    {"proto-max-bulk-len",
     [](const std::string& value, std::size_t bulk) { return number(value) < bulk; }, "request",
     fit_bulks},
    {"client-query-buffer-limit",
     [](const std::string& value, std::size_t bulk) { return number(value) < bulk + 2; },  // CRLF
     "request", fit_bulks},
    {"client-output-buffer-limit",
     [](const std::string& value, std::size_t) { return limits_normal_clients(value); }, "reply",
     "set it to normal 0 0 0"},
    {"maxmemory-clients",  // in bytes, or as a percentage of maxmemory
     [](const std::string& value, std::size_t) { return value[0] >= '1' && value[0] <= '9'; },
     "request or reply", "set it to 0"},
};

/// Takes at most --connect-timeout, and at most longest_wait.
void warn_of_closing_limits(net::Socket& upstream, const std::string& name,
                            const gateway::Options& options) {
  const net::Deadline deadline(std::min(options.connect_timeout, longest_wait));
  std::string requests;
  for (const auto& limit : limits) {
    requests += resp::request({"CONFIG", "GET", limit.setting});
  }
  if (upstream.write_all(requests, deadline.left()).error) {
    return;
  }
  const auto replies = read_replies(upstream, std::size(limits), deadline);
  for (std::size_t i = 0; i < replies.size(); ++i) {
    const auto& limit = limits[i];
    const auto value = value_of(limit.setting, replies[i]);
    if (!value.empty() && limit.can_be_reached(value, options.max_bulk_bytes)) {
      spdlog::warn(
          "upstream {}: {} is {}: one client's large {} closes a connection that others share; {}",
          name, limit.setting, value.substr(0, value.find(" slave ")), limit.by, limit.remedy);
    }
  }
}

}  // namespace

void check_upstream(gateway::Context& context) {
  const std::string& name = context.options.upstream;
  auto upstream = gateway::try_upstream(context);
  if (!upstream && upstream.error() == gateway::upstream_refused_password()) {
    spdlog::warn("upstream {} refuses the password of --upstream-password-file", name);
  } else if (!upstream) {
    spdlog::warn("upstream {} cannot be reached yet: {}", name, upstream.error().message());
  } else {
    warn_of_closing_limits(*upstream, name, context.options);
  }
}

}  // namespace stagecoach::operations
