#include <cerrno>

#include "net/file_calls.hpp"

namespace moontide {

Result<std::size_t> file_to_socket(int, int, off_t, std::size_t) noexcept {
  return Error::from_errno(ENOSYS);
}

}  // namespace moontide
