#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "define/config.h"

namespace holter::doctor {

// What the checks look at: plain values, so that a test can make a machine of its own.

/// Who runs this. The same user must run `holter serve`, or what was found does not hold for it.
struct User {
  std::uint32_t uid = 0, gid = 0;     ///< the effective ones
  std::vector<std::uint32_t> groups;  ///< supplementary ones
  std::uint64_t capabilities = 0;     ///< the effective set, a bit each (capabilities(7))
};

struct DataDir {
  enum class Kind : std::uint8_t { kMissing, kDirectory, kOther } kind = Kind::kMissing;
  std::string path;
  std::string parent;         ///< of kMissing: the nearest path above it that is there
  bool parent_is_dir = true;  ///< of kMissing
  bool writable = false;      ///< by this user: the directory itself, or `parent` of a missing one
  std::uint32_t mode = 0;     ///< permission bits
  std::uint32_t owner = 0;    ///< uid
};

/// The file system of the data directory (statvfs(3)).
struct Disk {
  std::string path;                                 ///< what was asked about
  std::string failure;                              ///< why it could not be asked; empty: the rest counts
  std::uint64_t total_bytes = 0, free_bytes = 0;    ///< free: for users without privileges
  std::uint64_t total_inodes = 0, free_inodes = 0;  ///< total 0: the file system does not count them
  bool read_only = false;
};

struct Ping {
  /// Groups, both ends included, whose processes may open ICMP datagram sockets (icmp(7)); none where it cannot be
  /// read.
  std::optional<std::pair<std::uint32_t, std::uint32_t>> group_range;
};

/// Descriptors that this process may have open (RLIMIT_NOFILE), and how many could be wanted.
struct OpenFiles {
  std::uint64_t soft = 0, hard = 0, wanted = 0;
};

/// What the kernel says of its clock (adjtimex(2)).
struct ClockState {
  std::string failure;  ///< why it could not be asked; empty: the rest counts
  bool synchronised = false;
  std::chrono::microseconds most_error{0};
};

struct Memory {
  Result<std::uint64_t> budget = 0;  ///< bytes of the main process, or why there is none that works
  std::uint64_t limit = 0;           ///< bytes that container or machine allow
  std::string limit_source;          ///< for messages
  std::optional<std::uint64_t>
      high;                      ///< least memory.high of the group and those above it: the kernel slows down there
  std::uint64_t swap_bytes = 0;  ///< of the machine
};

/// The kernel's pressure stall information.
struct Stalls {
  bool wanted = true;  ///< memory.psi
  bool there = false;
  std::string source;  ///< the file that is watched, or why there is none
};

struct Listen {
  enum class Kind : std::uint8_t {
    kFree,      ///< nobody has the port, or any will do (port 0)
    kHolter,    ///< a Holter that is ready
    kNotReady,  ///< a Holter that says that it is not ready
    kTaken,     ///< something else, or something that does not answer
    kRefused    ///< cannot be listened on at all
  } kind = Kind::kFree;
  std::string address;
  std::string detail;  ///< of kTaken: what it answered; of kRefused: why
};

struct TimeZones {
  std::string path;
  bool there = false;
};

/// A program that must stand beside this one.
struct Program {
  std::string path;
  bool there = false, executable = false;
};

struct Facts {
  User user;
  DataDir data_dir;
  Disk disk;
  Ping ping;
  OpenFiles open_files;
  ClockState clock;
  Memory memory;
  Stalls stalls;
  Listen listen;
  TimeZones time_zones;
  Program history;
};

/// What is looked at.
struct Subject {
  const define::Config& config;
  Result<std::uint64_t> budget;  ///< as the configuration and the limit give it
  std::size_t shards = 1;        ///< the most that may run
  std::string root = "/";        ///< of the kernel's files and the time zones; another one in tests only
};

/// Looks at the machine. Changes nothing, leaves the machine only to ask what has the port of server.listen (a loopback
/// address; at most 2 s). Never fails: what cannot be found out is said in the facts.
Facts gather(const Subject& subject, const Clock& clock);

/// The parts of it that read `root` or a path alone.
User read_user(const std::string& root);
Ping read_ping(const std::string& root);
DataDir read_data_dir(const std::string& path);
Disk read_disk(const std::string& path);

}  // namespace holter::doctor
