#pragma once

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <string_view>

namespace stagecoach::resp::fuzz {

/// If a property does not hold, the process ends: libFuzzer keeps the input that led there.
inline void check(bool holds, const char* property) {
  if (!holds) {
    std::fprintf(stderr, "does not hold: %s\n", property);
    std::abort();
  }
}

/// Hands the stream to `feed` in pieces that are random, and the same for the same stream.
template <class Feed>
void in_pieces(std::string_view stream, Feed feed) {
  std::minstd_rand random(static_cast<unsigned>(std::hash<std::string_view>{}(stream)));
  while (!stream.empty()) {
    const std::string_view piece = stream.substr(0, 1 + random() % 20);
    feed(piece);
    stream.remove_prefix(piece.size());
  }
}

}  // namespace stagecoach::resp::fuzz
