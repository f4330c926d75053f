#pragma once

#include <cstdlib>
#include <string>

#include "codec/output.hpp"

namespace moontide::test {

/// An output on the heap, which it frees.
class HeapOutput {
 public:
  HeapOutput() = default;
  HeapOutput(const HeapOutput&) = delete;
  HeapOutput& operator=(const HeapOutput&) = delete;
  ~HeapOutput() { std::free(output_.memory()); }

  Output& operator*() noexcept { return output_; }
  std::string text() const { return std::string(output_.view()); }

 private:
  Output output_{nullptr, 0, Output::Memory::heap};
};

}  // namespace moontide::test
