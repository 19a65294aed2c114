#include "net/dns_cache.h"

#include <iterator>
#include <new>

namespace holter::net {

DnsCache::~DnsCache() {
  clear();
}

void DnsCache::clear() {
  while (!entries_.empty()) drop(entries_.begin());
  index_ = {};
}

const Result<DnsCache::Addresses>* DnsCache::find(std::string_view host) {
  auto found = index_.find(host);
  if (found == index_.end()) return nullptr;
  if (found->second->expires > clock_.mono()) return &found->second->answer;
  drop(found->second);
  return nullptr;
}

void DnsCache::put(const std::string& host, const Result<Addresses>& answer, milliseconds ttl) {
  if (auto old = index_.find(host); old != index_.end()) drop(old->second);
  // The node, its slot in the index, what malloc adds to each, and the texts.
  auto bytes = sizeof(Entry) + 128 + host.size();
  bytes += answer ? answer->size() * sizeof(IpAddress) : answer.error().message().size();
  while (entries_.size() >= most_ && !entries_.empty()) drop(entries_.begin());
  if (most_ == 0 || !account_.try_reserve(bytes)) return;
  bool listed = false;
  try {
    entries_.push_back({host, answer, clock_.mono() + ttl, bytes});
    listed = true;
    index_.emplace(entries_.back().host, std::prev(entries_.end()));
  } catch (const std::bad_alloc&) {  // not kept
    if (listed) entries_.pop_back();
    account_.release(bytes);
  }
}

void DnsCache::drop(Entries::iterator entry) {
  account_.release(entry->bytes);
  index_.erase(entry->host);
  entries_.erase(entry);
}

}  // namespace holter::net
