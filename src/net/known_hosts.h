#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "memory/account.h"
#include "net/known_hosts_text.h"

namespace holter::net {

/// What is done with an SSH server whose key is not known yet.
enum class HostKeyPolicy : std::uint8_t {
  kAcceptNew,  ///< it is remembered, and must be the same from then on
  kStrict,     ///< it is refused
  kOff,        ///< any key will do, changed ones too; nothing is remembered
};

/// Of "accept-new", "strict" and "off"; any other text is strict.
HostKeyPolicy host_key_policy_of(std::string_view text);

/// The keys of SSH servers, in a file in OpenSSH's format that people may edit meanwhile: it is read again when it has
/// changed. A key that is added is written to a new file, which takes the old one's place.
///
/// Bounded: a file of more than kMostBytes is an error, and so is a key more once it is full.
///
/// Threads: any; a mutex is held during file operations, which are rare: one for each server that is seen for the first
/// time, else a stat() for each new session. Lifetime: the account outlives it.
class KnownHosts {
 public:
  static constexpr std::size_t kMostBytes = 4 << 20;  ///< some 40,000 servers

  struct Options {
    HostKeyPolicy policy = HostKeyPolicy::kAcceptNew;
    std::string path;  ///< empty: keys are remembered in memory only
  };
  KnownHosts(Options options, memory::Account& account) : options_(std::move(options)), account_(account) {}
  KnownHosts(const KnownHosts&) = delete;
  KnownHosts& operator=(const KnownHosts&) = delete;

  /// Whether a server that shows this public key (as it goes over the wire) may be spoken to as `host`:`port`. Errors:
  /// kUnavailable for a key that is revoked, another one than that which is known (with both fingerprints), or, when
  /// strict, not known; kIo when the file cannot be read or written; kResourceExhausted when it is full.
  Status check(std::string_view host, std::uint16_t port, std::string_view key);

  /// The types of the keys that are known of it: to be asked for first, since a server may have several. A file that
  /// cannot be read has none; check() says why.
  std::vector<std::string> known_types(std::string_view host, std::uint16_t port);

  const Options& options() const { return options_; }

 private:
  /// What tells that a file is another one than that which was read.
  struct Stamp {
    std::int64_t changed_ns = 0, size = -1;
    std::uint64_t inode = 0;
    bool operator==(const Stamp&) const = default;
  };

  Status refresh();
  Status take(std::string text, Stamp stamp);
  Status add(const std::string& line);
  Status write(const std::string& text, Stamp* stamp) const;

  const Options options_;
  memory::Account& account_;
  std::mutex mutex_;  ///< for all below
  std::string text_;  ///< the file
  std::vector<KnownHostLine> lines_;
  Stamp stamp_;
  memory::Reservation charged_;
};

}  // namespace holter::net
