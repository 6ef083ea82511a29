#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/resp/request_parser.hpp"

namespace stagecoach::resp {

/// Everything that a stream of requests leads to.
struct RequestOutcome {
  std::vector<std::vector<std::string>> requests;          ///< The arguments of each.
  std::string wires;                                       ///< What went upstream.
  ParseStatus end = ParseStatus::incomplete;               ///< The last result of parse().
  std::string error;                                       ///< Empty unless it was malformed.
  bool in_request = false;                                 ///< The stream ended within one.
  bool operator==(const RequestOutcome&) const = default;  ///< So do two ways to cut a stream.
};

/// Feeds a stream to a parser piece by piece, in a buffer that moves each time. For tests.
class RequestFeeder {
 public:
  /// A caller may also drop consumed() bytes after `incomplete`, or not.
  explicit RequestFeeder(bool drops_empty_requests, RequestLimits limits = {})
      : drops_empty_requests_(drops_empty_requests), parser_(limits) {}

  /// Does nothing after an error.
  void feed(std::string_view piece) {
    if (outcome_.end != ParseStatus::incomplete) return;
    buffer_ = std::make_unique<std::string>(*buffer_ + std::string(piece));
    for (;;) {
      outcome_.end = parser_.parse(*buffer_, request_);
      outcome_.in_request = parser_.in_request();
      if (outcome_.end != ParseStatus::complete) break;
      outcome_.requests.emplace_back(request_.args.begin(), request_.args.end());
      outcome_.wires += request_.wire();
      buffer_->erase(0, parser_.consumed());
    }
    if (outcome_.end == ParseStatus::malformed) outcome_.error = parser_.error();
    if (drops_empty_requests_) buffer_->erase(0, parser_.consumed());
  }

  const RequestOutcome& outcome() const { return outcome_; }  ///< Up to the last piece.

 private:
  bool drops_empty_requests_;
  RequestParser parser_;
  Request request_;
  std::unique_ptr<std::string> buffer_ = std::make_unique<std::string>();
  RequestOutcome outcome_;
};

}  // namespace stagecoach::resp
