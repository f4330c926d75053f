#pragma once

#include <sys/stat.h>

namespace moontide {

/// The files that say how names are found: resolv.conf(5), hosts(5), nsswitch.conf(5).
class NameFiles {
 public:
  /// Whether one of them changed since the last call. The first call says yes.
  bool changed() noexcept;

 private:
  static constexpr int kFiles = 3;
  struct Version {
    dev_t device = 0;
    ino_t file = 0;
    off_t size = -1;
    timespec changed{};
    friend bool operator==(const Version& a, const Version& b) noexcept {
      return a.device == b.device && a.file == b.file && a.size == b.size &&
             a.changed.tv_sec == b.changed.tv_sec && a.changed.tv_nsec == b.changed.tv_nsec;
    }
  };

  static Version version_of(const char* path) noexcept;

  Version versions_[kFiles];
  bool looked_ = false;
};

}  // namespace moontide
