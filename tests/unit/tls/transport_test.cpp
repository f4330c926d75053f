// Goal: what a TLS transport tells of the bytes it moves, and when.
// Method: two of them over a pipe in memory whose capacity the test sets; nothing waits.
#include "tls/transport.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/tls_ends.hpp"
#include "tls/error.hpp"

namespace moontide {
namespace {

using Status = IoResult::Status;
using test::drain;
using test::TlsEnds;

IoResult send(tls::Transport& transport, std::string_view data) {
  return transport.send({data.data(), data.size()});
}

std::string words(const IoResult& result) {
  ErrorText scratch{};
  return tls::text_of(result.error, scratch);
}

TEST(TlsTransport, ShakesHandsInEveryVersion) {
  for (const int version : {0, TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsEnds ends(version);
    ASSERT_TRUE(ends.shake());
    EXPECT_TRUE(ends.client.engine.is_connected());
    EXPECT_EQ(send(ends.client, "hello").bytes, 5u);
    EXPECT_EQ(send(ends.server, "there").bytes, 5u);
    EXPECT_EQ(drain(ends.server), "hello");
    EXPECT_EQ(drain(ends.client), "there");
  }
}

TEST(TlsTransport, ShakesHandsThroughAPipeThatTakesLittle) {
  TlsEnds ends;
  ends.client_pipe.capacity = ends.server_pipe.capacity = 7;
  ASSERT_FALSE(ends.client.engine.open(ends.client_context));
  ASSERT_FALSE(ends.server.engine.open(ends.server_context));
  ends.client_handshake.begin(TlsEnds::kForever);
  ends.server_handshake.begin(TlsEnds::kForever);
  bool client_over = false;
  bool server_over = false;
  for (int i = 0; i < 10000 && !(client_over && server_over); ++i) {
    client_over = client_over || test::step(ends.client_handshake, ends.host);
    server_over = server_over || test::step(ends.server_handshake, ends.host);
    if (client_over) drain(ends.client);  // the tickets
  }
  EXPECT_TRUE(client_over && server_over);
  EXPECT_FALSE(ends.client_handshake.failure);
  EXPECT_FALSE(ends.server_handshake.failure);
}

TEST(TlsTransport, HasNothingBeforeTheHandshake) {
  TlsEnds ends;
  ASSERT_FALSE(ends.client.engine.open(ends.client_context));
  char room[10];
  EXPECT_EQ(ends.client.receive(room).status, Status::end);
  EXPECT_EQ(words(send(ends.client, "x")), "closed");
  EXPECT_FALSE(ends.client.pending());
}

/// They say to the client's system, too, that its last message has come: it holds the first request
/// back until then.
TEST(TlsTransport, SendsOneTicketOfAServerWithTheHandshake) {
  TlsEnds ends(TLS1_3_VERSION);
  ASSERT_TRUE(ends.shake());
  ASSERT_GE(ends.client_pipe.arrived.size(), 5u);
  const auto byte = [&ends](std::size_t at) {
    return std::size_t{static_cast<unsigned char>(ends.client_pipe.arrived[at])};
  };
  EXPECT_EQ(ends.client_pipe.arrived.size(), 5 + (byte(3) << 8 | byte(4)));
  drain(ends.client);
  EXPECT_TRUE(SSL_SESSION_has_ticket(SSL_get_session(ends.client.engine.session())));
}

TEST(TlsTransport, HandsSeveralRecordsToTheSystemTogether) {
  TlsEnds ends;
  ASSERT_TRUE(ends.shake());
  const std::string data(65536, 'x');
  ends.client_pipe.sends = 0;
  EXPECT_EQ(send(ends.client, data).bytes, data.size());
  EXPECT_EQ(ends.client_pipe.sends, 1);
  // Four records of 16 KiB, and a small one for a small text.
  EXPECT_LT(ends.server_pipe.arrived.size(), data.size() + 4 * 64);
  EXPECT_EQ(drain(ends.server), data);
}

TEST(TlsTransport, CountsRecordsThatHaveGoneOutCompletely) {
  TlsEnds ends;
  ASSERT_TRUE(ends.shake());
  drain(ends.client);
  const std::string data(65536, 'x');
  ends.client_pipe.capacity = ends.server_pipe.arrived.size() + 40000;  // two records and a half
  EXPECT_EQ(send(ends.client, data).bytes, 32768u);
  EXPECT_EQ(send(ends.client, data.substr(32768)).status, Status::want_write);
  EXPECT_EQ(ends.client.send_wants, Status::want_write);
  std::string got = drain(ends.server);
  EXPECT_EQ(got.size(), 32768u);
  // What is encrypted goes first, then what the longer retry has behind it.
  EXPECT_EQ(send(ends.client, data.substr(32768) + "tail").bytes, 32768u);
  got += drain(ends.server);
  EXPECT_EQ(got, data);
  EXPECT_EQ(send(ends.client, "tail").bytes, 4u);
  EXPECT_EQ(drain(ends.server), "tail");
}

/// Texts as the pieces that a transport sends.
std::vector<iovec> pieces_of(std::vector<std::string>& texts) {
  std::vector<iovec> pieces;
  for (std::string& text : texts) pieces.push_back({text.data(), text.size()});
  return pieces;
}

TEST(TlsTransport, GathersSmallPiecesIntoFullRecords) {
  TlsEnds ends;
  ASSERT_TRUE(ends.shake());
  std::vector<std::string> texts;
  std::string all;
  for (int i = 0; i < 10000; ++i) {
    texts.push_back(std::to_string(i) + ' ');
    all += texts.back();
  }
  ends.client_pipe.sends = 0;
  const std::size_t arrived = ends.server_pipe.arrived.size();
  EXPECT_EQ(ends.client.send_pieces(pieces_of(texts)).bytes, all.size());
  EXPECT_EQ(ends.client_pipe.sends, 1);
  EXPECT_LT(ends.server_pipe.arrived.size() - arrived, all.size() + 4 * 64);
  EXPECT_EQ(drain(ends.server), all);
}

TEST(TlsTransport, SendsLargePiecesBesideSmallOnes) {
  TlsEnds ends;
  ASSERT_TRUE(ends.shake());
  std::vector<std::string> texts = {"a", std::string(20000, 'b'), "c", std::string(16384, 'd'),
                                    "e", std::string(3, 'f')};
  std::string all;
  for (const std::string& text : texts) all += text;
  EXPECT_EQ(ends.client.send_pieces(pieces_of(texts)).bytes, all.size());
  EXPECT_EQ(drain(ends.server), all);
}

TEST(TlsTransport, CountsPiecesWhoseRecordHasGoneOut) {
  TlsEnds ends;
  ASSERT_TRUE(ends.shake());
  drain(ends.client);
  std::vector<std::string> texts(100, std::string(500, 'x'));
  ends.client_pipe.capacity = ends.server_pipe.arrived.size() + 20000;  // a record and a bit
  EXPECT_EQ(ends.client.send_pieces(pieces_of(texts)).bytes, 16384U);
  texts.erase(texts.begin(), texts.begin() + 32);
  texts.front().erase(0, 384);
  std::vector<std::string> few(texts.begin(), texts.begin() + 3);
  EXPECT_EQ(ends.client.send_pieces(pieces_of(texts)).status, Status::want_write);
  std::string got = drain(ends.server);
  ends.client_pipe.capacity = 1 << 20;
  EXPECT_EQ(ends.client.send_pieces(pieces_of(texts)).bytes, 50000U - 16384U);
  got += drain(ends.server);
  EXPECT_TRUE(got == std::string(50000, 'x'));
  ends.client_pipe.capacity = ends.server_pipe.arrived.size();
  EXPECT_EQ(ends.client.send_pieces(pieces_of(texts)).status, Status::want_write);
  EXPECT_EQ(words(ends.client.send_pieces(pieces_of(few))), "bad length");
}

TEST(TlsTransport, RefusesARetryThatIsShorterThanTheRecord) {
  TlsEnds ends;
  ASSERT_TRUE(ends.shake());
  ends.client_pipe.capacity = ends.server_pipe.arrived.size() + 100;
  EXPECT_EQ(send(ends.client, std::string(5000, 'x')).status, Status::want_write);
  EXPECT_EQ(words(send(ends.client, "y")), "bad length");
  EXPECT_EQ(words(send(ends.client, std::string(5000, 'x'))), "closed");
}

TEST(TlsTransport, IsPendingForWholeRecordsAlone) {
  TlsEnds ends;
  ASSERT_TRUE(ends.shake());
  drain(ends.client);
  send(ends.server, std::string(16384, 'x'));
  char room[10];
  EXPECT_FALSE(ends.client.pending());
  EXPECT_EQ(ends.client.receive(room).bytes, 10u);
  EXPECT_TRUE(ends.client.pending());
  EXPECT_EQ(drain(ends.client).size(), 16374u);
  EXPECT_FALSE(ends.client.pending());
  // A whole record, and the beginning of the next.
  send(ends.server, "0123456789");
  send(ends.server, "next");
  const std::string last(1, ends.client_pipe.arrived.back());
  ends.client_pipe.arrived.pop_back();
  EXPECT_EQ(ends.client.receive(room).bytes, 10u);
  EXPECT_FALSE(ends.client.pending());
  EXPECT_EQ(ends.client.receive(room).status, Status::want_read);
  ends.client_pipe.arrived += last;
  EXPECT_EQ(ends.client.receive(room).bytes, 4u);
}

TEST(TlsTransport, AsksForMuchAsLongAsMuchComes) {
  TlsEnds ends;
  ASSERT_TRUE(ends.shake());
  drain(ends.client);
  std::vector<char> room(65536);
  const auto asked_for = [&](std::size_t bytes) {
    send(ends.server, std::string(bytes, 'x'));
    EXPECT_EQ(ends.client.receive(room).bytes, bytes);
    return ends.client_pipe.asked;
  };
  EXPECT_EQ(asked_for(5000), limits::kTlsReadBytes);
  // The first read of a small step comes back full; what it leaves does not fill a record.
  EXPECT_EQ(asked_for(9000), limits::kTlsReadBytesMax);
  EXPECT_EQ(asked_for(5000), limits::kTlsReadBytes);
  send(ends.server, std::string(65536, 'x'));
  drain(ends.client);
  EXPECT_EQ(asked_for(65536), limits::kTlsReadBytesMax);
  EXPECT_EQ(asked_for(65536), limits::kTlsReadBytesMax);  // no read came back full
  EXPECT_EQ(asked_for(100), limits::kTlsReadBytesMax);
  EXPECT_EQ(asked_for(100), limits::kTlsReadBytes);
}

TEST(TlsTransport, HasOpenSslKeepItsBufferForTheRecordsThatCameTogether) {
  TlsEnds ends;
  ASSERT_TRUE(ends.shake());
  drain(ends.client);
  const auto keeps = [&] {
    return (SSL_get_mode(ends.client.engine.session()) & SSL_MODE_RELEASE_BUFFERS) == 0;
  };
  EXPECT_FALSE(keeps());
  for (const char* text : {"one", "two", "end"}) send(ends.server, text);
  char room[3];
  EXPECT_EQ(ends.client.receive(room).bytes, 3U);
  EXPECT_TRUE(keeps());
  EXPECT_EQ(send(ends.client, "answer").bytes, 6U);  // whose buffer goes at once
  EXPECT_FALSE(keeps());
  EXPECT_EQ(ends.client.receive(room).bytes, 3U);
  EXPECT_TRUE(keeps());
  EXPECT_EQ(ends.client.receive(room).bytes, 3U);
  EXPECT_FALSE(keeps());
  EXPECT_EQ(drain(ends.server), "answer");
}

TEST(TlsTransport, AnEndThatCameWithDataIsPending) {
  TlsEnds ends;
  ASSERT_TRUE(ends.shake());
  drain(ends.client);
  send(ends.server, "last");
  ends.server.end_sending({});
  char room[100];
  EXPECT_EQ(ends.client.receive(room).bytes, 4u);
  EXPECT_TRUE(ends.client.pending());
  EXPECT_EQ(ends.client.receive(room).status, Status::end);
  EXPECT_FALSE(ends.client.pending());
  EXPECT_EQ(ends.client.receive(room).status, Status::end);
  EXPECT_EQ(send(ends.client, "still").bytes, 5u);
  EXPECT_EQ(drain(ends.server), "still");
}

TEST(TlsTransport, ABareEndIsAnErrorBehindTheData) {
  TlsEnds ends;
  ASSERT_TRUE(ends.shake());
  drain(ends.client);
  send(ends.server, "part");
  ends.client_pipe.is_ended = true;
  char room[100];
  EXPECT_EQ(ends.client.receive(room).bytes, 4u);
  EXPECT_EQ(words(ends.client.receive(room)), "unexpected eof while reading");
  const IoResult later = ends.client.receive(room);
  EXPECT_EQ(later.status, Status::failed);
  EXPECT_EQ(words(later), "closed");
  EXPECT_EQ(words(send(ends.client, "x")), "closed");
}

TEST(TlsTransport, BrokenCiphertextIsAnErrorAndTheEnd) {
  TlsEnds ends;
  ASSERT_TRUE(ends.shake());
  drain(ends.client);
  send(ends.server, "text");
  ends.client_pipe.arrived.back() ^= 1;
  char room[100];
  EXPECT_EQ(words(ends.client.receive(room)), "decryption failed or bad record mac");
  EXPECT_EQ(ends.client.receive(room).status, Status::failed);
}

TEST(TlsTransport, ReadsOnAfterASendThatFailed) {
  TlsEnds ends;
  ASSERT_TRUE(ends.shake());
  drain(ends.client);
  send(ends.server, "early");
  ends.client_pipe.is_gone = true;
  EXPECT_EQ(words(send(ends.client, "x")), "closed");
  EXPECT_EQ(words(send(ends.client, "x")), "closed");
  EXPECT_TRUE(ends.client.engine.output().empty());
  char room[100];
  EXPECT_EQ(ends.client.receive(room).bytes, 5u);
  EXPECT_EQ(ends.client.receive(room).status, Status::want_read);
  ends.client.shut_down();
  EXPECT_TRUE(ends.client.engine.output().empty());
}

TEST(TlsTransport, GoesBackToItsCallerFromAFloodWithoutData) {
  TlsEnds ends(TLS1_3_VERSION);
  ASSERT_TRUE(ends.shake());
  drain(ends.client);
  SSL* const session = ends.server.engine.session();
  for (int i = 0; i < 4000; ++i) {
    ASSERT_EQ(SSL_key_update(session, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
    ASSERT_EQ(SSL_do_handshake(session), 1);
    ends.server.flush();
  }
  const std::size_t all = ends.client_pipe.arrived.size();
  ASSERT_GT(all, 3 * limits::kTlsSilentBytes);
  char room[100];
  EXPECT_EQ(ends.client.receive(room).status, Status::want_read);
  EXPECT_GT(ends.client_pipe.arrived.size(), std::size_t{0});
}

TEST(TlsTransport, WaitsToWriteWhereARenegotiationDoes) {
  TlsEnds ends(TLS1_2_VERSION);
  ends.server_context.add_options(SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
  ASSERT_TRUE(ends.shake());
  drain(ends.client);
  ASSERT_EQ(SSL_renegotiate(ends.client.engine.session()), 1);
  ends.client_pipe.capacity = 0;  // of either direction: full
  char room[100];
  EXPECT_EQ(ends.client.receive(room).status, Status::want_write);
  EXPECT_EQ(ends.client.receive_wants, Status::want_write);
  EXPECT_EQ(send(ends.client, "x").status, Status::want_write);
}

TEST(TlsTransport, RunsOverItself) {
  TlsEnds outer;
  ASSERT_TRUE(outer.shake());
  TlsEnds inner(outer.client, outer.server);
  ASSERT_TRUE(inner.shake());
  const std::string data(100000, 'x');
  std::string got;
  for (std::size_t sent = 0; sent < data.size();) {
    const IoResult result = send(inner.client, std::string_view(data).substr(sent));
    if (result.status == Status::ok) sent += result.bytes;
    got += drain(inner.server);
  }
  EXPECT_EQ(got + drain(inner.server), data);
  inner.client.shut_down();
  EXPECT_EQ(drain(inner.server), "!");
  EXPECT_EQ(drain(outer.server), "!");
}

TEST(TlsTransport, ClosingOverItselfLosesNothingThatWaits) {
  TlsEnds outer;
  ASSERT_TRUE(outer.shake());
  TlsEnds inner(outer.client, outer.server);
  ASSERT_TRUE(inner.shake());
  drain(inner.client);
  outer.client_pipe.capacity = 0;
  const std::string data(65536, 'x');
  ASSERT_EQ(send(inner.client, data).status, Status::want_write);
  outer.client_pipe.capacity = 1 << 20;
  inner.client.shut_down();
  EXPECT_EQ(drain(inner.server), data + "!");
  EXPECT_EQ(drain(outer.server), "!");
}

TEST(TlsTransport, SaysItsEndOnce) {
  TlsEnds ends;
  ASSERT_TRUE(ends.shake());
  drain(ends.client);
  ends.client.shut_down();
  EXPECT_TRUE(ends.client.engine.output().empty());
  const std::size_t said = ends.server_pipe.arrived.size();
  ends.client.close();
  EXPECT_EQ(ends.server_pipe.arrived.size(), said);
}

TEST(TlsTransport, ClosingReadsWhatIsThere) {
  TlsEnds ends;
  ASSERT_TRUE(ends.shake());
  send(ends.server, "never read");
  ends.client.close();
  EXPECT_TRUE(ends.client_pipe.arrived.empty());
  EXPECT_EQ(drain(ends.server), "!");
  EXPECT_FALSE(ends.client.engine.is_open());
  EXPECT_FALSE(ends.client.pending());
}

TEST(TlsHandshake, TellsWhatItWaitsFor) {
  TlsEnds ends;
  ASSERT_FALSE(ends.client.engine.open(ends.client_context));
  ends.client_handshake.begin(TlsEnds::kForever);
  EXPECT_FALSE(test::step(ends.client_handshake, ends.host));
  EXPECT_EQ(ends.client_handshake.perform(), Progress::want_read);
  EXPECT_EQ(ends.client.wanted, Status::want_read);
  constexpr Timeouts kNoWait{0, -1};
  ends.client_handshake.begin(kNoWait);
  EXPECT_TRUE(test::step(ends.client_handshake, ends.host));
  EXPECT_EQ(ends.client_handshake.failure->code, Errc::timeout);
  EXPECT_FALSE(ends.client.engine.is_broken());
}

TEST(TlsHandshake, FailsWhenItWasClosedMeanwhile) {
  TlsEnds ends;
  ASSERT_FALSE(ends.client.engine.open(ends.client_context));
  ends.client_handshake.begin(TlsEnds::kForever);
  ASSERT_EQ(ends.client_handshake.perform(), Progress::done);
  ends.client.close();
  EXPECT_TRUE(ends.client_handshake.step(ends.host));
  EXPECT_EQ(ends.client_handshake.failure->code, Errc::closed);
}

TEST(TlsHandshake, FailsForGood) {
  TlsEnds ends;
  ASSERT_FALSE(ends.client.engine.open(ends.client_context));
  ends.client_pipe.arrived = "220 plain text\r\n";
  ends.client_handshake.begin(TlsEnds::kForever);
  ASSERT_TRUE(test::step(ends.client_handshake, ends.host));
  ErrorText scratch{};
  EXPECT_STREQ(tls::text_of(*ends.client_handshake.failure, scratch), "wrong version number");
  ends.client_handshake.begin(TlsEnds::kForever);
  ASSERT_TRUE(test::step(ends.client_handshake, ends.host));
  EXPECT_EQ(ends.client_handshake.failure->code, Errc::closed);
}

TEST(TlsHandshake, LeavesTheQueueOfErrorsAsItShouldBe) {
  TlsEnds ends;
  ASSERT_FALSE(ends.client.engine.open(ends.client_context));
  ERR_raise(ERR_LIB_SSL, SSL_R_BAD_LENGTH);  // somebody else's
  ends.client_pipe.arrived = "220 plain text\r\n";
  ends.client_handshake.begin(TlsEnds::kForever);
  ASSERT_TRUE(test::step(ends.client_handshake, ends.host));
  ErrorText scratch{};
  EXPECT_STREQ(tls::text_of(*ends.client_handshake.failure, scratch), "wrong version number");
  EXPECT_EQ(ERR_peek_error(), 0u);
}

}  // namespace
}  // namespace moontide
