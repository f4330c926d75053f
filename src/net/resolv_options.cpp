#include "net/resolv_options.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <memory>

namespace moontide {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

/// Takes the first word off `text`; empty at the end.
std::string_view next_word(std::string_view& text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
  text.remove_prefix(word.size());
  return word;
}

/// Sets `value` if the word is `name` with a number behind it.
void read_number(std::string_view word, std::string_view name, int most, int& value) noexcept {
  if (!word.starts_with(name)) return;
  word.remove_prefix(name.size());
  int number = 0;
  const auto parsed = std::from_chars(word.data(), word.data() + word.size(), number);
  if (parsed.ec == std::errc() && number >= 0) value = std::min(number, most);
}

}  // namespace

void ResolvOptions::read(std::string_view options) noexcept {
  constexpr int kTimeoutMax = 30;  // RES_MAXRETRANS and RES_MAXRETRY of <resolv.h>
  constexpr int kAttemptsMax = 5;
  for (;;) {
    const std::string_view word = next_word(options);
    if (word.empty()) return;
    read_number(word, "timeout:", kTimeoutMax, timeout_seconds);
    read_number(word, "attempts:", kAttemptsMax, attempts);
  }
}

void ResolvOptions::read_file(const char* path) noexcept {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path, "re"), std::fclose);
  if (file == nullptr) return;
  char line[1024];
  while (std::fgets(line, sizeof line, file.get()) != nullptr) {
    std::string_view rest(line);
    if (next_word(rest) == "options") read(rest);
  }
}

}  // namespace moontide
