#include "net/dns_message.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <limits>

namespace moontide {
namespace {

constexpr std::size_t kNameBytesMax = 255;  // RFC 1035, 3.1
constexpr int kJumpsMax = 127;              // as many labels as fit into a name
constexpr std::uint16_t kClassInternet = 1;

void append_label(std::string_view label, std::string& name) {
  if (!name.empty()) name += '.';
  for (const char c : label) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '.' || c == '\\') {
      name += '\\';
      name += c;
    } else if (byte <= ' ' || byte >= 0x7f) {
      name += '\\';
      name += static_cast<char>('0' + byte / 100);
      name += static_cast<char>('0' + byte / 10 % 10);
      name += static_cast<char>('0' + byte % 10);
    } else {
      name += c;
    }
  }
}

/// Reads a message from front to back. Once something is missing all that it reads is empty and
/// good() is false.
class Reader {
 public:
  explicit Reader(std::string_view message) noexcept : message_(message), end_(message.size()) {}

  bool good() const noexcept { return good_; }
  std::size_t position() const noexcept { return position_; }
  std::size_t left() const noexcept { return end_ - position_; }

  /// A reader of the next `size` bytes, which may refer to names elsewhere in the message; this one
  /// goes on behind them.
  Reader part(std::size_t size) noexcept {
    Reader inner = *this;
    take(size);
    inner.end_ = position_;
    inner.good_ = good_;
    return inner;
  }

  std::string_view take(std::size_t size) noexcept {
    if (!good_ || size > left()) {
      good_ = false;
      position_ = end_;
      return {};
    }
    position_ += size;
    return message_.substr(position_ - size, size);
  }
  std::uint32_t number(std::size_t bytes) noexcept {
    std::uint32_t value = 0;
    for (const char c : take(bytes)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }
  /// <character-string>, RFC 1035, 3.3.
  std::string_view string() noexcept { return take(number(1)); }

  /// A domain name, RFC 1035, 4.1.4. More pointers than labels are nobody's.
  std::string name() {
    std::string text;
    std::size_t length = 0;
    int jumps = 0;
    Reader reader = *this;
    for (;;) {
      const std::uint32_t size = reader.number(1);
      if (!reader.good_ || size == 0) break;
      if ((size & 0xc0U) == 0xc0U) {
        const std::size_t target = (size & 0x3fU) << 8 | reader.number(1);
        if (jumps == 0) position_ = reader.position_;
        if (!reader.good_ || target >= message_.size() || ++jumps > kJumpsMax) return fail();
        reader.position_ = target;
        reader.end_ = message_.size();
        continue;
      }
      length += size + 1;
      if (size > 63 || length > kNameBytesMax) return fail();
      append_label(reader.take(size), text);
    }
    if (!reader.good_) return fail();
    if (jumps == 0) position_ = reader.position_;
    return text;
  }

 private:
  std::string fail() noexcept {
    good_ = false;
    position_ = end_;
    return {};
  }

  std::string_view message_;
  std::size_t position_ = 0;
  std::size_t end_;
  bool good_ = true;
};

void add_text(DnsRecord& record, const char* name, std::string_view text) {
  record.fields.push_back({name, std::string(text)});
}
void add_number(DnsRecord& record, const char* name, std::uint32_t number) {
  record.fields.push_back({name, {}, number, true});
}

void add_address(DnsRecord& record, int family, std::string_view bytes) {
  char text[INET6_ADDRSTRLEN] = "";
  if (!bytes.empty()) ::inet_ntop(family, bytes.data(), text, sizeof text);
  add_text(record, "address", text);
}

void read_soa(Reader& data, DnsRecord& record) {
  add_text(record, "mname", data.name());
  add_text(record, "rname", data.name());
  for (const char* name : {"serial", "refresh", "retry", "expire", "minimum"}) {
    add_number(record, name, data.number(4));
  }
}

void read_txt(Reader& data, DnsRecord& record) {
  std::string all;
  while (data.good() && data.left() > 0) {
    record.strings.emplace_back(data.string());
    all += record.strings.back();
  }
  add_text(record, "text", all);
}

void read_data(Reader& data, DnsType type, DnsRecord& record) {
  switch (type) {
    case DnsType::A:
      return add_address(record, AF_INET, data.take(sizeof(in_addr)));
    case DnsType::AAAA:
      return add_address(record, AF_INET6, data.take(sizeof(in6_addr)));
    case DnsType::NS:
    case DnsType::CNAME:
    case DnsType::PTR:
      return add_text(record, "target", data.name());
    case DnsType::MX:
      add_number(record, "preference", data.number(2));
      return add_text(record, "exchange", data.name());
    case DnsType::SRV:
      for (const char* name : {"priority", "weight", "port"}) {
        add_number(record, name, data.number(2));
      }
      return add_text(record, "target", data.name());
    case DnsType::CAA:
      add_number(record, "flags", data.number(1));
      add_text(record, "tag", data.string());
      return add_text(record, "value", data.take(data.left()));
    case DnsType::SOA:
      return read_soa(data, record);
    case DnsType::TXT:
      return read_txt(data, record);
  }
}

/// One resource record of any section, RFC 1035, 4.1.3.
struct RawRecord {
  std::string name;
  std::uint32_t type = 0;
  std::uint32_t type_class = 0;
  std::uint32_t ttl = 0;
};

/// RFC 2181, 8: a TTL with the top bit set is zero.
std::uint32_t sane_ttl(std::uint32_t ttl) noexcept { return (ttl >> 31) != 0 ? 0 : ttl; }

Reader read_record(Reader& reader, RawRecord& raw) {
  raw.name = reader.name();
  raw.type = reader.number(2);
  raw.type_class = reader.number(2);
  raw.ttl = sane_ttl(reader.number(4));
  return reader.part(reader.number(2));
}

bool read_answers(Reader& reader, std::uint32_t count, DnsType type, DnsReply& reply) {
  reply.seconds = count > 0 ? std::numeric_limits<std::uint32_t>::max() : 0;
  for (; count > 0 && reader.good(); --count) {
    RawRecord raw;
    Reader data = read_record(reader, raw);
    if (!reader.good()) return false;
    reply.seconds = std::min(reply.seconds, raw.ttl);
    if (raw.type_class != kClassInternet || raw.type != static_cast<std::uint32_t>(type)) continue;
    DnsRecord record;
    record.name = std::move(raw.name);
    record.ttl = raw.ttl;
    read_data(data, type, record);
    if (!data.good()) return false;
    reply.records.push_back(std::move(record));
  }
  return reader.good();
}

/// RFC 2308, 5: the SOA in the authority section says for how long nothing is nothing.
void read_authority(Reader& reader, std::uint32_t count, DnsReply& reply) {
  for (; count > 0 && reader.good(); --count) {
    RawRecord raw;
    Reader data = read_record(reader, raw);
    if (raw.type != static_cast<std::uint32_t>(DnsType::SOA)) continue;
    DnsRecord record;
    read_soa(data, record);
    if (data.good()) reply.negative_seconds = std::min(raw.ttl, record.fields.back().number);
  }
}

}  // namespace

bool parse_dns_reply(std::string_view message, DnsType type, DnsReply& reply) {
  reply = DnsReply();
  Reader reader(message);
  reader.take(4);  // identification and flags: whoever received it has looked at them
  std::uint32_t questions = reader.number(2);
  const std::uint32_t answers = reader.number(2);
  const std::uint32_t authorities = reader.number(2);
  reader.take(2);
  for (; questions > 0 && reader.good(); --questions) {
    reader.name();
    reader.take(4);
  }
  if (!read_answers(reader, answers, type, reply)) {
    reply = DnsReply();
    return false;
  }
  read_authority(reader, authorities, reply);
  return true;
}

std::string reverse_name(const char* address) {
  in_addr v4{};
  if (::inet_pton(AF_INET, address, &v4) == 1) {
    std::string name;
    const auto* bytes = reinterpret_cast<const unsigned char*>(&v4);
    for (int i = 3; i >= 0; --i) name += std::to_string(bytes[i]) + '.';
    return name + "in-addr.arpa";
  }
  in6_addr v6{};
  if (::inet_pton(AF_INET6, address, &v6) != 1) return {};
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string name;
  for (int i = 15; i >= 0; --i) {
    name += kDigits[v6.s6_addr[i] & 15];
    name += '.';
    name += kDigits[v6.s6_addr[i] >> 4];
    name += '.';
  }
  return name + "ip6.arpa";
}

}  // namespace moontide
