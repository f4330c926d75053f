#pragma once

#include <cstddef>

/// Every limit of the library, in one place.
namespace moontide::limits {

/// What a stream reads ahead of the caller's wish at first: programs that hand a descriptor over
/// (STARTTLS) rely on no more than this being left behind in the old object (contract tcp.md).
constexpr std::size_t kReadAheadBytes = 8192;

/// What it reads ahead once a read came back full, that is, on a bulk transfer.
constexpr std::size_t kReadAheadBytesMax = 65536;

/// The largest single step of a read whose length the program gave: memory follows the bytes that
/// really come, whatever length was asked for.
constexpr std::size_t kReceiveStepBytes = 1 << 20;

/// Less room than this behind the buffered bytes is not worth a read.
constexpr std::size_t kUsefulRoomBytes = 4096;

/// Free read blocks that an interpreter keeps for the next stream that needs one.
constexpr std::size_t kPooledBlocksMax = 8;

/// Scratch memory of the codecs that an interpreter keeps for the next call in any case; and at
/// most, while results fill an eighth of it: fresh memory costs more page by page than it takes to
/// encode.
constexpr std::size_t kScratchBytesKept = 128 << 10;
constexpr std::size_t kScratchBytesKeptMax = 2 << 20;

/// A reply of an FTP or SMTP server, all its lines together. RFC 5321, 4.5.3.1.5 allows 512 bytes a
/// line; the longest seen in practice are banners of a few KiB.
constexpr std::size_t kReplyBytes = std::size_t{64} * 1024;

/// The largest datagram there is; asking for more allocates no more.
constexpr std::size_t kDatagramBytesMax = 65536;

/// What `receive` and `receivefrom` of datagram objects ask for by default.
constexpr std::size_t kDatagramBytesDefault = 8192;

/// `socket._SETSIZE` is the limit of open files, but within these bounds.
constexpr int kSelectDescriptorsMin = 1024;
constexpr int kSelectDescriptorsMax = 65536;

/// Length of the queue of a listening socket when the program names none.
constexpr int kBacklogDefault = 32;

/// Look-ups of one interpreter that may be under way beside it; one more fails with "temporary
/// failure in name resolution".
constexpr int kResolverThreadsMax = 32;

/// How long `toip` of a literal waits for the name that belongs to it, in seconds.
constexpr double kReverseLookupSeconds = 3;

/// Answers of name servers that an interpreter remembers; the one unused for longest goes first.
constexpr std::size_t kNameCacheEntries = 1024;

/// How long an answer counts at most, in seconds, whatever time to live it came with; and how long
/// the answer counts that there is nothing, within the bounds of RFC 2308, 5.
constexpr int kNameSecondsMax = 3600;
constexpr int kNameNegativeSeconds = 10;

/// How long a connection attempt stays alone before the next address is tried beside it, in seconds
/// (RFC 8305, 5: Connection Attempt Delay).
constexpr double kConnectionAttemptSeconds = 0.25;

/// Between two tries of a local connect or sendto while the peer's queue is full: the OS offers no
/// event.
constexpr double kQueueRetrySeconds = 0.005;

/// Waits within C calls that cannot be suspended, each of which runs the other tasks meanwhile:
/// they lie on top of each other on the C stack. A deeper one lets the others wait.
constexpr int kNestedTurnsMax = 16;

/// A result of at most so many bytes is composed on the C stack, a longer one in memory of Lua's.
constexpr std::size_t kTextRoomBytes = 8192;

/// A result of at most so many bytes is composed on the C stack, a longer one in memory of Lua's.
constexpr std::size_t kScratchBytes = 8192;

/// Bytes of an option name that an error message repeats.
constexpr std::size_t kOptionNameShown = 35;

/// A message head (or trailer section): all of it, one line of it, and how many fields it may have.
constexpr std::size_t kHttpHeadBytes = std::size_t{256} * 1024;
constexpr std::size_t kHttpLineBytes = std::size_t{64} * 1024;
constexpr std::size_t kHttpHeadFields = 1000;

/// A chunk of at most this size is handed over whole, a larger one in pieces (contract http.md, 9).
constexpr std::size_t kHttpChunkBytes = 1 << 20;

/// The least that a piece of a body has, unless the body ends or the peer pauses; what one read
/// asks for; and the block of the original, for which alone a time-out ran there.
constexpr std::size_t kHttpBlockBytes = std::size_t{16} * 1024;
constexpr std::size_t kHttpReadBytes = kReadAheadBytesMax;
constexpr std::size_t kHttpBlockBytesMin = 2048;

/// How long a piece of kHttpBlockBytesMin waits for more to come with it, in seconds: a stream of
/// events must not lie in the buffer.
constexpr double kHttpPatienceSeconds = 0.1;

}  // namespace moontide::limits
