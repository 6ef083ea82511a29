#include "common/resp/encode.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace stagecoach::resp {
namespace {

TEST(Encode, AppendsEachElementInItsForm) {
  std::string out;
  append_simple(out, "OK");
  append_integer(out, std::numeric_limits<std::int64_t>::min());
  append_integer(out, std::numeric_limits<std::int64_t>::max());
  append_bulk(out, "");
  append_bulk(out, std::string_view("\r\n\0", 3));
  append_null(out);
  append_array(out, 0);
  append_array(out, std::numeric_limits<std::size_t>::max());
  using namespace std::string_literals;
  EXPECT_EQ(out,
            "+OK\r\n"
            ":-9223372036854775808\r\n"
            ":9223372036854775807\r\n"
            "$0\r\n\r\n"
            "$3\r\n\r\n\0\r\n"
            "$-1\r\n"
            "*0\r\n"
            "*18446744073709551615\r\n"s);
}

TEST(Encode, AnErrorStaysOneLine) {
  std::string out;
  append_error(out, "ERR unknown command 'a\r\n+OK\r\n'");
  EXPECT_EQ(out, "-ERR unknown command 'a  +OK  '\r\n");
}

TEST(Encode, ARequestIsAnArrayOfBulkStrings) {
  EXPECT_EQ(request({"SET", "key", ""}), "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$0\r\n\r\n");

  std::string out = request({"PING"});
  append_request(out, std::array<std::string_view, 2>{"GET", "key"});
  EXPECT_EQ(out, "*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n");
}

}  // namespace
}  // namespace stagecoach::resp
