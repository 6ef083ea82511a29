#include "common/gateway/thread_stack.hpp"

#include <pthread.h>
#include <thread>

#include <gtest/gtest.h>

#include "common/testing/sanitized.hpp"

namespace stagecoach::gateway {
namespace {

std::size_t stack_of_a_new_thread() {
  std::size_t bytes = 0;
  std::jthread([&] {
    pthread_attr_t attributes;
    ::pthread_getattr_np(::pthread_self(), &attributes);
    ::pthread_attr_getstacksize(&attributes, &bytes);
    ::pthread_attr_destroy(&attributes);
  }).join();
  return bytes;
}

TEST(ThreadStack, IsAsLargeAsItIsToldFromThenOn) {
  if (testing::sanitized) {
    GTEST_SKIP() << "a sanitizer's threads have larger stacks";
  }
  for (const std::size_t bytes : {8 * 1024 * 1024UL, thread_stack_bytes}) {
    set_thread_stacks(bytes);
    EXPECT_EQ(stack_of_a_new_thread(), bytes);
  }
}

}  // namespace
}  // namespace stagecoach::gateway
