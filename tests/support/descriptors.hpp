#pragma once

#include <sys/resource.h>
#include <sys/time.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <vector>

#include "base/fd.hpp"

namespace moontide::test {

/// How many descriptors the process has open (one of them is of the counting itself).
inline std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
}

/// How many of them are queues of events.
inline std::ptrdiff_t open_event_queues() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return std::count_if(begin(all), end(all), [](const auto& entry) {
    std::error_code gone;  // the one that counts
    return read_symlink(entry.path(), gone) == "anon_inode:[eventpoll]";
  });
}

/// While it lives, the process can open no further descriptor.
class DescriptorFamine {
 public:
  DescriptorFamine() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    // The limit is on the numbers: the next free one is the first that must not be given out.
    const Fd next(::dup(0));
    rlimit tight = before_;
    tight.rlim_cur = static_cast<rlim_t>(next.get());
    ::setrlimit(RLIMIT_NOFILE, &tight);
  }
  DescriptorFamine(const DescriptorFamine&) = delete;
  DescriptorFamine& operator=(const DescriptorFamine&) = delete;
  ~DescriptorFamine() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

}  // namespace moontide::test
