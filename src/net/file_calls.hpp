#pragma once

#include <sys/types.h>

#include <cstddef>
#include <span>

#include "base/fd.hpp"
#include "base/result.hpp"

/// System calls on files whose bytes are sent: each repeats EINTR.
namespace moontide {

/// Opens a file for reading, close-on-exec. Never waits for the other end of a FIFO.
Result<Fd> open_file(const char* path) noexcept;
/// A descriptor of our own for the file behind `number`: that may be closed meanwhile.
Result<Fd> duplicate(int number) noexcept;

/// pread(2): how many bytes, 0 at the end of the file.
Result<std::size_t> read_file(int file, off_t offset, std::span<char> room) noexcept;

/// Hands bytes of a file to a non-blocking socket without copying them through the process:
/// sendfile(2). How many went, 0 at the end of the file. ENOSYS where there is no such call; errors
/// come as errno.
Result<std::size_t> file_to_socket(int socket, int file, off_t offset, std::size_t bytes) noexcept;

}  // namespace moontide
