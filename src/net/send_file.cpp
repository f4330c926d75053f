#include "net/send_file.hpp"

#include <algorithm>

#include "net/file_calls.hpp"

namespace moontide {
namespace {

/// Files, file systems and sockets of all kinds are refused by sendfile(2): then reading may do. If
/// that fails, too, it says what is wrong.
bool is_refusal(Error error) noexcept {
  return error.is_errno(EINVAL) || error.is_errno(ENOSYS) || error.is_errno(EOPNOTSUPP) ||
         error.is_errno(ESPIPE) || error.is_errno(EOVERFLOW) || error.is_errno(EIO);
}

std::size_t at_most(std::uint64_t bytes, std::size_t most) noexcept {
  return static_cast<std::size_t>(std::min<std::uint64_t>(bytes, most));
}

}  // namespace

void SendFileOperation::begin(Fd file, std::uint64_t offset, std::uint64_t bytes,
                              const Timeouts& timeouts) noexcept {
  restart(timeouts);
  file_ = std::move(file);
  offset_ = offset;
  left_ = bytes;
  sent_ = 0;
  copies_ = at_end_ = false;
  to_end_ = bytes == kToEnd;
}

void SendFileOperation::release() noexcept {
  buffer_.clear();
  file_.reset();
}

/// By copying; sets at_end_ where the file ends.
IoResult SendFileOperation::copy_some() noexcept {
  if (buffer_.empty()) {
    const std::span<char> room = buffer_.room(at_most(left_, limits::kFileCopyBytes));
    if (room.empty()) return IoResult::failed(Error{Errc::no_memory});
    const Result<std::size_t> count = read_file(file_.get(), static_cast<off_t>(offset_), room);
    if (!count) return IoResult::failed(count.error());
    buffer_.commit(*count);
    at_end_ = *count == 0;
    if (at_end_) return IoResult::moved(0);
  }
  const IoResult result = stream_.transport().send(buffer_.view());
  if (result.status == IoResult::Status::ok) buffer_.consume(result.bytes);
  return result;
}

IoResult SendFileOperation::send_some() noexcept {
  if (!copies_) {
    const IoResult result = stream_.transport().send_file(file_.get(), static_cast<off_t>(offset_),
                                                          at_most(left_, limits::kSendFileBytes));
    at_end_ = result.status == IoResult::Status::ok && result.bytes == 0;
    copies_ = result.status == IoResult::Status::failed && is_refusal(result.error);
    if (!copies_) return result;
  }
  return copy_some();
}

Progress SendFileOperation::finish_at_end() noexcept {
  return to_end_ ? Progress::done : fail(Error{Errc::file_too_short});
}

Progress SendFileOperation::perform() noexcept {
  while (left_ > 0) {
    if (stream_.transport().fd() < 0) return fail(Error{Errc::closed});
    const IoResult result = send_some();
    switch (result.status) {
      case IoResult::Status::ok:
        if (at_end_) return finish_at_end();
        sent_ += result.bytes;
        offset_ += result.bytes;
        left_ -= result.bytes;
        stream_.sent += result.bytes;
        break;
      case IoResult::Status::end:
        return fail(Error{Errc::closed});
      case IoResult::Status::failed:
        return fail(result.error);
      case IoResult::Status::want_read:
      case IoResult::Status::want_write:
        buffer_.clear();  // read again rather than held while a slow peer reads
        fd = stream_.transport().fd();
        registration = stream_.transport().registration();
        return wait_for(result.status == IoResult::Status::want_read ? Progress::want_read
                                                                     : Progress::want_write);
    }
    if (left_ > 0) budget.begin();
  }
  return Progress::done;
}

}  // namespace moontide
