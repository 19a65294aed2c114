#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "define/placement.h"
#include "memory/account.h"

namespace holter::app {

/// Where monitors belong: their folders, and what those of files name as their parents. A monitor in the root that
/// names none costs nothing; bytes of the others are on the account. Threads: one.
class Relations {
 public:
  explicit Relations(memory::Account& account) : account_(account) {}
  ~Relations() { account_.release(bytes_); }
  Relations(const Relations&) = delete;
  Relations& operator=(const Relations&) = delete;

  /// Errors: kResourceExhausted; it is as before then.
  Status set(MonitorId id, const define::Placement& placement);
  void remove(MonitorId id);
  void clear();

  define::Placement of(MonitorId id) const;
  bool same(MonitorId id, const define::Placement& placement) const;
  /// "" for the root. Valid until the next change.
  std::string_view folder(MonitorId id) const;
  /// Names, of a monitor of a file.
  const std::vector<std::string>& depends_on(MonitorId id) const;
  /// Whether any names a parent.
  bool any_names() const { return with_names_ > 0; }
  /// Calls `visit(id)` for each monitor that names parents.
  template <class Visit>
  void each_with_names(Visit visit) const {
    for (const auto& [id, entry] : entries_)
      if (entry.names) visit(MonitorId{id});
  }
  /// Gives those below `from` for which `moves(id)` is true the same place below `to`. What finds no memory stays, and
  /// makes it return false.
  bool move_folder(std::string_view from, std::string_view to, const std::function<bool(MonitorId)>& moves);

 private:
  /// How many lie in it. Most folders have many monitors, which share the text.
  using Folders = std::map<std::string, std::size_t, std::less<>>;
  struct Entry {
    Folders::value_type* folder = nullptr;  ///< null: the root
    std::unique_ptr<const std::vector<std::string>> names;
  };
  static constexpr std::size_t kEntryBytes = 56;    // with its share of a table that has just grown
  static constexpr std::size_t kFolderBytes = 112;  // a node, and what the allocator adds
  static std::size_t bytes_of(const std::vector<std::string>& names);
  static std::size_t folder_bytes(std::string_view folder) { return kFolderBytes + folder.size(); }

  Folders::value_type* enter(std::string_view folder);
  void leave(Folders::value_type* folder);

  memory::Account& account_;
  std::size_t bytes_ = 0, with_names_ = 0;
  boost::unordered_flat_map<std::uint64_t, Entry> entries_;
  Folders folders_;
};

}  // namespace holter::app
