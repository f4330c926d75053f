#pragma once

#include <string_view>

namespace moontide::http {

/// One field of a head. The views lie in the head.
struct Field {
  std::string_view name;   ///< As sent: case and white space before the colon included.
  std::string_view value;  ///< Without white space in front; that at the end stays.
  std::string_view
      folds;  ///< Lines that continue the value (obs-fold), with their ends; mostly empty.
};

/// Lists the fields of a section that HeadParser found complete.
class FieldReader {
 public:
  explicit FieldReader(std::string_view fields) noexcept : rest_(fields) {}

  /// False at the end.
  bool next(Field& field) noexcept;

 private:
  std::string_view rest_;
};

/// Takes the next line off Field::folds: it belongs to the value with the white space it begins
/// with. False when there is none.
bool next_fold(std::string_view& folds, std::string_view& line) noexcept;

}  // namespace moontide::http
