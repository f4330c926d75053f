// Goal: every text of the contract is given out as it stands there, in whatever locale.
#include "base/error.hpp"

#include <gtest/gtest.h>
#include <locale.h>
#include <netdb.h>

#include <cstdlib>
#include <cstring>
#include <string>

namespace moontide {
namespace {

std::string text_of(Error error) {
  ErrorText scratch{};
  return error_text(error, scratch);
}

struct Row {
  int code;
  const char* text;
};

// The rows of contract errors.md, in its order.
constexpr Row kErrnoRows[] = {
    {EADDRINUSE, "address already in use"},
    {EISCONN, "already connected"},
    {EACCES, "permission denied"},
    {ECONNREFUSED, "connection refused"},
    {ECONNABORTED, "closed"},
    {ECONNRESET, "closed"},
    {ETIMEDOUT, "timeout"},
    {EBADF, "Bad file descriptor"},
    {EINVAL, "Invalid argument"},
    {ENOTCONN, "Transport endpoint is not connected"},
    {EALREADY, "Operation already in progress"},
    {EADDRNOTAVAIL, "Cannot assign requested address"},
    {EAFNOSUPPORT, "Address family not supported by protocol"},
    {ENETUNREACH, "Network is unreachable"},
    {EHOSTUNREACH, "No route to host"},
    {EHOSTDOWN, "Host is down"},
    {ENETDOWN, "Network is down"},
    {EMSGSIZE, "Message too long"},
    {EMFILE, "Too many open files"},
    {ENFILE, "Too many open files in system"},
    {ENOTSOCK, "Socket operation on non-socket"},
    {EOPNOTSUPP, "Operation not supported"},
    {EPROTOTYPE, "Protocol wrong type for socket"},
    {EDESTADDRREQ, "Destination address required"},
    {ENOBUFS, "No buffer space available"},
    {ENOMEM, "Cannot allocate memory"},
    {EPERM, "Operation not permitted"},
    {ENOENT, "No such file or directory"},
    {EISDIR, "Is a directory"},
    {ENOTDIR, "Not a directory"},
    {ENXIO, "No such device or address"},
    {ENODEV, "No such device"},
    {EROFS, "Read-only file system"},
    {ELOOP, "Too many levels of symbolic links"},
    {EPIPE, "Broken pipe"},
    {ESHUTDOWN, "Cannot send after transport endpoint shutdown"},
    {EPROTONOSUPPORT, "Protocol not supported"},
    {ENOPROTOOPT, "Protocol not available"},
    {EIO, "Input/output error"},
    {ENOTTY, "Inappropriate ioctl for device"},
};

constexpr Row kLongFormRows[] = {
    {EAI_NONAME, "host or service not provided, or not known"},
    {EAI_SERVICE, "service not supported for socket type"},
    {EAI_AGAIN, "temporary failure in name resolution"},
    {EAI_FAIL, "non-recoverable failure in name resolution"},
    {EAI_FAMILY, "ai_family not supported"},
    {EAI_SOCKTYPE, "ai_socktype not supported"},
    {EAI_BADFLAGS, "invalid value for ai_flags"},
    {EAI_MEMORY, "memory allocation failure"},
    {EAI_OVERFLOW, "argument buffer overflow"},
    {EAI_ADDRFAMILY, "Address family for hostname not supported"},
    {EAI_NODATA, "No address associated with hostname"},
};

constexpr Row kSystemFormRows[] = {
    {EAI_NONAME, "Name or service not known"},
    {EAI_SERVICE, "Servname not supported for ai_socktype"},
    {EAI_AGAIN, "Temporary failure in name resolution"},
    {EAI_FAIL, "Non-recoverable failure in name resolution"},
    {EAI_FAMILY, "ai_family not supported"},
    {EAI_ADDRFAMILY, "Address family for hostname not supported"},
    {EAI_MEMORY, "Memory allocation failure"},
    {EAI_SYSTEM, "System error"},
};

constexpr Row kClassicFormRows[] = {
    {HOST_NOT_FOUND, "host not found"},    {TRY_AGAIN, "Host name lookup failure"},
    {NO_RECOVERY, "Unknown server error"}, {NO_DATA, "No address associated with name"},
    {-1, "Resolver internal error"},
};

void expect_all_texts() {
  for (const Row& row : kErrnoRows) EXPECT_EQ(text_of(Error::from_errno(row.code)), row.text);
  for (const Row& row : kLongFormRows) {
    EXPECT_EQ(text_of(Error::from_resolver(row.code, 0)), row.text);
  }
  for (const Row& row : kSystemFormRows) {
    EXPECT_EQ(text_of(Error{Errc::resolver_system, row.code}), row.text);
  }
  for (const Row& row : kClassicFormRows) {
    EXPECT_EQ(text_of(Error{Errc::resolver_host, row.code}), row.text);
  }
}

TEST(ErrorText, OfTheLibrarysConditionsIsThatOfTheContract) {
  EXPECT_EQ(text_of(Error{Errc::timeout}), "timeout");
  EXPECT_EQ(text_of(Error{Errc::closed}), "closed");
  EXPECT_EQ(text_of(Error{Errc::refused}), "refused");
  EXPECT_EQ(text_of(Error{Errc::busy}), "Operation already in progress");
  EXPECT_EQ(text_of(Error{Errc::path_too_long}), "path too long");
  EXPECT_EQ(text_of(Error{Errc::line_too_long}), "line too long");
  EXPECT_EQ(text_of(Error{Errc::no_memory}), "out of memory");
  EXPECT_EQ(text_of(Error{Errc::setsockopt_failed}), "setsockopt failed");
  EXPECT_EQ(text_of(Error{Errc::getsockopt_failed}), "getsockopt failed");
  EXPECT_EQ(text_of(Error{Errc::resolver_internal}), "Resolver internal error");
}

TEST(ErrorText, OfEveryCodeIsThatOfTheContract) { expect_all_texts(); }

TEST(ErrorText, DoesNotFollowTheLocale) {
  // Whichever of them the machine has; with a catalogue installed, glibc's own texts would change.
  const std::string before = setlocale(LC_ALL, nullptr);
  std::string taken;
  for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "C.UTF-8"}) {
    if (setlocale(LC_ALL, name) != nullptr) {
      taken = name;
      break;
    }
  }
  setenv("LANGUAGE", "de:fr", 1);
  expect_all_texts();
  unsetenv("LANGUAGE");
  EXPECT_EQ(setlocale(LC_ALL, nullptr), taken.empty() ? before : taken) << "left as it was found";
  setlocale(LC_ALL, before.c_str());
}

TEST(ErrorText, OfASystemErrorFromTheResolverIsTheSystemsAlone) {
  EXPECT_EQ(text_of(Error::from_resolver(EAI_SYSTEM, EACCES)), "Permission denied");
  EXPECT_EQ(text_of(Error::from_resolver(EAI_SYSTEM, ECONNREFUSED)), "Connection refused");
  EXPECT_EQ(text_of(Error::from_resolver(EAI_SYSTEM, EADDRINUSE)), "Address already in use");
  EXPECT_EQ(text_of(Error::from_resolver(EAI_SYSTEM, EISCONN)),
            "Transport endpoint is already connected");
  EXPECT_EQ(text_of(Error::from_resolver(EAI_SYSTEM, ECONNRESET)), "Connection reset by peer");
  EXPECT_EQ(text_of(Error::from_resolver(EAI_SYSTEM, ECONNABORTED)),
            "Software caused connection abort");
  EXPECT_EQ(text_of(Error::from_resolver(EAI_SYSTEM, ETIMEDOUT)), "Connection timed out");
  EXPECT_EQ(text_of(Error::from_resolver(EAI_SYSTEM, EMFILE)), "Too many open files");
}

TEST(ErrorText, IsNeverEmptyWhateverTheCode) {
  EXPECT_EQ(text_of(Error::from_errno(0)), "unknown error");
  for (const Errc code : {Errc::system, Errc::system_plain, Errc::resolver, Errc::resolver_system,
                          Errc::resolver_host}) {
    for (int number = -200; number < 600; ++number) {
      EXPECT_NE(text_of(Error{code, number}), "") << number;
    }
    EXPECT_NE(text_of(Error{code, 1'000'000'000}), "");
  }
}

TEST(ErrorText, OfAnErrnoWithoutARowIsTheSystems) {
  EXPECT_EQ(text_of(Error::from_errno(ENOSPC)), "No space left on device");
  EXPECT_EQ(text_of(Error::from_errno(EXDEV)), "Invalid cross-device link");
}

TEST(ErrorText, FitsItsScratchForEveryErrnoOfTheSystem) {
  for (int number = 1; number < 200; ++number) {
    if (const char* text = strerrordesc_np(number)) {
      EXPECT_LT(std::string(text).size(), sizeof(ErrorText)) << text;
    }
  }
}

TEST(Error, KnowsItsErrno) {
  EXPECT_TRUE(Error::from_errno(EAGAIN).is_errno(EAGAIN));
  EXPECT_FALSE(Error::from_errno(EAGAIN).is_errno(EINTR));
  EXPECT_FALSE((Error{Errc::resolver, EAGAIN}).is_errno(EAGAIN));
  EXPECT_TRUE(Error::from_errno(EMFILE).is_out_of_descriptors());
  EXPECT_TRUE(Error::from_errno(ENFILE).is_out_of_descriptors());
  EXPECT_FALSE(Error::from_errno(ENOMEM).is_out_of_descriptors());
  EXPECT_FALSE((Error{Errc::system_plain, EMFILE}).is_out_of_descriptors());
}

TEST(Error, ComparesByCodeAndNumber) {
  EXPECT_EQ(Error::from_errno(EPIPE), (Error{Errc::system, EPIPE}));
  EXPECT_NE(Error::from_errno(EPIPE), Error::from_errno(EIO));
  EXPECT_NE(Error{Errc::timeout}, Error{Errc::closed});
}

}  // namespace
}  // namespace moontide
