#include "net/system_question.hpp"

#include <netdb.h>

#include <cerrno>
#include <new>

namespace moontide {
namespace {

/// Where the re-entrant look-ups put what a hostent points to. It grows until that fits.
class HostBuffer {
 public:
  char* data() noexcept { return bytes_.data(); }
  std::size_t size() const noexcept { return bytes_.size(); }
  /// False when it is as large as can be.
  bool grow() {
    if (bytes_.size() >= kBytesMax) return false;
    bytes_.resize(bytes_.size() * 2);
    return true;
  }

 private:
  static constexpr std::size_t kBytesMin = 1024;
  static constexpr std::size_t kBytesMax = 1 << 20;  // far above what fits into a DNS message
  std::vector<char> bytes_ = std::vector<char>(kBytesMin);
};

void copy_host(const hostent& found, NameAnswer& answer) {
  answer.name = found.h_name;
  for (char** alias = found.h_aliases; alias != nullptr && *alias != nullptr; ++alias) {
    answer.aliases.emplace_back(*alias);
  }
  for (char** bytes = found.h_addr_list; bytes != nullptr && *bytes != nullptr; ++bytes) {
    if (found.h_addrtype == AF_INET) answer.addresses.push_back(host_address(AF_INET, *bytes));
  }
}

/// Runs `ask(hostent*, buffer, size, hostent**, h_errno*)`, one of the re-entrant look-ups.
template <class Ask>
void look_up_host(NameAnswer& answer, Ask ask) {
  HostBuffer buffer;
  for (;;) {
    hostent storage{};
    hostent* found = nullptr;
    int reason = NETDB_INTERNAL;
    const int code = ask(&storage, buffer.data(), buffer.size(), &found, &reason);
    if (code == ERANGE && buffer.grow()) continue;
    if (code == 0 && found != nullptr) return copy_host(*found, answer);
    answer.failure = Error{Errc::resolver_host, reason};
    return;
  }
}

void look_up_addresses(const NameRequest& request, NameAnswer& answer) {
  Query query;
  query.host = request.name;
  query.has_service = false;
  query.family = request.detail;
  Result<AddressList> found = resolve(query);
  if (found) {
    answer.addresses = std::move(*found);
  } else {
    answer.failure = found.error();
  }
}

void look_up(const NameRequest& request, NameAnswer& answer) {
  switch (request.kind) {
    case NameRequest::Kind::addresses:
      return look_up_addresses(request, answer);
    case NameRequest::Kind::host:
      look_up_host(answer,
                   [&](auto... room) { return ::gethostbyname_r(request.name.c_str(), room...); });
      if (!answer.failure && answer.addresses.empty()) {
        answer.failure = Error{Errc::resolver_host, NO_DATA};
      }
      return;
    case NameRequest::Kind::reverse:
      return look_up_host(answer, [&](auto... room) {
        return ::gethostbyaddr_r(request.name.data(), static_cast<socklen_t>(request.name.size()),
                                 request.detail, room...);
      });
    case NameRequest::Kind::records:
      answer.failure = Error{Errc::resolver_host, NO_RECOVERY};
      return;
  }
}

}  // namespace

struct SystemQuestion::Job final : BackgroundQuestion {
  explicit Job(const NameRequest& the_request)
      : request(the_request), answer(std::make_shared<NameAnswer>()) {}

  NameRequest request;
  std::shared_ptr<NameAnswer> answer;  // written before, read after it finished

 protected:
  void ask() noexcept override {
    try {
      look_up(request, *answer);
    } catch (const std::bad_alloc&) {
      *answer = NameAnswer();
      answer->failure = Error{Errc::no_memory};
    }
  }
};

Failure SystemQuestion::start(const NameRequest& request, const LookupCount& running) noexcept {
  try {
    job_ = std::make_shared<Job>(request);
  } catch (const std::bad_alloc&) {
    return Error{Errc::no_memory};
  }
  return BackgroundQuestion::start(job_, running);
}

void SystemQuestion::process() noexcept {
  if (answer_ == nullptr && job_->finished()) answer_ = job_->answer;
}

int SystemQuestion::fd() const noexcept { return job_->fd(); }

}  // namespace moontide
