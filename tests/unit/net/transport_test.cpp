// Goal: transports never block and never raise SIGPIPE, and leave no trace in the process.
#include "net/transport.hpp"

#include <gtest/gtest.h>
#include <linux/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>

#include "support/error_words.hpp"
#include "support/sockets.hpp"

namespace moontide {
namespace {

using Status = IoResult::Status;
using test::words;

std::pair<Fd, Fd> make_pipe(int flags = O_NONBLOCK) {
  int numbers[2];
  if (::pipe2(numbers, flags | O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  return {Fd(numbers[0]), Fd(numbers[1])};
}

bool sigpipe_is_pending() {
  sigset_t pending;
  sigpending(&pending);
  return sigismember(&pending, SIGPIPE) == 1;
}

bool sigpipe_is_blocked() {
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  return sigismember(&mask, SIGPIPE) == 1;
}

volatile sig_atomic_t pipes_broken = 0;

/// Counts SIGPIPE while it lives.
class SigpipeWatch {
 public:
  SigpipeWatch() {
    pipes_broken = 0;
    struct sigaction action {};
    action.sa_handler = [](int) { pipes_broken = pipes_broken + 1; };
    sigaction(SIGPIPE, &action, &before_);
  }
  SigpipeWatch(const SigpipeWatch&) = delete;
  SigpipeWatch& operator=(const SigpipeWatch&) = delete;
  ~SigpipeWatch() { sigaction(SIGPIPE, &before_, nullptr); }
  int count() const { return pipes_broken; }

 private:
  struct sigaction before_ {};
};

/// Blocks SIGPIPE for this thread while it lives, as a program may have done.
class SigpipeBlocked {
 public:
  SigpipeBlocked() {
    sigemptyset(&pipe_only_);
    sigaddset(&pipe_only_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_only_, &before_);
  }
  SigpipeBlocked(const SigpipeBlocked&) = delete;
  SigpipeBlocked& operator=(const SigpipeBlocked&) = delete;
  ~SigpipeBlocked() {
    const timespec no_wait{0, 0};
    while (sigtimedwait(&pipe_only_, nullptr, &no_wait) > 0) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_only_{};
  sigset_t before_{};
};

template <class T>
void expect_quiet_failure(T& transport) {
  const IoResult result = transport.send(std::string_view("x"));
  EXPECT_EQ(result.status, Status::failed);
  EXPECT_EQ(words(result.error), "closed");
}

TEST(SocketTransport, MovesBytes) {
  auto [near, far] = test::socket_pair();
  SocketTransport transport;
  transport.handle.own(std::move(near));
  const IoResult sent = transport.send(std::string_view("ping"));
  EXPECT_EQ(sent.status, Status::ok);
  EXPECT_EQ(sent.bytes, 4U);
  EXPECT_EQ(test::read_exactly(far.get(), 4), "ping");
  test::write_all(far.get(), "pong");
  std::array<char, 16> room{};
  const IoResult got = transport.receive(room);
  EXPECT_EQ(got.status, Status::ok);
  EXPECT_EQ(std::string_view(room.data(), got.bytes), "pong");
}

TEST(SocketTransport, SaysWhatItWaitsFor) {
  auto [near, far] = test::socket_pair();
  SocketTransport transport;
  transport.handle.own(std::move(near));
  std::array<char, 16> room{};
  EXPECT_EQ(transport.receive(room).status, Status::want_read);
  const std::string much(1 << 16, 'x');
  IoResult result{};
  do {
    result = transport.send(much);
  } while (result.status == Status::ok);
  EXPECT_EQ(result.status, Status::want_write);
}

TEST(SocketTransport, SeesTheEnd) {
  auto [near, far] = test::socket_pair();
  SocketTransport transport;
  transport.handle.own(std::move(near));
  far.reset();
  std::array<char, 16> room{};
  EXPECT_EQ(transport.receive(room).status, Status::end);
}

std::pair<Fd, Fd> tcp_pair() {
  const Fd listening = test::bound(AF_INET, SOCK_STREAM);
  const Address address = test::loopback(AF_INET, test::port_of(listening));
  Fd near = test::check_fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  if (::listen(listening.get(), 1) != 0 ||
      ::connect(near.get(), address.get(), address.size) != 0) {
    throw std::runtime_error("connect");
  }
  return {std::move(near), test::check_fd(::accept(listening.get(), nullptr, nullptr), "accept")};
}

/// Segments that a connection of this machine has received.
std::uint32_t segments_received(const Fd& fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(fd.get(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) {
    throw std::runtime_error("TCP_INFO");
  }
  return info.tcpi_segs_in;
}

/// How many segments the last words and the end take.
std::uint32_t segments_of_the_end() {
  auto [near, far] = tcp_pair();
  SocketTransport transport;
  transport.handle.own(std::move(near));
  const std::uint32_t before = segments_received(far);
  transport.end_sending(std::string_view("bye"));
  EXPECT_EQ(test::read_exactly(far.get(), 100), "bye");
  return segments_received(far) - before;
}

TEST(SocketTransport, SaysItsLastWordsAndTheEndInOneSegment) {
  // The system holds the words back for 200 ms, and this process may not run for as long.
  std::uint32_t segments = 0;
  for (int attempt = 0; attempt < 5 && segments != 1; ++attempt) segments = segments_of_the_end();
  EXPECT_EQ(segments, 1U);
}

TEST(SocketTransport, EndsWithoutLastWords) {
  auto [near, far] = tcp_pair();
  SocketTransport transport;
  transport.handle.own(std::move(near));
  transport.end_sending({});
  EXPECT_EQ(test::read_exactly(far.get(), 100), "");
}

TEST(SocketTransport, NeverBlocksOnAnAdoptedDescriptor) {
  auto [near, far] = test::socket_pair(SOCK_STREAM, 0);
  SocketTransport transport;
  transport.handle.adopt(near.release());
  std::array<char, 16> room{};
  EXPECT_EQ(transport.receive(room).status, Status::want_read);
  const std::string much(1 << 16, 'x');
  IoResult result{};
  do {
    result = transport.send(much);
  } while (result.status == Status::ok);
  EXPECT_EQ(result.status, Status::want_write);
}

TEST(SocketTransport, RaisesNoSigpipe) {
  auto [near, far] = test::socket_pair();
  SocketTransport transport;
  transport.handle.own(std::move(near));
  far.reset();
  const SigpipeWatch watch;
  expect_quiet_failure(transport);
  EXPECT_EQ(watch.count(), 0);
  EXPECT_FALSE(sigpipe_is_pending());
}

TEST(SocketTransport, ReportsForeignDescriptors) {
  auto [near, far] = make_pipe();
  SocketTransport transport;
  transport.handle.adopt(near.release());
  std::array<char, 16> room{};
  const IoResult result = transport.receive(room);
  EXPECT_EQ(result.status, Status::failed);
  EXPECT_EQ(words(result.error), "Socket operation on non-socket");
  EXPECT_EQ(words(transport.send(std::string_view("x")).error), "Socket operation on non-socket");
}

TEST(FileTransport, MovesBytesOverAFifo) {
  auto [out, in] = make_pipe();
  FileTransport writer;
  writer.handle.own(std::move(in));
  FileTransport reader;
  reader.handle.own(std::move(out));
  std::array<char, 16> room{};
  EXPECT_EQ(reader.receive(room).status, Status::want_read);
  EXPECT_EQ(writer.send(std::string_view("ping")).bytes, 4U);
  const IoResult got = reader.receive(room);
  EXPECT_EQ(std::string_view(room.data(), got.bytes), "ping");
  writer.handle.fd.reset();
  EXPECT_EQ(reader.receive(room).status, Status::end);
}

TEST(FileTransport, SaysWhenTheQueueIsFull) {
  auto [out, in] = make_pipe();
  FileTransport writer;
  writer.handle.own(std::move(in));
  const std::string much(1 << 16, 'x');
  IoResult result{};
  do {
    result = writer.send(much);
  } while (result.status == Status::ok);
  EXPECT_EQ(result.status, Status::want_write);
}

TEST(FileTransport, DoesNotBlockOnAnAdoptedDescriptorThatIsNotReady) {
  auto [out, in] = make_pipe(0);
  FileTransport reader;
  reader.handle.adopt(out.release());
  std::array<char, 16> room{};
  EXPECT_EQ(reader.receive(room).status, Status::want_read);

  ::fcntl(in.get(), F_SETFL, O_NONBLOCK);
  const std::string much(1 << 16, 'x');
  while (::write(in.get(), much.data(), much.size()) > 0) {
  }
  ::fcntl(in.get(), F_SETFL, 0);
  FileTransport writer;
  writer.handle.adopt(in.release());
  EXPECT_EQ(writer.send(std::string_view("x")).status, Status::want_write);
}

TEST(FileTransport, RaisesNoSigpipe) {
  auto [out, in] = make_pipe();
  FileTransport writer;
  writer.handle.own(std::move(in));
  out.reset();
  const SigpipeWatch watch;
  expect_quiet_failure(writer);
  EXPECT_EQ(watch.count(), 0);
  EXPECT_FALSE(sigpipe_is_pending());
  EXPECT_FALSE(sigpipe_is_blocked()) << "the mask is as it was";
}

TEST(FileTransport, LeavesNoSigpipeBehindWhereTheProgramBlocksIt) {
  auto [out, in] = make_pipe();
  FileTransport writer;
  writer.handle.own(std::move(in));
  out.reset();
  const SigpipeWatch watch;
  {
    const SigpipeBlocked blocked;
    expect_quiet_failure(writer);
    EXPECT_FALSE(sigpipe_is_pending());
    EXPECT_TRUE(sigpipe_is_blocked());
  }
  EXPECT_EQ(watch.count(), 0);
}

TEST(FileTransport, LeavesASigpipeOfTheProgramsOwnPending) {
  auto [out, in] = make_pipe();
  FileTransport writer;
  writer.handle.own(std::move(in));
  out.reset();
  const SigpipeWatch watch;
  const SigpipeBlocked blocked;
  raise(SIGPIPE);
  ASSERT_TRUE(sigpipe_is_pending());
  expect_quiet_failure(writer);
  EXPECT_TRUE(sigpipe_is_pending());
  EXPECT_TRUE(sigpipe_is_blocked());
  EXPECT_EQ(watch.count(), 0);
}

TEST(FileTransport, WorksWhereTheProgramIgnoresSigpipe) {
  auto [out, in] = make_pipe();
  FileTransport writer;
  writer.handle.own(std::move(in));
  out.reset();
  struct sigaction ignore {};
  struct sigaction before {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &before);
  expect_quiet_failure(writer);
  EXPECT_FALSE(sigpipe_is_pending());
  sigaction(SIGPIPE, &before, nullptr);
}

TEST(OpenDevice, OpensWithoutBlockingAndCloseOnExec) {
  const Result<Fd> fd = open_device("/dev/null");
  ASSERT_TRUE(fd);
  EXPECT_NE(::fcntl(fd->get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_EQ(::fcntl(fd->get(), F_GETFL) & O_ACCMODE, O_RDWR);
  EXPECT_NE(::fcntl(fd->get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(OpenDevice, SaysWhyItCannot) {
  EXPECT_EQ(words(open_device("/nonexistent/device").error()), "No such file or directory");
  EXPECT_EQ(words(open_device("/").error()), "Is a directory");
  EXPECT_EQ(words(open_device("/dev/null/x").error()), "Not a directory");
}

}  // namespace
}  // namespace moontide
