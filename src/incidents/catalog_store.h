#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "catalog/catalog.h"
#include "notify/store.h"

namespace holter::incidents {

/// The outbox's store in the catalog. Each call waits for at most 30 s. Lifetime: the catalog outlives it.
class CatalogStore final : public notify::Store {
 public:
  CatalogStore(catalog::Catalog& catalog, const Clock& clock) : catalog_(catalog), clock_(clock) {}

  boost::asio::awaitable<Result<notify::EntryId>> add(notify::Entry entry) override;
  boost::asio::awaitable<Result<std::vector<notify::Backlog>>> backlog() override;
  boost::asio::awaitable<Result<notify::Backlog>> backlog_of(std::string receiver) override;
  boost::asio::awaitable<Result<std::vector<notify::Entry>>> due(std::string receiver, WallTime now, std::size_t most,
                                                                 std::size_t most_bytes) override;
  boost::asio::awaitable<Status> change(notify::EntryChange change) override;
  boost::asio::awaitable<Result<notify::EntryId>> add_digest(notify::Entry digest,
                                                             std::vector<notify::EntryId> members) override;
  boost::asio::awaitable<Result<std::string>> resend(notify::EntryId id, WallTime now) override;

 private:
  catalog::Call call(std::string what, std::size_t bytes = 0) const {
    return {std::move(what), clock_.mono() + std::chrono::seconds(30), bytes};
  }
  catalog::Catalog& catalog_;
  const Clock& clock_;
};

}  // namespace holter::incidents
