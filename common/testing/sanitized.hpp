#pragma once

namespace stagecoach::testing {

/// Sanitizers need memory and time of their own: under them no figure of memory is checked, values
/// are small, and what is done a thousand times is done less often.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

}  // namespace stagecoach::testing
