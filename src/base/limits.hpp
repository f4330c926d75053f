#pragma once

#include <cstddef>

/// Every limit of the library, in one place.
namespace moontide::limits {

/// What a stream reads ahead of the caller's wish at first: programs that hand a descriptor over
/// (STARTTLS) rely on no more than this being left behind in the old object (contract tcp.md).
constexpr std::size_t kReadAheadBytes = 8192;

/// What it reads ahead once a read came back full, that is, on a bulk transfer.
constexpr std::size_t kReadAheadBytesMax = 65536;

/// The large one of the two sizes of pooled blocks (the other is kReadAheadBytes): a bulk read, or
/// as many TLS records as go out together, which are each up to 325 bytes longer than what they
/// carry (RFC 5246, 6.2.3, RFC 8446, 5.2).
constexpr std::size_t kLargeBlockBytes = kReadAheadBytesMax + 2048;

/// The largest single step of a read whose length the program gave: memory follows the bytes that
/// really come, whatever length was asked for.
constexpr std::size_t kReceiveStepBytes = 1 << 20;

/// Less room than this behind the buffered bytes is not worth a read.
constexpr std::size_t kUsefulRoomBytes = 4096;

/// A buffer of so many bytes has a mapping of its own and asks for huge pages: a fault for each
/// small page takes longer than to copy it.
constexpr std::size_t kHugePageBlockBytes = std::size_t{8} << 20;

/// Pieces of a list that one system call sends: IOV_MAX of Linux; POSIX promises 16.
constexpr std::size_t kSendPiecesMax = 1024;

/// A list of at most so many bytes is copied together and sent as one string: until the copy costs
/// more than the kernel's work on pieces.
constexpr std::size_t kJoinedBytes = 8192;

/// Bytes of a file that one system call sends, and those that are copied at a time where none can.
constexpr std::size_t kSendFileBytes = std::size_t{1} << 20;
constexpr std::size_t kFileCopyBytes = kReadAheadBytesMax;

/// Free read blocks that an interpreter keeps for the next stream that needs one.
constexpr std::size_t kPooledBlocksMax = 8;

/// A free block of another size than those, of which it keeps one: enough for the datagrams of one
/// system call. To allocate and free it each time would have the allocator tidy its heap up.
constexpr std::size_t kSpareBlockBytes = std::size_t{640} << 10;

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

/// Datagrams that one `receivemany` gives at most, whatever was asked for; and those that one
/// system call moves.
constexpr std::size_t kDatagramsMax = 1024;
constexpr std::size_t kDatagramsPerCall = 64;

/// Datagrams that Linux cuts out of one message (UDP_MAX_SEGMENTS), and the bytes of all: a message
/// with its headers has 64 KiB.
constexpr std::size_t kSegmentsMax = 64;
constexpr std::size_t kSegmentedBytes = 65000;

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

/// Bytes of an option name that an error message repeats.
constexpr std::size_t kOptionNameShown = 35;

/// How often a server may have a password hashed for SCRAM (RFC 5802): RFC 7677, 4 asks for 4096 at
/// least, and a million take some tenths of a second.
constexpr int kScramIterationsMin = 4096;
constexpr int kScramIterationsMax = 1'000'000;

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

/// Ciphertext that one read asks for at first, and once as much came: many records at once.
constexpr std::size_t kTlsReadBytes = kReadAheadBytes;
constexpr std::size_t kTlsReadBytesMax = kLargeBlockBytes;

/// Plain text that a record holds (RFC 8446, 5.1).
constexpr std::size_t kTlsRecordBytes = std::size_t{16} * 1024;

/// How many records are encrypted before they are handed to the system together.
constexpr std::size_t kTlsRecordsPerSend = 4;

/// What answers to a peer's messages may pile up before nothing more is read from that peer.
constexpr std::size_t kTlsAnswerBytes = std::size_t{64} * 1024;

/// Ciphertext that gave no data, after which a receive goes back to its caller: more than a record
/// of 16 KiB (RFC 8446, 5.1).
constexpr std::size_t kTlsSilentBytes = std::size_t{32} * 1024;

/// What is read and dropped when a connection is closed that has not been read to its end: unread
/// bytes would make the system reset it, and the peer lose what it has not read yet.
constexpr std::size_t kTlsDiscardBytes = std::size_t{256} * 1024;

/// A server name (RFC 6066).
constexpr std::size_t kTlsServerNameBytes = 255;

/// Keys of session tickets that a server has: one that seals, and others that open what they have
/// sealed. How long one of its own seals, and a ticket is good, in seconds.
constexpr std::size_t kTlsTicketKeys = 8;
constexpr int kTlsTicketKeySeconds = 3600;
constexpr int kTlsTicketSeconds = 7200;

/// Tickets that a server leaves behind a handshake of TLS 1.3.
constexpr std::size_t kTlsTickets = 1;

/// How long an OCSP response counts that does not say how long it does, in seconds.
constexpr long kTlsStatusSeconds = 7L * 24 * 3600;

/// Keying material that one call exports.
constexpr std::size_t kTlsExportBytes = std::size_t{1} << 20;

/// Errors of one verification that are kept to be told; there may be more.
constexpr std::size_t kTlsVerifyErrors = 64;

}  // namespace moontide::limits
