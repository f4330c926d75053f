#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "base/error.hpp"

namespace moontide {

/// A T, or the reason there is none. Trivially destructible whenever T is.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit
  Result(Error error) : state_(std::in_place_index<1>, error) {}         // NOLINT: implicit
  explicit operator bool() const noexcept { return state_.index() == 0; }
  T& operator*() noexcept { return *std::get_if<0>(&state_); }
  const T& operator*() const noexcept { return *std::get_if<0>(&state_); }
  T* operator->() noexcept { return std::get_if<0>(&state_); }
  const T* operator->() const noexcept { return std::get_if<0>(&state_); }
  Error error() const noexcept { return *std::get_if<1>(&state_); }

 private:
  std::variant<T, Error> state_;
};

/// Nothing on success, the reason otherwise: what a call returns that has no value to give.
using Failure = std::optional<Error>;

}  // namespace moontide
