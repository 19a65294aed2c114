#include "access/identity_cache.h"

#include <algorithm>
#include <memory>

namespace holter::access {
namespace {

constexpr std::size_t kEntryBytes = 256;  // nodes of list and table, besides what the entry holds
constexpr std::size_t kUseBytes = 192;    // a node with a hash of 67 bytes
constexpr std::size_t kMostWritten = 1000;

Error unknown() {
  return {ErrorCode::kUnauthenticated, "cannot let you in: the session or token is unknown or has ended"};
}

}  // namespace

IdentityCache::IdentityCache(catalog::Catalog& catalog, const Clock& clock, memory::Account& account,
                             const CacheOptions& options)
    : catalog_(catalog), clock_(clock), account_(account), options_(options), uses_memory_(account.adopt(0)) {}

boost::asio::awaitable<Result<Identity>> IdentityCache::find(std::string hash, Load load, MonoTime deadline) {
  if (auto* known = fresh(hash)) co_return use(hash, *known);
  auto epoch = epoch_;
  auto read = clock_.mono();  // before the answer: the entry is as old as the question
  ++stats_.reads;
  auto together = [load = std::move(load)](catalog::Database& database) {
    return database.read<Known>([&] { return load(database); });
  };
  auto loaded = co_await catalog_.read<Known>(std::move(together), {"find out who asks", deadline});
  if (!loaded) {
    if (loaded.error().code() != ErrorCode::kNotFound) co_return std::move(loaded).error();
    forget(hash);
    co_return unknown();
  }
  // A use that is not written yet is newer than the catalog's.
  if (auto noted = uses_.find(hash); noted != uses_.end()) loaded->used = std::max(loaded->used, noted->second);
  Known* kept = nullptr;
  if (epoch == epoch_) kept = keep(hash, *loaded, read);
  co_return use(hash, kept != nullptr ? *kept : *loaded);
}

Result<Identity> IdentityCache::use(const std::string& hash, Known& known) {
  auto now = clock_.wall();
  auto idle = options_.idle > milliseconds(0) && now - known.used >= options_.idle;
  if (known.expires <= now || idle) {
    forget(hash);
    return unknown();
  }
  known.used = std::max(known.used, now);
  if (now - known.written >= options_.write_interval && note_use(hash, now)) known.written = now;
  return known.identity;
}

Known* IdentityCache::fresh(const std::string& hash) {
  auto found = by_hash_.find(hash);
  if (found == by_hash_.end() || clock_.mono() - found->second->read >= options_.trusted) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return &found->second->known;
}

Known* IdentityCache::keep(const std::string& hash, Known known, MonoTime read) {
  if (auto found = by_hash_.find(hash); found != by_hash_.end()) {
    known.used = std::max(known.used, found->second->known.used);  // the catalog's may be older
    drop(found->second);
  }
  while (!entries_.empty() && entries_.size() >= options_.most) drop(std::prev(entries_.end()));
  auto memory = account_.reserve(sizeof(Entry) + kEntryBytes + hash.size() + known.identity.bytes());
  if (!memory || options_.most == 0) {
    ++stats_.not_kept;
    return nullptr;
  }
  entries_.push_front({hash, std::move(known), read, std::move(*memory)});
  by_hash_.emplace(entries_.front().hash, entries_.begin());
  return &entries_.front().known;
}

void IdentityCache::drop(Entries::iterator entry) {
  by_hash_.erase(entry->hash);
  entries_.erase(entry);
}

void IdentityCache::forget(const std::string& hash) {
  ++epoch_;
  if (auto found = by_hash_.find(hash); found != by_hash_.end()) drop(found->second);
}

void IdentityCache::forget_account(std::string_view name) {
  ++epoch_;
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    auto next = std::next(entry);
    if (entry->known.identity.account() == name) drop(entry);
    entry = next;
  }
}

bool IdentityCache::note_use(const std::string& hash, WallTime when) {
  if (auto found = uses_.find(hash); found != uses_.end()) {
    found->second = when;
    return true;
  }
  if (uses_.size() >= options_.most_uses || !uses_memory_.resize((uses_.size() + 1) * kUseBytes)) {
    ++stats_.uses_lost;
    return false;
  }
  uses_.emplace(hash, when);
  return true;
}

boost::asio::awaitable<Status> IdentityCache::write_uses(Write write, MonoTime deadline) {
  using Batch = std::vector<std::pair<std::string, WallTime>>;
  auto batch = std::make_shared<Batch>();
  while (!uses_.empty() && batch->size() < kMostWritten) {
    auto node = uses_.extract(uses_.begin());
    batch->emplace_back(std::move(node.key()), node.mapped());
  }
  (void)uses_memory_.resize(uses_.size() * kUseBytes);  // less than before, which is never refused
  if (batch->empty()) co_return Status{};
  auto work = [batch, write = std::move(write)](catalog::Transaction& transaction) -> Status {
    for (const auto& [hash, when] : *batch) {
      auto written = write(transaction, hash, when);
      // It may have ended meanwhile.
      if (!written && written.error().code() != ErrorCode::kNotFound) return written;
    }
    return {};
  };
  auto bytes = batch->size() * kUseBytes;
  auto written = co_await catalog_.write<void>("access:uses", std::move(work), {"note uses", deadline, bytes});
  if (!written)
    for (const auto& [hash, when] : *batch)
      if (!uses_.contains(hash)) (void)note_use(hash, when);  // counted where there is no room
  co_return written;
}

IdentityCache::Stats IdentityCache::stats() const {
  auto stats = stats_;
  stats.kept = entries_.size();
  stats.uses = uses_.size();
  return stats;
}

}  // namespace holter::access
