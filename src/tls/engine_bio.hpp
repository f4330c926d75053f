#pragma once

#include "tls/openssl.hpp"

namespace moontide::tls {

class Engine;

/// What OpenSSL reads from and writes to: the buffers of an engine. Null when memory ran out.
BioPtr make_engine_bio(Engine& engine) noexcept;

}  // namespace moontide::tls
