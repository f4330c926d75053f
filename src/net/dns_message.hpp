#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace moontide {

/// The types of records that can be asked for, and their numbers (RFC 1035, 3.2.2; RFC 3596; RFC
/// 2782; RFC 8659).
#define MOONTIDE_DNS_TYPES(X) \
  X(A, 1)                     \
  X(NS, 2)                    \
  X(CNAME, 5)                 \
  X(SOA, 6)                   \
  X(PTR, 12)                  \
  X(MX, 15)                   \
  X(TXT, 16)                  \
  X(AAAA, 28)                 \
  X(SRV, 33)                  \
  X(CAA, 257)

enum class DnsType : std::uint16_t {
#define X(name, number) name = (number),
  MOONTIDE_DNS_TYPES(X)
#undef X
};

/// One piece of a record's data under the name that its RFC gives it: a text or a number.
struct DnsField {
  const char* name;
  std::string text;
  std::uint32_t number = 0;
  bool is_number = false;
};

struct DnsRecord {
  std::string name;  ///< Of its owner; without the final dot, like all names here.
  std::uint32_t ttl = 0;
  std::vector<DnsField> fields;
  std::vector<std::string> strings;  ///< TXT: the strings one by one (RFC 1035, 3.3.14).
};

/// What a name server said about one type.
struct DnsReply {
  std::vector<DnsRecord> records;
  std::uint32_t seconds = 0;  ///< The smallest TTL of the answer, of aliases on the way too.
  /// For how long it counts that there is none (RFC 2308, 5); 0 when the server does not say.
  std::uint32_t negative_seconds = 0;
};

/// Reads the records of `type` in a reply (RFC 1035, 4). Whatever bytes come, it neither reads past
/// them nor works longer than in proportion to them. False when it is malformed. Names are written
/// as in RFC 1035, 5.1: odd bytes as \DDD. Throws std::bad_alloc.
bool parse_dns_reply(std::string_view message, DnsType type, DnsReply& reply);

/// The name under which an address has its PTR record (RFC 1035, 3.5; RFC 3596, 2.5), or nothing
/// when the text is no numeric address. Throws std::bad_alloc.
std::string reverse_name(const char* address);

}  // namespace moontide
