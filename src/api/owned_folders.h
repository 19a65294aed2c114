#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "api/owned_monitors.h"
#include "memory/account.h"
#include "model/monitor.h"

namespace holter::api {

/// A place in the tree of monitors, with all that lies in it, also in folders below.
struct FolderReport {
  std::string path;  ///< "dc1/rack2"; "" is the root
  std::string description;
  bool stored = false;          ///< in the catalog; else it is there because a file's monitor names it
  std::int64_t created_ms = 0;  ///< 0: it is not stored
  std::string created_by;
  std::uint64_t version = 0;  ///< another one with each change of path or description; 0: it is not stored
  std::size_t monitors = 0;
  std::array<std::size_t, model::kStates> by_state{};  ///< by model::State
};
struct FolderList {
  std::vector<FolderReport> folders;  ///< by path, the root first
  memory::Reservation held;           ///< their bytes
};

/// Folders: those that users make, which the catalog has, and those that files of monitors name, which are there while
/// a monitor lies in them. Only the former can be changed. A path has at most 512 bytes, names of 1 to 256 between '/'.
///
/// Methods run on the API's executor; after the deadline they end with 504. Problems name the parameter at fault.
class OwnedFolders {
 public:
  virtual ~OwnedFolders() = default;
  virtual boost::asio::awaitable<Answered<FolderList>> list(Caller caller) = 0;
  /// 404 where the folder that it lies in is not stored, 409 where it is stored already.
  virtual boost::asio::awaitable<Answered<FolderReport>> create(std::string path, std::string description,
                                                                Caller caller) = 0;
  using Version = OwnedMonitors::Version;  ///< that must be the present one (412 where it is not); none: any
  struct Change {
    std::optional<std::string> to;  ///< its new path: all that lies in it moves along, but for what stands in files
    std::optional<std::string> description;
  };
  /// What is not set stays. 404, 409 as of create(); 400 for the root and for a place in itself.
  virtual boost::asio::awaitable<Answered<FolderReport>> change(std::string path, Version version, Change change,
                                                                Caller caller) = 0;
  /// 409 while folders or monitors of the catalog lie in it.
  virtual boost::asio::awaitable<Answered<void>> remove(std::string path, Version version, Caller caller) = 0;
};

}  // namespace holter::api
