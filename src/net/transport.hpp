#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <optional>
#include <span>

#include "net/socket.hpp"

namespace moontide {

/// What one attempt to move bytes did.
struct IoResult {
  enum class Status : unsigned char { ok, end, want_read, want_write, failed };
  Status status;
  std::size_t bytes = 0;      ///< With ok.
  Error error{Errc::closed};  ///< With failed.

  static IoResult moved(std::size_t count) noexcept { return {Status::ok, count}; }
  static IoResult ended() noexcept { return {Status::end}; }
  static IoResult failed(Error error) noexcept { return {Status::failed, 0, error}; }
};

inline std::span<const char> bytes_of(const iovec& piece) noexcept {
  return {static_cast<const char*>(piece.iov_base), piece.iov_len};
}

/// What a stream moves bytes over: a socket, a device, and above them TLS. One system call at most
/// (or its like) for each call, and none blocks.
class Transport {
 public:
  virtual IoResult receive(std::span<char> room) noexcept = 0;
  virtual IoResult send(std::span<const char> data) noexcept = 0;
  /// As send() of the pieces one after the other: there is one at least, and none is empty. A
  /// transport that cannot gather sends of the first.
  virtual IoResult send_pieces(std::span<const iovec> pieces) noexcept;
  /// As send() of so many bytes of a file from `offset` on, which are not read into the process. 0
  /// bytes moved: the file ends there. A transport that cannot fails with ENOSYS.
  virtual IoResult send_file(int file, off_t offset, std::size_t bytes) noexcept;
  /// What to wait for when it wants to read or write; kInvalidFd when it has no descriptor.
  virtual int fd() const noexcept = 0;
  /// For Operation::registration.
  virtual Registration* registration() noexcept { return nullptr; }
  /// The next receive() has something to give whatever the descriptor says.
  virtual bool pending() const noexcept { return false; }
  /// The peer gets `last`, as far as that goes without waiting, and is told that nothing more
  /// comes, where there is a way to say so.
  virtual void end_sending(std::span<const char> last) noexcept { send_what_goes(last); }

 protected:
  ~Transport() = default;

  void send_what_goes(std::span<const char> data) noexcept;
};

/// A stream socket, TCP or local.
class SocketTransport final : public Transport {
 public:
  SocketHandle handle;

  IoResult receive(std::span<char> room) noexcept override;
  IoResult send(std::span<const char> data) noexcept override;
  IoResult send_pieces(std::span<const iovec> pieces) noexcept override;
  IoResult send_file(int file, off_t offset, std::size_t bytes) noexcept override;
  int fd() const noexcept override { return handle.fd.get(); }
  Registration* registration() noexcept override { return handle.standing(); }
  void end_sending(std::span<const char> last) noexcept override;
};

/// A device, FIFO or other file, by plain read and write.
class FileTransport final : public Transport {
 public:
  SocketHandle handle;

  IoResult receive(std::span<char> room) noexcept override;
  IoResult send(std::span<const char> data) noexcept override;
  int fd() const noexcept override { return handle.fd.get(); }
  Registration* registration() noexcept override { return handle.standing(); }
};

/// Opens a device for reading and writing, without blocking for a carrier and without making it
/// the controlling terminal (contract unix.md, socket.serial).
Result<Fd> open_device(const char* path) noexcept;

}  // namespace moontide
