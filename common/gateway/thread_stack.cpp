#include "common/gateway/thread_stack.hpp"

#include <pthread.h>

namespace stagecoach::gateway {

// [stack]
void set_thread_stacks(std::size_t bytes) {
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, bytes);
  ::pthread_setattr_default_np(&attributes);
  ::pthread_attr_destroy(&attributes);
}
// [stack]

}  // namespace stagecoach::gateway
