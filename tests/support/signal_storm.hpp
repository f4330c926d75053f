#pragma once

#include <poll.h>
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <ctime>
#include <thread>

namespace moontide::test {

/// While it lives, the thread that made it is interrupted thousands of times a second.
class SignalStorm {
 public:
  /// `flags` of sigaction(2): 0 or SA_RESTART.
  explicit SignalStorm(int flags) : target_(pthread_self()) {
    handled_count() = 0;
    struct sigaction action {};
    action.sa_handler = [](int) { ++handled_count(); };
    action.sa_flags = flags;
    sigaction(SIGUSR1, &action, &before_);
    thread_ = std::thread([this] { blow(); });
  }
  SignalStorm(const SignalStorm&) = delete;
  SignalStorm& operator=(const SignalStorm&) = delete;
  ~SignalStorm() {
    over_ = true;
    thread_.join();
    sigaction(SIGUSR1, &before_, nullptr);
  }

  /// How many signals were handled so far.
  static int handled() noexcept { return handled_count(); }

 private:
  static std::atomic<int>& handled_count() noexcept {
    static std::atomic<int> count = 0;
    static_assert(std::atomic<int>::is_always_lock_free, "the handler may touch nothing else");
    return count;
  }
  void blow() noexcept {
    const std::timespec pace{0, 100'000};
    while (!over_) {
      pthread_kill(target_, SIGUSR1);
      ::ppoll(nullptr, 0, &pace, nullptr);
    }
  }

  pthread_t target_;
  struct sigaction before_ {};
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

}  // namespace moontide::test
