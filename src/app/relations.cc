#include "app/relations.h"

#include <new>
#include <utility>

#include "access/identity.h"

namespace holter::app {

std::size_t Relations::bytes_of(const std::vector<std::string>& names) {
  auto bytes = sizeof(names) + names.capacity() * sizeof(std::string);
  for (const auto& name : names) bytes += name.capacity() > 15 ? name.capacity() + 1 : 0;
  return bytes;
}

/// One more lies in it. Null for the root. Throws std::bad_alloc, with no effect.
Relations::Folders::value_type* Relations::enter(std::string_view folder) {
  if (folder.empty()) return nullptr;
  auto found = folders_.find(folder);
  if (found == folders_.end()) found = folders_.emplace(folder, 0).first;
  ++found->second;
  return &*found;
}

void Relations::leave(Folders::value_type* folder) {
  if (folder == nullptr || --folder->second > 0) return;
  auto bytes = folder_bytes(folder->first);
  bytes_ -= bytes;
  account_.release(bytes);
  folders_.erase(folders_.find(folder->first));
}

Status Relations::set(MonitorId id, const define::Placement& placement) try {
  if (same(id, placement)) return {};
  if (placement == define::Placement()) {
    remove(id);
    return {};
  }
  Entry fresh;
  std::size_t wanted = kEntryBytes;
  if (!placement.depends_on.empty()) {
    fresh.names = std::make_unique<const std::vector<std::string>>(placement.depends_on);
    wanted += bytes_of(*fresh.names);
  }
  if (!placement.folder.empty() && !folders_.contains(placement.folder)) wanted += folder_bytes(placement.folder);
  TRY(auto held, account_.reserve(wanted));
  auto place = entries_.try_emplace(id.value).first;
  try {
    fresh.folder = enter(placement.folder);
  } catch (const std::bad_alloc&) {
    if (place->second.folder == nullptr && !place->second.names) entries_.erase(place);
    throw;
  }
  // Nothing below can fail.
  held.keep();
  bytes_ += wanted;
  auto old = std::exchange(place->second, std::move(fresh));
  bool was_there = old.folder != nullptr || old.names;
  if (place->second.names) ++with_names_;
  auto freed = was_there ? kEntryBytes : 0;
  if (old.names) {
    --with_names_;
    freed += bytes_of(*old.names);
  }
  leave(old.folder);
  bytes_ -= freed;
  account_.release(freed);
  return {};
} catch (const std::bad_alloc&) {
  return Error(ErrorCode::kResourceExhausted, "cannot keep where a monitor belongs: the allocator's cap is reached");
}

void Relations::remove(MonitorId id) {
  auto found = entries_.find(id.value);
  if (found == entries_.end()) return;
  auto old = std::move(found->second);
  entries_.erase(found);
  auto freed = kEntryBytes;
  if (old.names) {
    --with_names_;
    freed += bytes_of(*old.names);
  }
  leave(old.folder);
  bytes_ -= freed;
  account_.release(freed);
  if (entries_.empty()) entries_ = decltype(entries_)();
}

void Relations::clear() {
  entries_ = decltype(entries_)();
  folders_.clear();
  with_names_ = 0;
  account_.release(std::exchange(bytes_, 0));
}

std::string_view Relations::folder(MonitorId id) const {
  auto found = entries_.find(id.value);
  return found == entries_.end() || found->second.folder == nullptr ? std::string_view()
                                                                    : std::string_view(found->second.folder->first);
}

const std::vector<std::string>& Relations::depends_on(MonitorId id) const {
  static const std::vector<std::string> kNone;
  auto found = entries_.find(id.value);
  return found == entries_.end() || !found->second.names ? kNone : *found->second.names;
}

define::Placement Relations::of(MonitorId id) const {
  return {std::string(folder(id)), depends_on(id)};
}

bool Relations::same(MonitorId id, const define::Placement& placement) const {
  return folder(id) == placement.folder && depends_on(id) == placement.depends_on;
}

bool Relations::move_folder(std::string_view from, std::string_view to, const std::function<bool(MonitorId)>& moves) {
  std::vector<std::uint64_t> moving;
  try {
    for (const auto& [id, entry] : entries_)
      if (entry.folder != nullptr && access::is_within(entry.folder->first, from) && moves({id})) moving.push_back(id);
  } catch (const std::bad_alloc&) {
    return false;
  }
  bool all = true;
  for (auto id : moving) {
    auto placement = of({id});
    placement.folder = std::string(to) + placement.folder.substr(from.size());
    all = set({id}, placement).has_value() && all;
  }
  return all;
}

}  // namespace holter::app
