// Replies of name servers from any bytes: reading them ends, keeps to the message, gives records of
// the type that was asked for only in a reply that is well formed, and its names have the form of a
// text.
#include <algorithm>
#include <iterator>
#include <string_view>

#include "net/dns_message.hpp"
#include "support/fuzz_input.hpp"

namespace {

using moontide::DnsField;
using moontide::DnsRecord;
using moontide::DnsReply;
using moontide::DnsType;
using moontide::test::require;

constexpr DnsType kTypes[] = {
#define X(name, number) DnsType::name,
    MOONTIDE_DNS_TYPES(X)
#undef X
};

/// A name of 255 bytes at most (RFC 1035, 2.3.4), each of which is written as \DDD at worst.
constexpr std::size_t kNameTextMax = 255 * 4;

void check_record(const DnsRecord& record, std::size_t message_size) {
  require(record.name.size() <= kNameTextMax, "the name of a record is no longer than names are");
  std::size_t bytes = 0;
  for (const DnsField& field : record.fields) {
    require(field.name != nullptr, "a field has a name");
    require(!field.is_number || field.text.empty(), "a field is a text or a number");
  }
  for (const auto& text : record.strings) bytes += text.size();
  require(bytes <= message_size, "the strings of a record came in the message");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  for (const DnsType type : kTypes) {
    DnsReply reply;
    if (!moontide::parse_dns_reply(message, type, reply)) continue;
    // A record has eleven bytes at least: a name of one, type, class, TTL and length.
    require(reply.records.size() * 11 <= size, "there are no more records than fit");
    for (const DnsRecord& record : reply.records) check_record(record, size);
  }
  return 0;
}
