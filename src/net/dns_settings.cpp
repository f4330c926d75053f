#include "net/dns_settings.hpp"

#include <ares.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "net/resolv_options.hpp"

namespace moontide {
namespace {

/// ares_library_init counts its calls without a lock, and interpreters may live in several threads:
/// so it is called once for all, and, as it holds nothing on POSIX systems, never taken back.
int library_status() noexcept {
  static const int status = ::ares_library_init(ARES_LIB_INIT_ALL);
  return status;
}

}  // namespace

DnsSettings::~DnsSettings() { forget(); }

void DnsSettings::forget() noexcept {
  if (settings_ != nullptr) ::ares_destroy(std::exchange(settings_, nullptr));
}

int DnsSettings::load() noexcept {
  if (const int status = library_status(); status != ARES_SUCCESS) return status;
  ResolvOptions options;
  options.read_file("/etc/resolv.conf");
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

int DnsSettings::open_channel(ares_channeldata*& channel) noexcept {
  if (settings_ == nullptr) {
    if (const int status = load(); status != ARES_SUCCESS) {
      settings_ = nullptr;
      return status;
    }
  }
  return ::ares_dup(&channel, settings_);
}

}  // namespace moontide
