#include "net/file_calls.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace moontide {

Result<Fd> open_file(const char* path) noexcept {
  for (;;) {
    Fd fd(::open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (fd) return fd;
    if (errno != EINTR) return Error::from_errno(errno);
  }
}

Result<Fd> duplicate(int number) noexcept {
  Fd fd(::fcntl(number, F_DUPFD_CLOEXEC, 0));
  if (!fd) return Error::from_errno(errno);
  return fd;
}

Result<std::size_t> read_file(int file, off_t offset, std::span<char> room) noexcept {
  for (;;) {
    const ssize_t count = ::pread(file, room.data(), room.size(), offset);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) return Error::from_errno(errno);
  }
}

}  // namespace moontide
