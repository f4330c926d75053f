// A storm of signals for a program that knows nothing of it. Preloaded, it installs a handler and
// has the main thread interrupted a thousand times a second. MOONTIDE_STORM says how the handler is
// installed: "restart" with SA_RESTART, "interrupt" without. At the end it prints "N signals".
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

volatile sig_atomic_t handled = 0;

void handle(int) { handled = handled + 1; }

void blow(const char* kind) {
  struct sigaction action {};
  action.sa_handler = handle;
  action.sa_flags = std::strcmp(kind, "restart") == 0 ? SA_RESTART : 0;
  sigaction(SIGUSR2, &action, nullptr);

  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGUSR2;
  event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
  timer_t timer{};
  const itimerspec millisecond = {{0, 1000000}, {0, 1000000}};
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 ||
      timer_settime(timer, 0, &millisecond, nullptr) != 0) {
    std::perror("signal storm");
    std::exit(2);
  }
}

__attribute__((constructor)) void begin() {
  const char* kind = std::getenv("MOONTIDE_STORM");
  // The library is inherited by what starts the program, and by what the program starts.
  if (kind != nullptr && std::strncmp(program_invocation_short_name, "lua", 3) == 0) blow(kind);
}

__attribute__((destructor)) void end() {
  if (handled > 0) std::printf("%d signals\n", static_cast<int>(handled));
}

}  // namespace
