#include "common/operations/duration.hpp"

#include <gtest/gtest.h>

namespace stagecoach::operations {
namespace {

using namespace std::chrono_literals;

TEST(ParseDuration, ReadsEveryUnit) {
  EXPECT_EQ(parse_duration("300ms"), 300ms);
  EXPECT_EQ(parse_duration("30s"), 30s);
  EXPECT_EQ(parse_duration("3min"), 3min);
  EXPECT_EQ(parse_duration("2h"), 2h);
  EXPECT_EQ(parse_duration("0"), 0ms);
  EXPECT_EQ(parse_duration("0s"), 0ms);
  EXPECT_EQ(parse_duration("8765h"), 8765h);
}

TEST(ParseDuration, RejectsWhatIsNoDuration) {
  for (const auto text : {"", "s", "5", "00", "-1s", "+1s", "1.5s", "1 s", " 1s", "1s ", "1S", "1m",
                          "1d", "1sec", "0x1s", "8766h", "18446744073709551615h",
                          "18446744073709551616ms", "99999999999999999999s"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(FormatDuration, GivesTheShortestTextThatIsReadTheSameWay) {
  for (const auto text : {"0", "1ms", "1500ms", "30s", "90s", "15min", "2h"}) {
    EXPECT_EQ(format_duration(parse_duration(text).value()), text);
  }
}

}  // namespace
}  // namespace stagecoach::operations
