#pragma once

namespace stagecoach::testing {

/// Sanitizers take memory and time. With them no figure of memory is checked, values are small, and
/// what is repeated a thousand times is repeated less often.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

}  // namespace stagecoach::testing
