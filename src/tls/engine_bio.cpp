#include "tls/engine_bio.hpp"

#include <algorithm>
#include <cstring>

#include "tls/engine.hpp"

namespace moontide::tls {

struct EngineBio {
  static Engine& engine_of(BIO* bio) noexcept { return *static_cast<Engine*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* room, std::size_t size, std::size_t* count) noexcept {
    BIO_clear_retry_flags(bio);
    Engine& engine = engine_of(bio);
    if (engine.input_.empty()) {
      if (!engine.input_ended_) BIO_set_retry_read(bio);
      return 0;
    }
    *count = std::min(size, engine.input_.size());
    std::memcpy(room, engine.input_.view().data(), *count);
    engine.input_.consume(*count);
    engine.keep_buffers(!engine.input_.empty());
    return 1;
  }

  static int write(BIO* bio, const char* data, std::size_t size, std::size_t* count) noexcept {
    BIO_clear_retry_flags(bio);
    Engine& engine = engine_of(bio);
    *count = 0;
    while (*count < size) {
      const std::span<char> room = engine.output_.room(size - *count);
      if (room.empty()) {
        ERR_raise(ERR_LIB_SSL, ERR_R_MALLOC_FAILURE);
        return 0;
      }
      std::memcpy(room.data(), data + *count, room.size());
      engine.output_.commit(room.size());
      *count += room.size();
    }
    engine.output_written_ += size;
    return 1;
  }

  static long control(BIO* bio, int command, long number, void* pointer) noexcept {
    (void)number, (void)pointer;
    switch (command) {
      case BIO_CTRL_FLUSH:
        return 1;
      case BIO_CTRL_EOF:
        return engine_of(bio).input_ended_ && engine_of(bio).input_.empty() ? 1 : 0;
      default:
        return 0;
    }
  }

  static int create(BIO* bio) noexcept {
    BIO_set_init(bio, 1);
    return 1;
  }
};

namespace {

BIO_METHOD* make_method() noexcept {
  BIO_METHOD* method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "moontide");
  if (method == nullptr) return nullptr;
  BIO_meth_set_read_ex(method, EngineBio::read);
  BIO_meth_set_write_ex(method, EngineBio::write);
  BIO_meth_set_ctrl(method, EngineBio::control);
  BIO_meth_set_create(method, EngineBio::create);
  return method;
}

/// A table of functions, the same for all engines and never changed; as long as the process lives.
const BIO_METHOD* engine_method() noexcept {
  static const BIO_METHOD* const method = make_method();
  return method;
}

}  // namespace

BioPtr make_engine_bio(Engine& engine) noexcept {
  const BIO_METHOD* method = engine_method();
  if (method == nullptr) return nullptr;
  BioPtr bio(BIO_new(method));
  if (bio != nullptr) BIO_set_data(bio.get(), &engine);
  return bio;
}

}  // namespace moontide::tls
