#include "catalog/catalog.h"

#include "catalog/worker.h"

namespace holter::catalog {

Result<std::unique_ptr<Catalog>> Catalog::open(const CatalogOptions& options, const Clock& clock,
                                               memory::Account& account) {
  TRY(auto database, Database::open(options.database, clock, account));
  auto worker = std::make_shared<Worker>(options, std::move(database), account);
  worker->start();
  return std::unique_ptr<Catalog>(new Catalog(std::move(worker)));
}

Catalog::~Catalog() {
  worker_->stop();
}

CatalogStats Catalog::stats() const {
  return worker_->stats();
}

Engine Catalog::engine() const {
  return worker_->engine();
}

Status Catalog::submit(Worker& worker, const std::shared_ptr<Job>& job, std::size_t bytes, bool write) {
  return worker.submit(job, bytes, write);
}

Error Catalog::left(Worker& worker, const Job& job, Job::State state, bool write, bool cancelled) {
  worker.late();
  std::string_view fate = !write                       ? ""
                          : state == Job::State::kRuns ? "; whether it was stored is unknown"
                                                       : "; nothing of it was stored";
  return {cancelled ? ErrorCode::kCancelled : ErrorCode::kTimeout,
          fmt::format("cannot {}: {}{}", job.what(), cancelled ? "cancelled" : "no answer in time", fate)};
}

}  // namespace holter::catalog
