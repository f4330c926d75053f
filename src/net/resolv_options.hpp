#pragma once

#include <string_view>

namespace moontide {

/// The options of resolv.conf(5) that say how long to wait for name servers, with the defaults and
/// bounds of the C library. c-ares reads the rest of the file, but not these.
struct ResolvOptions {
  int timeout_seconds = 5;  ///< For one server, before the next try.
  int attempts = 2;         ///< 0 forbids to ask any.

  /// Reads options between blanks, as after the word "options" or in RES_OPTIONS; unknown ones are
  /// nobody's mistake.
  void read(std::string_view options) noexcept;
  /// Reads the lines of a resolv.conf that begin with "options".
  void read_file(const char* path) noexcept;
};

}  // namespace moontide
