#include "tls/transport.hpp"

#include <algorithm>
#include <cstring>

namespace moontide::tls {
namespace {

using Status = IoResult::Status;

/// Memory that was missing for a buffer of ours may be there the next time.
bool is_fatal(const IoResult& result) noexcept {
  return result.status == Status::failed && result.error.code != Errc::no_memory;
}

/// Whether the pieces are `count` bytes at least.
bool has_bytes(std::span<const iovec> pieces, std::size_t count) noexcept {
  for (const iovec& piece : pieces) {
    if (piece.iov_len >= count) return true;
    count -= piece.iov_len;
  }
  return count == 0;
}

/// Pieces as the engine takes them: a record at a time.
class PlainText {
 public:
  explicit PlainText(std::span<const iovec> pieces) noexcept : pieces_(pieces) { skip_empty(); }

  bool empty() const noexcept { return pieces_.empty(); }

  /// What the next record begins with: a piece that fills it, or the last; or several, copied.
  /// Good until the next call.
  std::string_view next() noexcept {
    const std::span<const char> front = bytes_of(pieces_.front()).subspan(offset_);
    if (front.size() >= sizeof room_ || pieces_.size() == 1) return {front.data(), front.size()};
    std::size_t count = 0;
    std::size_t offset = offset_;
    for (const iovec& piece : pieces_) {
      const std::span<const char> bytes = bytes_of(piece).subspan(offset);
      const std::size_t part = std::min(bytes.size(), sizeof room_ - count);
      if (part > 0) std::memcpy(room_ + count, bytes.data(), part);
      count += part;
      offset = 0;
      if (count == sizeof room_) break;
    }
    return {room_, count};
  }

  void advance(std::size_t count) noexcept {
    offset_ += count;
    skip_empty();
  }

 private:
  void skip_empty() noexcept {
    while (!pieces_.empty() && offset_ >= pieces_.front().iov_len) {
      offset_ -= pieces_.front().iov_len;
      pieces_ = pieces_.subspan(1);
    }
  }

  std::span<const iovec> pieces_;
  std::size_t offset_ = 0;  // within the first
  char room_[limits::kTlsRecordBytes];
};

}  // namespace

IoResult Transport::note_want(Status& place, IoResult result) noexcept {
  const bool waits = result.status == Status::want_read || result.status == Status::want_write;
  place = wanted = waits ? result.status : Status::ok;
  return result;
}

IoResult Transport::fill() noexcept {
  const std::span<char> room = engine.input_room();
  if (room.empty()) return IoResult::failed(Error{Errc::no_memory});
  const IoResult result = inner_.receive(room);
  if (result.status == Status::ok) engine.input_arrived(result.bytes);
  engine.release_input();
  if (result.status != Status::end) return result;
  engine.input_ended();
  return IoResult::moved(0);
}

IoResult Transport::flush() noexcept {
  while (!engine.output().empty()) {
    const std::string_view output = engine.output();
    const IoResult result = inner_.send(output);
    if (result.status != Status::ok) return result;
    engine.output_sent(result.bytes);
  }
  return IoResult::moved(0);
}

void Transport::stop_sending() noexcept {
  send_failed_ = true;
  engine.drop_output();
  record_count_ = 0;
}

/// flush() for what answers the peer. Its failure is the next send's matter: what the peer has sent
/// can still be read.
IoResult Transport::flush_answers() noexcept {
  if (send_failed_) engine.drop_output();
  const IoResult result = flush();
  if (is_fatal(result)) stop_sending();
  return result;
}

bool Transport::pending() const noexcept { return deferred_.has_value() || engine.has_input(); }

/// Decrypts into `room` until it is full or input runs out. `count`: how many bytes there are then.
IoResult Transport::read_records(std::span<char> room, std::size_t& count) noexcept {
  std::size_t silent = 0;  // bytes that gave no data
  while (count < room.size()) {
    const Step step = engine.read(room.subspan(count));
    switch (step.status) {
      case Step::Status::done:
        count += step.bytes;
        break;
      case Step::Status::want_input: {
        if (count > 0) return IoResult::moved(count);
        // Records without data come as long as a peer likes; the caller has its time to look at.
        if (silent > limits::kTlsSilentBytes) return {Status::want_read};
        const IoResult result = fill();
        if (result.status != Status::ok) return result;
        silent += result.bytes;
        break;
      }
      case Step::Status::ended:
        return IoResult::ended();
      case Step::Status::failed:
        return IoResult::failed(step.error);
    }
  }
  return IoResult::moved(count);
}

IoResult Transport::receive(std::span<char> room) noexcept {
  receive_wants = wanted = Status::ok;
  if (deferred_) {
    const IoResult result = *deferred_;
    deferred_.reset();
    return result;
  }
  if (!engine.is_connected()) return IoResult::ended();
  // No end: what there was before may have been cut off.
  if (engine.is_broken()) return IoResult::failed(Error{Errc::closed});
  // A peer that makes us answer without end, and reads no answer, is not read any more.
  if (engine.output().size() > limits::kTlsAnswerBytes) {
    const IoResult flushed = flush_answers();
    if (flushed.status == Status::want_write) return note_want(receive_wants, flushed);
  }
  std::size_t count = 0;
  IoResult result = read_records(room, count);
  // Answers to key updates, alerts: whether they reach the peer is no matter of this call, unless
  // the peer waits for them.
  if (!engine.output().empty()) {
    const IoResult flushed = flush_answers();
    const bool stuck = flushed.status == Status::want_write && result.status == Status::want_read;
    if (stuck && engine.is_negotiating()) result = flushed;
  }
  if (is_fatal(result)) engine.set_broken();
  if (count == 0) return note_want(receive_wants, result);
  if (result.status == Status::failed || result.status == Status::end) deferred_ = result;
  return IoResult::moved(count);
}

std::size_t Transport::outstanding() const noexcept {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < record_count_; ++i) bytes += records_[i].bytes;
  return bytes;
}

/// Forgets the records that have gone out; how many bytes of plain text they were.
std::size_t Transport::take_gone() noexcept {
  const std::uint64_t gone = engine.output_written() - engine.output().size();
  std::size_t bytes = 0;
  std::size_t count = 0;
  while (count < record_count_ && records_[count].end <= gone) bytes += records_[count++].bytes;
  for (std::size_t i = count; i < record_count_; ++i) records_[i - count] = records_[i];
  record_count_ -= count;
  return bytes;
}

/// Encrypts what goes to the system in one call.
IoResult Transport::encrypt(std::span<const iovec> pieces) noexcept {
  PlainText text(pieces);
  std::size_t silent = 0;  // as in read_records
  while (record_count_ < limits::kTlsRecordsPerSend && !text.empty()) {
    const Step step = engine.write(text.next());
    switch (step.status) {
      case Step::Status::done:
        records_[record_count_++] = {engine.output_written(), step.bytes};
        text.advance(step.bytes);
        break;
      case Step::Status::want_input: {
        if (record_count_ > 0) return IoResult::moved(0);
        if (silent > limits::kTlsSilentBytes) return {Status::want_read};
        const IoResult result = fill();
        if (result.status != Status::ok) return result;
        silent += result.bytes;
        break;
      }
      case Step::Status::ended:
        return IoResult::failed(Error{Errc::closed});
      case Step::Status::failed:
        return IoResult::failed(step.error);
    }
  }
  return IoResult::moved(0);
}

IoResult Transport::send(std::span<const char> data) noexcept {
  const iovec piece{const_cast<char*>(data.data()), data.size()};  // it is only read
  return send_pieces({&piece, 1});
}

IoResult Transport::send_pieces(std::span<const iovec> pieces) noexcept {
  send_wants = wanted = Status::ok;
  if (!engine.is_connected() || engine.is_broken() || send_failed_) {
    return IoResult::failed(Error{Errc::closed});
  }
  IoResult result = IoResult::moved(0);
  if (record_count_ == 0) {
    result = encrypt(pieces);
  } else if (!has_bytes(pieces, outstanding())) {
    engine.set_broken();
    return IoResult::failed(Error{Errc::tls_bad_length});
  }
  const IoResult flushed = flush();
  const std::size_t gone = take_gone();
  if (is_fatal(result)) engine.set_broken();
  if (is_fatal(flushed)) stop_sending();
  if (gone > 0) return IoResult::moved(gone);
  const bool stuck = flushed.status == Status::want_write && result.status == Status::want_read;
  if (result.status == Status::ok || stuck) result = flushed;
  return note_want(send_wants, result);
}

void Transport::shut_down() noexcept {
  if (inner_.fd() < 0 || !engine.is_connected()) return;
  std::string_view last;
  if (!engine.is_broken() && !send_failed_) {
    engine.end();
    last = engine.output();
  }
  inner_.end_sending(last);
  engine.drop_output();
  char dropped[4096];
  for (std::size_t count = 0; count < limits::kTlsDiscardBytes;) {
    const IoResult result = inner_.receive(dropped);
    if (result.status != Status::ok) return;
    count += result.bytes;
  }
}

void Transport::close() noexcept {
  shut_down();
  engine.close();
  deferred_.reset();
  record_count_ = 0;
  wanted = Status::ok;
}

void Transport::end_sending(std::span<const char> last) noexcept {
  if (!engine.is_connected() || engine.is_broken() || send_failed_) return;
  send_what_goes(last);
  engine.end();
  flush();
}

void HandshakeOperation::begin(const Timeouts& timeouts) noexcept {
  restart(timeouts);
  silent_ = 0;
  transport_.wanted = Status::ok;
  if (!transport_.engine.is_open() || transport_.engine.is_broken()) {
    fail(Error{Errc::closed});
  } else if (!finished_ && transport_.fd() < 0) {
    fail(Error::from_errno(EBADF));
  }
}

Progress HandshakeOperation::wait_for_transport(IoResult::Status status) noexcept {
  transport_.wanted = status;
  fd = transport_.fd();
  registration = transport_.registration();
  return wait_for(status == Status::want_read ? Progress::want_read : Progress::want_write);
}

/// Messages that bring it no further come as long as a peer likes. Whoever drives it has other
/// things to do meanwhile, and it has its time to look at: the descriptor is ready at every wait.
Progress HandshakeOperation::pause() noexcept {
  silent_ = 0;
  const Progress progress = wait_for_transport(Status::want_read);
  const bool is_over = progress != Progress::done && deadline.expired(Deadline::Clock::now());
  return is_over ? expire() : progress;
}

Progress HandshakeOperation::perform() noexcept {
  if (failure || finished_) return Progress::done;
  const IoResult flushed = transport_.flush();
  if (flushed.status == Status::want_write) return wait_for_transport(flushed.status);
  if (flushed.status == Status::failed) {
    // A peer that went may have said why.
    transport_.engine.drop_output();
    if (!needs_input_ || flushed.error.code != Errc::closed) return fail(flushed.error);
  }
  if (!needs_input_) return Progress::done;
  if (silent_ > limits::kTlsSilentBytes) return pause();
  const IoResult filled = transport_.fill();
  if (filled.status == Status::ok) silent_ += filled.bytes;
  if (filled.status == Status::want_read) return wait_for_transport(filled.status);
  budget.begin();
  needs_input_ = false;
  if (filled.status == Status::failed) return fail(filled.error);
  const bool said_nothing = transport_.engine.is_input_ended();
  if (flushed.status == Status::failed && said_nothing) return fail(flushed.error);
  return Progress::done;
}

bool HandshakeOperation::step(HandshakeHost& host) noexcept {
  Engine& engine = transport_.engine;
  // A task may close it between the last wait and this step.
  if (!failure && !engine.is_open()) fail(Error{Errc::closed});
  if (failure) {
    if (failure->code != Errc::timeout && failure->code != Errc::no_memory) engine.set_broken();
    return true;
  }
  if (engine.is_connected()) return finished_ = true;
  const Step step = engine.handshake(host);
  switch (step.status) {
    case Step::Status::done:
      return finished_ = engine.output().empty();
    case Step::Status::want_input:
      needs_input_ = true;
      return false;
    default:
      transport_.flush();  // the alert
      fail(step.status == Step::Status::ended ? Error{Errc::closed} : step.error);
      engine.set_broken();
      return true;
  }
}

}  // namespace moontide::tls
