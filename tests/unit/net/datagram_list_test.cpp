// Goal: many datagrams by few calls are the same as one by one.
#include "net/datagram_list.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/limits.hpp"
#include "reactor/blocking.hpp"
#include "support/error_words.hpp"
#include "support/sockets.hpp"

namespace moontide {
namespace {

using test::words;

constexpr Timeouts kNoWait{0, -1};
constexpr Timeouts kShort{0.01, -1};

using Texts = std::vector<std::string>;

/// A UDP socket on a free port of the loopback, and its operations.
class Peer {
 public:
  Peer() {
    handle.own(test::bound(AF_INET, SOCK_DGRAM));
    const int room = 1 << 22;
    ::setsockopt(handle.fd.get(), SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  }
  Address address() const { return *local_address(handle.fd.get()); }

  /// What came; a failure as one text.
  Texts receive(std::size_t count, std::size_t size = 8192, const Timeouts& limits = kNoWait) {
    receiving.begin(count, size, Senders::wanted, limits);
    run_blocking(receiving, receiving.perform());
    if (receiving.failure) return {"error: " + words(receiving.failure)};
    Texts texts = held();
    receiving.take();
    return texts;
  }
  Texts held() const {
    Texts texts;
    for (const IncomingDatagram& datagram : receiving.datagrams()) {
      const std::span<const char> bytes{static_cast<const char*>(datagram.bytes.iov_base),
                                        datagram.bytes.iov_len};
      texts.emplace_back(bytes.data(), bytes.size());
    }
    return texts;
  }
  /// How many went, and why not more.
  std::string send(Texts texts, const std::vector<Address>& targets) {
    std::vector<iovec> pieces;
    for (std::string& text : texts) pieces.push_back({text.data(), text.size()});
    sending.begin({pieces, targets}, kNoWait);
    run_blocking(sending, sending.perform());
    const std::string count = std::to_string(sending.sent());
    return sending.failure ? count + ": " + words(sending.failure) : count;
  }

  SocketHandle handle;
  BlockPool pool;
  ReceiveManyOperation receiving{handle, pool};
  SendManyOperation sending{handle};
};

Texts numbered(int count, std::size_t size) {
  Texts texts;
  for (int i = 0; i < count; ++i) {
    texts.push_back(std::to_string(i));
    texts.back().resize(size, '.');
  }
  return texts;
}

TEST(DatagramLists, ArriveAsTheyWereSent) {
  Peer near;
  Peer far;
  const std::vector<Address> target{far.address()};
  for (const Texts& texts :
       {Texts{"one"}, Texts{"same", "size", "tail", "end"}, Texts{"short", "much longer"},
        Texts{"", "", "x", "", "y"}, numbered(3, 60000), numbered(20, 9000), numbered(200, 64)}) {
    EXPECT_EQ(near.send(texts, target), std::to_string(texts.size()));
    Texts got;
    while (got.size() < texts.size()) {
      const Texts more = far.receive(limits::kDatagramsMax, limits::kDatagramBytesMax);
      got.insert(got.end(), more.begin(), more.end());
    }
    EXPECT_EQ(got, texts);
  }
}

TEST(DatagramLists, GoToATargetEach) {
  Peer near;
  Peer one;
  Peer two;
  EXPECT_EQ(near.send({"a1", "b1", "c2", "d1"},
                      {one.address(), one.address(), two.address(), one.address()}),
            "4");
  EXPECT_EQ(one.receive(10), (Texts{"a1", "b1", "d1"}));
  EXPECT_EQ(two.receive(10), Texts{"c2"});
}

TEST(DatagramLists, ComeWithTheirSenders) {
  Peer far;
  Peer one;
  Peer two;
  one.send({"a"}, {far.address()});
  two.send({"b"}, {far.address()});
  far.receiving.begin(5, 100, Senders::wanted, kNoWait);
  EXPECT_EQ(far.receiving.perform(), Progress::done);
  ASSERT_EQ(far.receiving.datagrams().size(), 2U);
  EXPECT_EQ(far.receiving.datagrams()[0].sender, one.address());
  EXPECT_EQ(far.receiving.datagrams()[1].sender, two.address());
}

TEST(DatagramLists, StayUntilTheyAreTaken) {
  Peer near;
  Peer far;
  near.send({"a", "b", "c"}, {far.address()});
  far.receiving.begin(3, 100, Senders::wanted, kNoWait);
  EXPECT_EQ(far.receiving.perform(), Progress::done);
  EXPECT_EQ(far.held(), (Texts{"a", "b", "c"}));
  EXPECT_EQ(far.receive(2), (Texts{"a", "b"}));
  EXPECT_EQ(far.receive(2), Texts{"c"});
  EXPECT_EQ(far.receive(2), Texts{"error: timeout"});
}

TEST(DatagramLists, AreCutToTheSizeAskedFor) {
  Peer near;
  Peer far;
  near.send({"abcdef", "ab"}, {far.address()});
  EXPECT_EQ(far.receive(5, 4), (Texts{"abcd", "ab"}));
  near.send({"abcdef", "ab"}, {far.address()});
  EXPECT_EQ(far.receive(5, 0), (Texts{"", ""}));
}

TEST(DatagramLists, SayHowManyWentBeforeAFailure) {
  Peer near;
  Peer far;
  EXPECT_EQ(near.send({"a", "b", std::string(70000, 'x'), "c"}, {far.address()}),
            "2: Message too long");
  EXPECT_EQ(far.receive(5), (Texts{"a", "b"}));
}

TEST(DatagramLists, OfNothingSendNothing) {
  Peer near;
  near.handle.own(Fd());
  EXPECT_EQ(near.send({}, {}), "0");
  EXPECT_EQ(near.send({"a"}, {}), "0: refused");
  EXPECT_EQ(near.receive(1), Texts{"error: closed"});
}

TEST(DatagramLists, AnErrorBehindWhatCameIsTheNextCalls) {
  Peer near;
  Peer far;
  const Address gone = far.address();
  near.handle.family = AF_INET;
  ASSERT_EQ(::connect(near.handle.fd.get(), gone.get(), gone.size), 0);
  far.handle.own(Fd());
  EXPECT_EQ(near.send({"x"}, {}), "1");
  EXPECT_EQ(near.receive(5, 100, kShort), Texts{"error: connection refused"});
}

TEST(DatagramLists, HaveNoSendersWhereNobodyWantedThem) {
  Peer near;
  Peer far;
  EXPECT_EQ(near.send({"a", "b"}, {far.address()}), "2");
  far.receiving.begin(5, 100, Senders::unwanted, kNoWait);
  EXPECT_EQ(far.receiving.perform(), Progress::done);
  EXPECT_EQ(far.held(), (Texts{"a", "b"}));
  for (const IncomingDatagram& datagram : far.receiving.datagrams()) {
    EXPECT_EQ(datagram.sender.size, 0U);
  }
  far.receiving.take();
  EXPECT_EQ(near.send({"c"}, {far.address()}), "1");
  std::vector<IncomingDatagram> rooms(1);
  char memory[10];
  rooms[0].bytes = {memory, sizeof memory};
  EXPECT_EQ(*receive_one_by_one(far.handle.fd.get(), rooms, Senders::unwanted), 1U);
  EXPECT_EQ(rooms[0].sender.size, 0U);
}

TEST(DatagramLists, GoOneByOneWhereTheSystemHasNoOtherWay) {
  Peer near;
  Peer far;
  Texts texts{"first", "", "third"};
  std::vector<iovec> pieces;
  for (std::string& text : texts) pieces.push_back({text.data(), text.size()});
  const std::vector<Address> target{far.address()};
  const OutgoingDatagrams datagrams{pieces, target};
  const Result<std::size_t> sent = send_one_by_one(near.handle.fd.get(), datagrams);
  ASSERT_TRUE(sent);
  EXPECT_EQ(*sent, 3U);
  char memory[5][10];
  std::vector<IncomingDatagram> rooms;
  for (auto& room : memory) rooms.push_back({{room, sizeof room}, {}});
  const Result<std::size_t> received =
      receive_one_by_one(far.handle.fd.get(), rooms, Senders::wanted);
  ASSERT_TRUE(received);
  ASSERT_EQ(*received, 3U);
  EXPECT_EQ(std::string(memory[0], rooms[0].bytes.iov_len), "first");
  EXPECT_EQ(rooms[1].bytes.iov_len, 0U);
  EXPECT_EQ(rooms[2].sender, near.address());
  EXPECT_TRUE(
      receive_one_by_one(far.handle.fd.get(), rooms, Senders::wanted).error().is_errno(EAGAIN));
}

TEST(DatagramLists, OneByOneLoseNothingThatCameBeforeAnError) {
  Peer near;
  Peer far;
  Texts texts{"first", "second"};
  std::vector<iovec> pieces;
  for (std::string& text : texts) pieces.push_back({text.data(), text.size()});
  const std::vector<Address> target{far.address()};
  const Result<std::size_t> sent = send_one_by_one(near.handle.fd.get(), {pieces, target});
  ASSERT_TRUE(sent);
  ASSERT_EQ(*sent, 2U);
  char memory[10];
  std::vector<IncomingDatagram> rooms{{{memory, sizeof memory}, {}}, {{nullptr, 10}, {}}};
  const Result<std::size_t> received =
      receive_one_by_one(far.handle.fd.get(), rooms, Senders::wanted);
  ASSERT_TRUE(received);
  EXPECT_EQ(*received, 1U);
  EXPECT_EQ(std::string(memory, rooms[0].bytes.iov_len), "first");
}

}  // namespace
}  // namespace moontide
