#pragma once

#include "base/error.hpp"
#include "net/name_request.hpp"

namespace moontide {

/// The failure that a status of c-ares is, in the vocabulary of the question's kind (contract
/// errors.md, Name resolution). Never called for success.
Error error_of_status(int status, NameRequest::Kind kind) noexcept;

}  // namespace moontide
