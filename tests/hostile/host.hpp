#pragma once

#include <dirent.h>
#include <time.h>

#include <cstdlib>
#include <string>

/// What the programs of this directory share.
namespace hostile {

/// Where the scripts are. The build says it, an environment variable overrides it.
inline std::string directory() {
  const char* given = std::getenv("MOONTIDE_HOSTILE_DIRECTORY");
  return given != nullptr ? given : HOSTILE_DIRECTORY;
}

inline int open_descriptors() {
  DIR* entries = ::opendir("/proc/self/fd");
  if (entries == nullptr) return -1;
  int count = 0;
  while (::readdir(entries) != nullptr) ++count;
  ::closedir(entries);
  return count - 3;  // ".", ".." and the directory itself
}

inline double seconds_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// A look-up that nobody waits for any more holds a descriptor until it ends: gives it the time.
/// Returns how many are open.
inline int wait_for_descriptors(int wanted) {
  const double deadline = seconds_now() + 10;
  int open = open_descriptors();
  while (open > wanted && seconds_now() < deadline) open = open_descriptors();
  return open;
}

}  // namespace hostile
