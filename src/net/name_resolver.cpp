#include "net/name_resolver.hpp"

#include <new>

#include "base/limits.hpp"
#include "net/system_question.hpp"

namespace moontide {
namespace {

bool is_label_byte(char c) noexcept {
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return is_letter || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

bool is_host_name(std::string_view name) noexcept {
  constexpr std::size_t kNameMax = 253;  // RFC 1035, 2.3.4, as text
  constexpr std::size_t kLabelMax = 63;
  if (!name.empty() && name.back() == '.') name.remove_suffix(1);
  if (name.empty() || name.size() > kNameMax) return false;
  std::size_t label = 0;
  for (const char c : name) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
    } else if (!is_label_byte(c) || ++label > kLabelMax) {
      return false;
    }
  }
  return label > 0;
}

NameResolver::NameResolver(const char* servers) noexcept
    : servers_(servers), cache_(limits::kNameCacheEntries) {
  try {
    running = std::make_shared<std::atomic<int>>(0);
  } catch (const std::bad_alloc&) {
    running = nullptr;
  }
}

void NameResolver::flush_if_changed() noexcept {
  if (!files_.changed()) return;
  if (client_ != nullptr) client_->forget_settings();
  flush();
}

void NameResolver::flush() noexcept {
  cache_.clear();
  under_way_.clear();
}

Result<NameResolver::Asked> NameResolver::ask(const NameRequest& request) noexcept {
  flush_if_changed();
  try {
    NameAnswerPtr known = cache_.find(request, Deadline::Clock::now());
    if (known != nullptr) return Asked{std::move(known), nullptr};
    const auto found = under_way_.find(request);
    if (found != under_way_.end()) {
      if (auto question = found->second.lock()) return Asked{nullptr, std::move(question)};
      under_way_.erase(found);
    }
    return start(request);
  } catch (const std::bad_alloc&) {
    return Error{Errc::no_memory};
  }
}

/// Where c-ares cannot be loaded, because its file is out of reach by now, the system knows most.
/// May throw std::bad_alloc.
Result<std::shared_ptr<NameQuestion>> NameResolver::ask_anew(const NameRequest& request) {
  if (request.backend == NameBackend::c_ares) {
    if (client_ == nullptr) {
      Result<DnsClientPtr> made = make_dns_client(servers_);
      if (!made) return made.error();
      client_ = std::move(*made);
    }
    if (client_ != nullptr) return client_->ask(request);
  }
  auto question = std::make_shared<SystemQuestion>();
  if (const Failure failure = question->start(request, running)) return *failure;
  return std::shared_ptr<NameQuestion>(std::move(question));
}

/// May throw std::bad_alloc.
Result<NameResolver::Asked> NameResolver::start(const NameRequest& request) {
  Result<std::shared_ptr<NameQuestion>> asked = ask_anew(request);
  if (!asked) return asked.error();
  std::shared_ptr<NameQuestion> question = std::move(*asked);
  if (question->answer() != nullptr) {
    cache_.remember(request, question->answer(), Deadline::Clock::now());
    return Asked{question->answer(), nullptr};
  }
  under_way_.insert_or_assign(request, question);
  return Asked{nullptr, std::move(question)};
}

void NameResolver::settled(const NameRequest& request, const NameQuestion& question) noexcept {
  // The first of those that wait for it does it; after a flush nobody.
  const auto found = under_way_.find(request);
  if (found == under_way_.end() || found->second.lock().get() != &question) return;
  under_way_.erase(found);
  cache_.remember(request, question.answer(), Deadline::Clock::now());
}

void NameResolver::dropped(const NameRequest& request) noexcept {
  const auto found = under_way_.find(request);
  if (found != under_way_.end() && found->second.expired()) under_way_.erase(found);
}

}  // namespace moontide
