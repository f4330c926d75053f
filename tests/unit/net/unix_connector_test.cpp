// Goal: a local connect is done at once, and waits for a place in a full queue within the timeouts.
// Method: abstract names that the system chooses, so no file is left behind, but for one.
#include "net/unix_connector.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "reactor/blocking.hpp"
#include "support/error_words.hpp"
#include "support/signal_storm.hpp"
#include "support/sockets.hpp"

namespace moontide {
namespace {

using test::words;

constexpr Timeouts kForever;
constexpr Timeouts kNoWait{0, -1};

/// A local server at a name of the system's choice.
struct LocalServer {
  explicit LocalServer(int backlog = 4) : fd(std::move(*open_socket(AF_UNIX, SOCK_STREAM))) {
    Address automatic;
    if (make_unix("", automatic) || bind_socket(fd.get(), automatic) ||
        listen_socket(fd.get(), backlog)) {
      throw std::runtime_error("local server");
    }
    address = *local_address(fd.get());
  }
  Fd fd;
  Address address;
};

struct LocalClient {
  explicit LocalClient(bool adopted = false) {
    Fd fd = std::move(*open_socket(AF_UNIX, SOCK_STREAM));
    if (adopted) {
      test::set_blocking(fd.get());
      socket.adopt(fd.release());
    } else {
      socket.own(std::move(fd));
    }
  }
  std::string connect(const Address& address, const Timeouts& limits) {
    operation.begin(address, limits);
    run_blocking(operation, operation.perform());
    return words(operation.failure);
  }
  SocketHandle socket;
  UnixConnectOperation operation{socket};
};

/// Connects until no more fits into the server's queue.
std::vector<Fd> fill_queue(const LocalServer& server) {
  std::vector<Fd> waiting;
  for (int i = 0; i < 64; ++i) {
    Result<Fd> fd = open_socket(AF_UNIX, SOCK_STREAM);
    if (start_connect(fd->get(), server.address)) return waiting;
    waiting.push_back(std::move(*fd));
  }
  throw std::runtime_error("the queue does not fill");
}

TEST(UnixConnect, IsDoneAtOnce) {
  const LocalServer server;
  for (const bool adopted : {false, true}) {
    LocalClient client(adopted);
    EXPECT_EQ(client.connect(server.address, kNoWait), "");
    EXPECT_TRUE(accept_socket(server.fd.get()));
  }
}

TEST(UnixConnect, SaysWhyItCannot) {
  LocalClient client;
  Address address;
  ASSERT_FALSE(make_unix("/nonexistent/socket", address));
  EXPECT_EQ(client.connect(address, kForever), "No such file or directory");
  ASSERT_FALSE(make_unix("/dev/null", address));
  EXPECT_EQ(client.connect(address, kForever), "connection refused") << "no socket";
  ASSERT_FALSE(make_unix("", address));
  EXPECT_EQ(client.connect(address, kForever), "Invalid argument");
  Address gone;
  {
    const LocalServer server;
    gone = server.address;
  }
  EXPECT_EQ(client.connect(gone, kForever), "connection refused");
}

TEST(UnixConnect, SaysThatAPathBelongsToDatagrams) {
  std::string directory = ::testing::TempDir() + "moontide-XXXXXX";
  ASSERT_NE(::mkdtemp(directory.data()), nullptr);
  const std::string path = directory + "/datagrams";
  Address address;
  ASSERT_FALSE(make_unix(path, address));
  const Result<Fd> datagrams = open_socket(AF_UNIX, SOCK_DGRAM);
  EXPECT_EQ(words(bind_socket(datagrams->get(), address)), "");
  LocalClient client;
  EXPECT_EQ(client.connect(address, kForever), "Protocol wrong type for socket");
  ::unlink(path.c_str());
  ::rmdir(directory.c_str());
}

TEST(UnixConnect, TimesOutOnAFullQueueAndCanBeRepeated) {
  const LocalServer server(0);
  const std::vector<Fd> waiting = fill_queue(server);
  for (const bool adopted : {false, true}) {
    LocalClient client(adopted);
    EXPECT_EQ(client.connect(server.address, kNoWait), "timeout");
    EXPECT_EQ(client.connect(server.address, Timeouts{-1, 0}), "timeout");
    const auto start = Deadline::Clock::now();
    EXPECT_EQ(client.connect(server.address, Timeouts{0.012, -1}), "timeout");
    EXPECT_GE(Deadline::Clock::now() - start, std::chrono::milliseconds(12));
    EXPECT_TRUE(client.socket.fd);
    ASSERT_TRUE(accept_socket(server.fd.get()));
    EXPECT_EQ(client.connect(server.address, kNoWait), "");
  }
}

TEST(UnixConnect, GetsAPlaceAsSoonAsThereIsOne) {
  const LocalServer server(0);
  const std::vector<Fd> waiting = fill_queue(server);
  LocalClient client;
  client.operation.begin(server.address, kForever);
  ASSERT_EQ(client.operation.perform(), Progress::want_timer) << "the first try found it full";
  std::thread host([&] { EXPECT_TRUE(accept_socket(server.fd.get())); });
  run_blocking(client.operation, Progress::want_timer);
  host.join();
  EXPECT_EQ(words(client.operation.failure), "");
}

TEST(UnixConnect, WaitsOutAStormOfSignals) {
  const LocalServer server(0);
  const std::vector<Fd> waiting = fill_queue(server);
  LocalClient client;
  const test::SignalStorm storm(0);
  const auto start = Deadline::Clock::now();
  EXPECT_EQ(client.connect(server.address, Timeouts{0.02, -1}), "timeout");
  EXPECT_GE(Deadline::Clock::now() - start, std::chrono::milliseconds(20));
}

}  // namespace
}  // namespace moontide
