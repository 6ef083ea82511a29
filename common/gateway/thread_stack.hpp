#pragma once

#include <cstddef>

namespace stagecoach::gateway {

/// The stack of a thread of the stages, in bytes; docs/pages/stage1.md says how much of it is used.
/// thread_local data lies in it, too.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t thread_stack_bytes = 8 * 1024 * 1024;  // for a sanitizer's state, too
#else
constexpr std::size_t thread_stack_bytes = 256 * 1024;
#endif

/// Gives every thread that starts from now on a stack of `bytes` instead of `ulimit -s`, which is
/// 8 MiB on most systems. glibc keeps the stacks of ended threads for the next ones, but at most
/// 40 MiB; more are unmapped, and mapped anew. Sources: pthread_setattr_default_np(3);
/// glibc's manual, tunable glibc.pthread.stack_cache_size.
void set_thread_stacks(std::size_t bytes);

}  // namespace stagecoach::gateway
