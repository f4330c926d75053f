#include "net/name_files.hpp"

namespace moontide {
namespace {

constexpr const char* kPaths[] = {"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf"};

}  // namespace

NameFiles::Version NameFiles::version_of(const char* path) noexcept {
  struct stat status {};
  if (::stat(path, &status) != 0) return {};
  return {status.st_dev, status.st_ino, status.st_size, status.st_mtim};
}

bool NameFiles::changed() noexcept {
  bool changed = !looked_;
  looked_ = true;
  for (int i = 0; i < kFiles; ++i) {
    const Version version = version_of(kPaths[i]);
    if (version == versions_[i]) continue;
    versions_[i] = version;
    changed = true;
  }
  return changed;
}

}  // namespace moontide
