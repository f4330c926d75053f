#include <dlfcn.h>

#include <climits>
#include <string_view>

#include "net/dns_client.hpp"
#include "net/dns_module.hpp"

// How the native module makes a client: out of native_names.so, which lies beside it.
namespace moontide {
namespace {

constexpr char kFile[] = "native_names.so";

#ifdef __GLIBC__

/// $ORIGIN is where this module was when it was loaded, whatever the working directory is now.
void* open_neighbour() noexcept {
  constexpr char kPath[] = "$ORIGIN/native_names.so";
  return ::dlopen(kPath, RTLD_NOW | RTLD_LOCAL);
}

#else

void* open_neighbour() noexcept {
  Dl_info self{};
  if (::dladdr(kFile, &self) == 0 || self.dli_fname == nullptr) return nullptr;
  std::string_view directory(self.dli_fname);
  directory = directory.substr(0, directory.rfind('/') + 1);
  char path[PATH_MAX];
  if (directory.size() + sizeof kFile > sizeof path) return nullptr;
  std::memcpy(path, directory.data(), directory.size());
  std::memcpy(path + directory.size(), kFile, sizeof kFile);
  return ::dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

#endif

}  // namespace

DnsClientPtr make_dns_client(const char* servers) noexcept {
  void* const library = open_neighbour();
  if (library == nullptr) return nullptr;
  const auto* const module = static_cast<const DnsModule*>(::dlsym(library, "moontide_dns_module"));
  if (module == nullptr || !module->is_of_this_build()) return nullptr;
  return module->make_client(servers);
}

}  // namespace moontide
