// The operation that connects, sends a head and reads one: a scripted transport has the stream, the
// connection is made to a real loopback port.
#include "exchange/exchange_heads.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/connecting.hpp"
#include "support/scripted_transport.hpp"

namespace moontide {
namespace {

using test::ScriptedTransport;

constexpr std::string_view kRequest = "GET / HTTP/1.1\r\n\r\n";

class Exchange : public testing::Test {
 protected:
  ScriptedTransport peer_;
  BlockPool pool_;
  Stream stream_{peer_, pool_};
  test::Connecting client_;
  SendOperation send_{stream_};
  ReadHeadOperation read_;
  ExchangeHeadsOperation exchange_;
  http::HeadLimits limits_;

  void begin(const std::string& service, Timeouts timeouts) {
    client_.timeouts = timeouts;
    client_.socket.family = AF_UNSPEC;
    client_.operation.begin("127.0.0.1", service, AF_UNSPEC, SOCK_STREAM, client_.timeouts,
                            client_.names);
    exchange_.begin({client_.operation, send_, read_}, stream_, kRequest, limits_,
                    client_.timeouts);
  }
  /// Until the connection stands, and the answer is waited for or has come.
  Progress perform_connected() {
    Progress progress = exchange_.perform();
    while (progress != Progress::done && exchange_.fd == client_.socket.fd.get()) {
      pollfd one{exchange_.fd, POLLOUT, 0};
      if (::poll(&one, 1, 10000) != 1) throw std::runtime_error("no connection");
      progress = exchange_.perform();
    }
    return progress;
  }
};

TEST_F(Exchange, ConnectsSendsAndReads) {
  const test::Server server;
  peer_.accepts(5);
  peer_.accepts(100);
  peer_.arrives("HTTP/1.1 204 No");
  peer_.arrives(" Content\r\nA: b\r\n\r\n");
  begin(server.service, test::kForever);
  // What was asked just now has no answer yet: it waits before it looks.
  EXPECT_EQ(perform_connected(), Progress::want_read);
  EXPECT_EQ(exchange_.fd, ScriptedTransport::kSomeFd);
  EXPECT_EQ(peer_.sent, kRequest);
  EXPECT_TRUE(peer_.rooms.empty());
  EXPECT_EQ(exchange_.perform(), Progress::done);
  EXPECT_FALSE(exchange_.failure);
  EXPECT_EQ(read_.parser().status_code(), 204);
}

TEST_F(Exchange, LooksAtOnceWhenItMayNotWait) {
  const test::Server server;
  peer_.accepts(100);
  peer_.arrives("HTTP/1.1 200 OK\r\n\r\n");
  begin(server.service, Timeouts{0, -1});
  EXPECT_EQ(perform_connected(), Progress::done);
  EXPECT_EQ(exchange_.failure->code, Errc::timeout) << "connecting takes a wait";
}

TEST_F(Exchange, ARefusedConnectionIsItsFailureAndNothingIsSent) {
  const test::RefusingPort port;
  begin(port.service, test::kForever);
  EXPECT_EQ(perform_connected(), Progress::done);
  EXPECT_EQ(test::words(exchange_.failure), "connection refused");
  EXPECT_EQ(peer_.sent, "");
}

TEST_F(Exchange, FailsAsTheStepItIsInFails) {
  const test::Server server;
  peer_.hung_up();
  begin(server.service, test::kForever);
  EXPECT_EQ(perform_connected(), Progress::done);
  EXPECT_EQ(exchange_.failure->code, Errc::closed);
  peer_.accepts(100);
  begin(server.service, test::kForever);
  EXPECT_EQ(perform_connected(), Progress::want_read);
  EXPECT_EQ(exchange_.expire(), Progress::done);
  EXPECT_EQ(exchange_.failure->code, Errc::timeout);
  peer_.accepts(100);
  begin(server.service, test::kForever);
  EXPECT_EQ(perform_connected(), Progress::want_read);
  EXPECT_EQ(exchange_.closed(), Progress::done);
  EXPECT_EQ(exchange_.failure->code, Errc::closed);
}

}  // namespace
}  // namespace moontide
