#include "common/gateway/password.hpp"

#include <string>

#include <gtest/gtest.h>

namespace stagecoach::gateway {
namespace {

TEST(IsPassword, TakesTheWholePasswordAndNothingElse) {
  EXPECT_TRUE(is_password("secret", "secret"));
  for (const std::string given :
       {"", "s", "secre", "secres", "Secret", "secretsecret", "secret "}) {
    EXPECT_FALSE(is_password(given, "secret")) << given;
  }
  EXPECT_FALSE(is_password(std::string("secret\0", 7), "secret"));
}

}  // namespace
}  // namespace stagecoach::gateway
