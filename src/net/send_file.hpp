#pragma once

#include <cstdint>
#include <limits>

#include "base/fd.hpp"
#include "net/stream.hpp"

namespace moontide {

/// `sendfile`: sends bytes of a file over a stream, by sendfile(2) where transport and file allow
/// it, else by reading them. Reading a file is taken not to wait.
///
/// The file has to be one that has positions. Its own position is neither used nor moved.
class SendFileOperation final : public Operation {
 public:
  static constexpr std::uint64_t kToEnd = std::numeric_limits<std::uint64_t>::max();

  SendFileOperation(Stream& stream, BlockPool& pool) noexcept : stream_(stream), buffer_(pool) {}

  /// Takes the file over. `bytes` or kToEnd; a file that ends before fails with
  /// Errc::file_too_short.
  void begin(Fd file, std::uint64_t offset, std::uint64_t bytes, const Timeouts& timeouts) noexcept;
  Progress perform() noexcept override;

  /// How many bytes the transport took.
  std::uint64_t sent() const noexcept { return sent_; }

  /// Closes the file and gives memory back: once it is done, or given up.
  void release() noexcept;

 private:
  IoResult send_some() noexcept;
  IoResult copy_some() noexcept;
  Progress finish_at_end() noexcept;

  Stream& stream_;
  ReadBuffer buffer_;  // bytes that were read and not sent; empty while it waits
  Fd file_;
  std::uint64_t offset_ = 0;  // of the next byte to send
  std::uint64_t left_ = 0;
  std::uint64_t sent_ = 0;
  bool copies_ = false;
  bool at_end_ = false;
  bool to_end_ = false;
};

}  // namespace moontide
