#include "codec/output.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace moontide {

bool Output::append(std::string_view bytes) noexcept {
  if (!make_room(bytes.size())) return false;
  if (!bytes.empty()) std::memcpy(end_, bytes.data(), bytes.size());
  end_ += bytes.size();
  return true;
}

bool Output::grow(std::size_t count) noexcept {
  constexpr std::size_t kMost = PTRDIFF_MAX;
  const std::size_t used = size();
  if (kind_ == Memory::fixed || count > kMost - used) return false;
  // Half as much again, so that many small steps cost no more than one large one.
  const std::size_t old = capacity();
  const std::size_t wanted = std::max(used + count, std::min(old + old / 2, kMost));
  auto* memory = static_cast<char*>(used == 0 ? std::malloc(wanted) : std::realloc(begin_, wanted));
  if (memory == nullptr) return false;
  if (used == 0) std::free(begin_);  // nothing to copy
  begin_ = memory;
  end_ = memory + used;
  limit_ = memory + wanted;
  return true;
}

}  // namespace moontide
