#pragma once

#include <cstddef>
#include <cstring>

#include "moontide/moontide.h"
#include "net/dns_client.hpp"

namespace moontide {

/// What native_names.so shows to native.so, under the name `moontide_dns_module`. They share
/// structures, so they have to be of one build; an update of files may come between.
struct DnsModule {
  static constexpr char kMark[] = "moontide names " MOONTIDE_VERSION;
  static constexpr std::size_t kSharedBytes[] = {sizeof(NameRequest), sizeof(NameAnswer),
                                                 sizeof(NameQuestion), sizeof(DnsRecord),
                                                 sizeof(Address)};

  char mark[sizeof kMark];
  std::size_t shared_bytes[5];
  Result<DnsClientPtr> (*make_client)(const char* servers) noexcept;

  bool is_of_this_build() const noexcept {
    return std::memcmp(mark, kMark, sizeof kMark) == 0 &&
           std::memcmp(shared_bytes, kSharedBytes, sizeof kSharedBytes) == 0;
  }
};

}  // namespace moontide
