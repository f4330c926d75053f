#include <dlfcn.h>
#include <link.h>

#include <climits>
#include <cstring>
#include <string_view>

#include "net/dns_client.hpp"
#include "net/dns_module.hpp"

// How the native module makes a client: out of native_names.so, which lies beside it.
namespace moontide {
namespace {

constexpr char kFile[] = "/native_names.so";

/// Where this module lies.
struct Place {
  char directory[PATH_MAX];
};

#ifdef __GLIBC__

/// Whatever the working directory is by now. dlopen of "$ORIGIN/..." says the same, but asks for
/// its caller, which is not this module where a sanitizer or a tool stands in between.
bool find_place(Place& place) noexcept {
  Dl_info self{};
  void* map = nullptr;
  return ::dladdr1(kFile, &self, &map, RTLD_DL_LINKMAP) != 0 &&
         ::dlinfo(map, RTLD_DI_ORIGIN, place.directory) == 0;
}

#else

bool find_place(Place& place) noexcept {
  Dl_info self{};
  if (::dladdr(kFile, &self) == 0 || self.dli_fname == nullptr) return false;
  const std::string_view path(self.dli_fname);
  const std::size_t size = path.find_last_of('/');
  if (size == std::string_view::npos || size >= sizeof place.directory) return false;
  std::memcpy(place.directory, path.data(), size);
  place.directory[size] = '\0';
  return true;
}

#endif

void* open_neighbour() noexcept {
  Place place;
  if (!find_place(place)) return nullptr;
  char path[sizeof place.directory + sizeof kFile];
  const std::size_t size = std::strlen(place.directory);
  std::memcpy(path, place.directory, size);
  std::memcpy(path + size, kFile, sizeof kFile);
  return ::dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

}  // namespace

Result<DnsClientPtr> make_dns_client(const char* servers) noexcept {
  void* const library = open_neighbour();
  if (library == nullptr) return DnsClientPtr();
  const auto* const module = static_cast<const DnsModule*>(::dlsym(library, "moontide_dns_module"));
  if (module == nullptr || !module->is_of_this_build()) return DnsClientPtr();
  return module->make_client(servers);
}

}  // namespace moontide
