#include "net/resolver_config.hpp"

#include <ares.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "net/resolv_options.hpp"

namespace moontide {
namespace {

constexpr const char* kPaths[] = {"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf"};

/// ares_library_init counts its calls without a lock, and interpreters may live in several threads:
/// so it is called once for all, and, as it holds nothing on POSIX systems, never taken back.
int library_status() noexcept {
  static const int status = ::ares_library_init(ARES_LIB_INIT_ALL);
  return status;
}

}  // namespace

ResolverConfig::~ResolverConfig() { forget(); }

void ResolverConfig::forget() noexcept {
  if (settings_ != nullptr) ::ares_destroy(std::exchange(settings_, nullptr));
}

ResolverConfig::Version ResolverConfig::version_of(const char* path) noexcept {
  struct stat status {};
  if (::stat(path, &status) != 0) return {};
  return {status.st_dev, status.st_ino, status.st_size, status.st_mtim};
}

bool ResolverConfig::refresh() noexcept {
  bool changed = !looked_;
  looked_ = true;
  for (int i = 0; i < kFiles; ++i) {
    const Version version = version_of(kPaths[i]);
    if (version == versions_[i]) continue;
    versions_[i] = version;
    changed = true;
  }
  if (changed) forget();
  return changed;
}

int ResolverConfig::load() noexcept {
  if (const int status = library_status(); status != ARES_SUCCESS) return status;
  ResolvOptions options;
  options.read_file(kPaths[0]);
  if (const char* words = std::getenv("RES_OPTIONS")) options.read(words);
  asks_servers_ = options.attempts > 0;
  ares_options settings{};
  settings.tries = std::max(options.attempts, 1);
  settings.timeout = std::max(options.timeout_seconds, 1) * 1000;
  char files_only[] = "f";
  settings.lookups = files_only;
  const int mask = ARES_OPT_TRIES | ARES_OPT_TIMEOUTMS | (asks_servers_ ? 0 : ARES_OPT_LOOKUPS);
  const int status = ::ares_init_options(&settings_, &settings, mask);
  if (status != ARES_SUCCESS || servers_ == nullptr) return status;
  return ::ares_set_servers_ports_csv(settings_, servers_);
}

int ResolverConfig::open_channel(ares_channeldata*& channel) noexcept {
  if (settings_ == nullptr) {
    if (const int status = load(); status != ARES_SUCCESS) {
      settings_ = nullptr;
      return status;
    }
  }
  return ::ares_dup(&channel, settings_);
}

}  // namespace moontide
