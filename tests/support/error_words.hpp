#pragma once

#include <string>

#include "base/result.hpp"

namespace moontide::test {

/// The text scripts would see; "" for no failure at all.
inline std::string words(const Failure& failure) {
  if (!failure) return "";
  ErrorText scratch{};
  return error_text(*failure, scratch);
}

}  // namespace moontide::test
