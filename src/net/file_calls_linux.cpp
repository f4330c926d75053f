#include <sys/sendfile.h>

#include "net/file_calls.hpp"
#include "net/sigpipe.hpp"

namespace moontide {

Result<std::size_t> file_to_socket(int socket, int file, off_t offset, std::size_t bytes) noexcept {
  for (;;) {
    off_t from = offset;  // the file's own position stays where it is
    const ssize_t count = without_sigpipe([&] { return ::sendfile(socket, file, &from, bytes); },
                                          RaisesWith::anything);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) return Error::from_errno(errno);
  }
}

}  // namespace moontide
