// Goal: `sendfile` sends exactly the bytes of the range, whichever way a transport allows.
#include "net/send_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "net/file_calls.hpp"
#include "support/error_words.hpp"
#include "support/scripted_transport.hpp"
#include "support/sockets.hpp"

namespace moontide {
namespace {

using test::words;

constexpr Timeouts kForever;
constexpr Timeouts kNoWait{0, -1};
constexpr auto kToEnd = SendFileOperation::kToEnd;

/// A file without a name.
Fd file_of(std::string_view text) {
  char name[] = "/tmp/send_file_test_XXXXXX";
  Fd file(::mkstemp(name));
  ::unlink(name);
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    file.reset();
  return file;
}

class SendFileTest : public ::testing::Test {
 protected:
  /// How far it came, and why no further.
  std::string send(Fd file, std::uint64_t offset, std::uint64_t bytes,
                   const Timeouts& limits = kForever) {
    operation.begin(std::move(file), offset, bytes, limits);
    test::play(operation, peer);
    operation.release();
    const std::string reached = std::to_string(operation.sent());
    return operation.failure ? reached + ": " + words(operation.failure) : reached;
  }

  test::ScriptedTransport peer;  // which knows no files
  BlockPool pool;
  Stream stream{peer, pool};
  SendFileOperation operation{stream, pool};
};

TEST_F(SendFileTest, CopiesForATransportThatKnowsNoFiles) {
  peer.accepts(100);
  EXPECT_EQ(send(file_of("0123456789"), 2, 5), "5");
  EXPECT_EQ(peer.sent, "23456");
  EXPECT_EQ(stream.sent, 5U);
}

TEST_F(SendFileTest, GoesOnAfterPartialSendsAndWaits) {
  peer.accepts(3);
  peer.is_full();
  peer.accepts(1);
  peer.accepts(1);
  peer.is_full();
  peer.is_full();
  peer.accepts(100);
  EXPECT_EQ(send(file_of("0123456789"), 1, kToEnd), "9");
  EXPECT_EQ(peer.sent, "123456789");
}

TEST_F(SendFileTest, CopiesMoreThanOneBlock) {
  std::string text;
  for (int i = 0; text.size() < 3 * limits::kFileCopyBytes; ++i) text += std::to_string(i) + ' ';
  for (int i = 0; i < 100; ++i) peer.accepts(10000);
  EXPECT_EQ(send(file_of(text), 0, kToEnd), std::to_string(text.size()));
  EXPECT_EQ(peer.sent, text);
}

TEST_F(SendFileTest, SaysHowFarItCame) {
  peer.accepts(4);
  EXPECT_EQ(send(file_of("0123456789"), 0, 10, kNoWait), "4: timeout");
  peer.accepts(1);
  peer.refuses(Error::from_errno(ENOBUFS));
  EXPECT_EQ(send(file_of("0123456789"), 4, 6), "1: No buffer space available");
  peer.hung_up();
  EXPECT_EQ(send(file_of("x"), 0, 1), "0: closed");
}

TEST_F(SendFileTest, ReportsAFileThatEndsBefore) {
  for (int i = 0; i < 2; ++i) peer.accepts(100);
  EXPECT_EQ(send(file_of("short"), 1, 5), "4: file too short");
  EXPECT_EQ(send(file_of("short"), 1, 4), "4");
  EXPECT_EQ(send(file_of("short"), 9, 1), "0: file too short");
  EXPECT_EQ(send(file_of("short"), 9, kToEnd), "0");
}

TEST_F(SendFileTest, ReportsWhatCannotBeRead) {
  EXPECT_EQ(send(std::move(*open_file("/")), 0, 1), "0: Is a directory");
  auto [left, right] = test::socket_pair();
  EXPECT_EQ(send(std::move(left), 0, 1), "0: Illegal seek");
}

TEST_F(SendFileTest, WithoutADescriptorIsClosed) {
  peer.descriptor = kInvalidFd;
  EXPECT_EQ(send(file_of("x"), 0, 1), "0: closed");
  EXPECT_EQ(send(file_of("x"), 0, 0), "0");
}

TEST_F(SendFileTest, OverASocketLeavesTheWorkToTheSystem) {
  std::string text;
  for (int i = 0; text.size() < 3 * limits::kSendFileBytes; ++i) text += std::to_string(i) + ' ';
  auto [left, right] = test::socket_pair();
  SocketTransport socket;
  socket.handle.own(std::move(left));
  Stream real(socket, pool);
  SendFileOperation sending(real, pool);
  const Fd file = file_of(text);
  sending.begin(std::move(*duplicate(file.get())), 5, text.size() - 7, kForever);
  std::string got;
  std::string room(1 << 16, '\0');
  while (sending.perform() != Progress::done) {
    const ssize_t count = ::recv(right.get(), room.data(), room.size(), MSG_DONTWAIT);
    ASSERT_GT(count, 0);
    got.append(room.data(), static_cast<std::size_t>(count));
  }
  EXPECT_FALSE(sending.failure);
  EXPECT_EQ(sending.sent(), text.size() - 7);
  for (ssize_t count = 0;
       (count = ::recv(right.get(), room.data(), room.size(), MSG_DONTWAIT)) > 0;) {
    got.append(room.data(), static_cast<std::size_t>(count));
  }
  EXPECT_TRUE(got == text.substr(5, text.size() - 7));
  EXPECT_EQ(::lseek(file.get(), 0, SEEK_CUR), static_cast<off_t>(text.size())) << "where it was";
  right.reset();
  sending.begin(std::move(*duplicate(file.get())), 0, 10, kForever);
  EXPECT_EQ(sending.perform(), Progress::done);
  EXPECT_EQ(words(sending.failure), "closed") << "and no SIGPIPE";
}

}  // namespace
}  // namespace moontide
