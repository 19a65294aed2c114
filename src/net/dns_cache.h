#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "memory/account.h"
#include "net/resolver.h"

namespace holter::net {

/// Answers by name until they expire. Bounded by a number of entries (the oldest goes first) and by an account: what
/// the account refuses is not kept, which costs a query next time. Threads: one shard's.
class DnsCache {
 public:
  using Addresses = std::vector<IpAddress>;

  DnsCache(std::size_t most_entries, const Clock& clock, memory::Account& account)
      : most_(most_entries), clock_(clock), account_(account) {}
  ~DnsCache();
  DnsCache(const DnsCache&) = delete;
  DnsCache& operator=(const DnsCache&) = delete;

  /// The answer, good or bad, or nullptr when there is none or it has expired. Valid until the next call.
  const Result<Addresses>* find(std::string_view host);
  void put(const std::string& host, const Result<Addresses>& answer, milliseconds ttl);
  /// Forgets all answers.
  void clear();
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string host;
    Result<Addresses> answer;
    MonoTime expires;
    std::size_t bytes;
  };
  using Entries = std::list<Entry>;
  void drop(Entries::iterator entry);

  const std::size_t most_;
  const Clock& clock_;
  memory::Account& account_;
  Entries entries_;  // oldest first; nodes do not move, so the index can point into them
  boost::unordered_flat_map<std::string_view, Entries::iterator> index_;
};

}  // namespace holter::net
