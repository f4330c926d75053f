#include "net/stream.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace moontide {

IoResult Stream::fill(std::size_t missing) noexcept {
  // A large read goes for what is missing and not a byte beyond; a small one reads ahead.
  const std::size_t step = std::max(buffer_.size(), limits::kReceiveStepBytes);
  const std::span<char> room = buffer_.room(std::max(std::min(missing, step), read_ahead_));
  if (room.empty()) return IoResult::failed(Error{Errc::no_memory});
  const IoResult result = transport_.receive(room);
  drained_ = result.status == IoResult::Status::want_read ||
             (result.status == IoResult::Status::ok && result.bytes < room.size() &&
              !transport_.pending());
  if (result.status == IoResult::Status::ok) {
    buffer_.commit(result.bytes);
    // Read-ahead that came back full says that more is coming: worth a larger one. A short read
    // says the contrary, and one that got just what was wanted says nothing.
    if (result.bytes < room.size()) {
      read_ahead_ = limits::kReadAheadBytes;
    } else if (room.size() > missing) {
      read_ahead_ = limits::kReadAheadBytesMax;
    }
  } else if (buffer_.empty()) {
    buffer_.clear();  // an idle connection holds no memory
  }
  return result;
}

void ReceiveOperation::begin(Pattern pattern, std::size_t count,
                             const Timeouts& timeouts) noexcept {
  restart(timeouts);
  pattern_ = pattern;
  count_ = pattern == Pattern::line ? kNoLimit : count;
  examined_ = 0;
  taken_ = 0;
  line_complete_ = false;
}

void ReceiveOperation::begin_line(std::size_t bytes_max, const Timeouts& timeouts) noexcept {
  begin(Pattern::line, 0, timeouts);
  count_ = bytes_max;
}

bool ReceiveOperation::find_line(std::string_view bytes) noexcept {
  if (bytes.size() == examined_) return false;
  const void* found = std::memchr(bytes.data() + examined_, '\n', bytes.size() - examined_);
  examined_ = found == nullptr
                  ? bytes.size()
                  : static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
  if (examined_ > count_) {
    taken_ = count_;
    fail(Error{Errc::line_too_long});
    return true;
  }
  if (found == nullptr) return false;
  taken_ = examined_;
  line_complete_ = true;
  return true;
}

bool ReceiveOperation::satisfied() noexcept {
  const std::string_view bytes = stream_.buffer().view();
  switch (pattern_) {
    case Pattern::count:
      // Even nothing is only given once something could be read: programs probe with receive(0).
      if (bytes.size() < std::max<std::size_t>(count_, 1)) return false;
      taken_ = count_;
      return true;
    case Pattern::all:
      return false;
    case Pattern::some:
      taken_ = std::min(bytes.size(), count_);
      return taken_ > 0;
    case Pattern::line:
      return find_line(bytes);
  }
  return false;
}

std::size_t ReceiveOperation::missing() const noexcept {
  const std::size_t have = stream_.buffer().size();
  if (pattern_ == Pattern::count) return count_ > have ? count_ - have : 1;
  if (pattern_ == Pattern::some) return count_ == kNoLimit ? 1 : count_;
  return pattern_ == Pattern::all ? have : 1;  // everything is wanted: ever larger reads
}

Progress ReceiveOperation::finish_failed(Error error) noexcept {
  // What a full memory kept from growing stays in the buffer; everything else is the caller's.
  taken_ = error.code == Errc::no_memory ? 0 : stream_.buffer().size();
  return fail(error);
}

/// Everything that has come is what a timeout hands over.
Progress ReceiveOperation::wait_for_stream(Progress want) noexcept {
  fd = stream_.transport().fd();
  registration = stream_.transport().registration();
  taken_ = stream_.buffer().size();
  return wait_for(want);
}

Progress ReceiveOperation::perform_first() noexcept {
  const bool is_here = !stream_.drained() || stream_.transport().pending();
  if (is_here || budget.never_wait() || stream_.transport().fd() < 0) return perform();
  return satisfied() ? Progress::done : wait_for_stream(Progress::want_read);
}

Progress ReceiveOperation::perform() noexcept {
  while (!satisfied()) {
    const std::size_t have = stream_.buffer().size();
    const bool has_fd = stream_.transport().fd() >= 0;
    const IoResult result = has_fd ? stream_.fill(missing()) : IoResult::ended();
    switch (result.status) {
      case IoResult::Status::ok:
        break;
      case IoResult::Status::end:
        if (pattern_ == Pattern::all && have > 0) {
          taken_ = have;
          return Progress::done;
        }
        return finish_failed(Error{Errc::closed});
      case IoResult::Status::failed:
        return finish_failed(result.error);
      case IoResult::Status::want_read:
      case IoResult::Status::want_write:
        return wait_for_stream(result.status == IoResult::Status::want_read ? Progress::want_read
                                                                            : Progress::want_write);
    }
    budget.begin();
  }
  return Progress::done;
}

std::string_view ReceiveOperation::data() noexcept {
  if (pattern_ == Pattern::line && taken_ > 0) {
    std::string_view line = stream_.buffer().view().substr(0, taken_);
    const void* found = std::memchr(line.data(), '\r', line.size());
    if (found != nullptr) {
      const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - line.data());
      if (line_complete_ && at + 1 == line.size()) return line.substr(0, at);  // plain CR LF
      taken_ = stream_.remove_returns(taken_);
    }
  }
  return stream_.buffer().view().substr(0, taken_);
}

void ReceiveOperation::take() noexcept { stream_.consume(taken_ + (line_complete_ ? 1 : 0)); }

void SendOperation::begin(std::string_view data, const Timeouts& timeouts,
                          const IoResult& tried) noexcept {
  single_ = {const_cast<char*>(data.data()), data.size()};  // a transport only reads it
  begin_pieces({&single_, data.empty() ? std::size_t{0} : 1}, timeouts);
  tried_ = tried;
}

void SendOperation::begin_pieces(std::span<iovec> pieces, const Timeouts& timeouts) noexcept {
  restart(timeouts);
  pieces_ = pieces;
  sent_ = 0;
  tried_ = IoResult::moved(0);
}

void SendOperation::advance(std::size_t count) noexcept {
  sent_ += count;
  stream_.sent += count;
  while (count > 0) {
    iovec& first = pieces_.front();
    if (count < first.iov_len) {
      first.iov_base = static_cast<char*>(first.iov_base) + count;
      first.iov_len -= count;
      return;
    }
    count -= first.iov_len;
    pieces_ = pieces_.subspan(1);
  }
}

/// Goes on after an attempt; true when this step ends, with `progress`.
bool SendOperation::settle(const IoResult& result, Progress& progress) noexcept {
  progress = Progress::done;
  switch (result.status) {
    case IoResult::Status::ok:
      advance(result.bytes);
      if (pieces_.empty()) return true;
      budget.begin();
      return false;
    case IoResult::Status::end:
      fail(Error{Errc::closed});
      return true;
    case IoResult::Status::failed:
      fail(result.error);
      return true;
    case IoResult::Status::want_read:
    case IoResult::Status::want_write:
      fd = stream_.transport().fd();
      registration = stream_.transport().registration();
      progress = wait_for(result.status == IoResult::Status::want_read ? Progress::want_read
                                                                       : Progress::want_write);
      return true;
  }
  return true;
}

Progress SendOperation::perform() noexcept {
  Progress progress = Progress::done;
  if (pieces_.empty()) return progress;
  const bool was_tried = tried_.status != IoResult::Status::ok || tried_.bytes > 0;
  if (was_tried && settle(std::exchange(tried_, IoResult::moved(0)), progress)) return progress;
  for (;;) {
    if (settle(stream_.try_send(pieces_), progress)) return progress;
  }
}

}  // namespace moontide
