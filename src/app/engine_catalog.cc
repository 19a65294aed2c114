#include "app/engine.h"
#include "app/local.h"

// What users own: the catalog, and what lives on it.
namespace holter::app {

namespace asio = boost::asio;

/// Blocks: nothing runs yet.
asio::awaitable<Status> Engine::open_catalog() {
  catalog_place_.reset();
  catalog::CatalogOptions options{.database = database_options(loaded_.config)};
  options.database.library_bytes = catalog_bytes_;
  CO_TRY(catalog_, catalog::Catalog::open(options, clock_, ledger_.account("catalog")));
  auto sealed = [](catalog::Database& database) { return catalog::has_sealed_params(database); };
  CO_TRY(key_options_.has_sealed,
         co_await catalog_->read<bool>(sealed, {"look for sealed parameters", clock_.mono() + seconds(30), 0}));
  key_options_.data_dir = loaded_.config.data_dir;
  CO_TRY(keyring_, secrets::Keyring::load(key_options_));
  accounts_ = std::make_unique<Accounts>(Accounts::Parts{.config = loaded_.config,
                                                         .clock = clock_,
                                                         .control = control_,
                                                         .catalog = *catalog_,
                                                         .account = ledger_.account("access"),
                                                         .hashes = ledger_.account("access/hashes"),
                                                         .budget = budget_});
  owned_definitions_ = std::make_unique<OwnedDefinitions>(OwnedDefinitions::Parts{
      .config = loaded_.config,
      .files = loaded_.files,
      .definitions = loaded_.definitions,
      .clock = clock_,
      .catalog = *catalog_,
      .fleet = *fleet_,
      .events = *events_,
      .texts = ledger_.account("catalog/pages"),
      .held = ledger_.account("monitors/definitions"),
      .reloading = [this] { return reloading_; },
      .changing_monitors = [this] { return owned_ && owned_->busy(); },
      .reload = [this](const Over* over, api::ReloadOrder order) { return reload(Read::kDefinitions, order, over); },
  });
  co_return co_await lay_over_files();
}

/// What the catalog has of definitions counts from now on. One that cannot be used is no reason not to start.
asio::awaitable<Status> Engine::lay_over_files() {
  CO_TRY_OK(co_await owned_definitions_->read());
  define::Problems found;  // what is wrong with files has been told
  std::vector<define::LeftOut> left_out;
  loaded_.definitions = define::lay_over(loaded_.files, owned_definitions_->over(), left_out, found);
  owned_definitions_->note_left_out(left_out, loaded_.problems);
  co_return Status();
}

void Engine::make_owned() {
  owned_ = std::make_unique<OwnedMonitors>(OwnedMonitors::Parts{
      .config = loaded_.config,
      .definitions = loaded_.definitions,
      .clock = clock_,
      .control = control_,
      .catalog = *catalog_,
      .keyring = *keyring_,
      .fleet = *fleet_,
      .governor = *governor_,
      .events = *events_,
      .jobs = *jobs_,
      .load = load_,
      .files = files_,
      .trials = trials_,
      .shards = shards_,
      .pages = ledger_.account("catalog/pages"),
      .faults = ledger_.account("monitors/faults"),
      .replies = ledger_.account("api/replies"),
      .detail = [this](MonitorId id) { return backend_->monitor(id); },
      .each_match = [this](const auto& query, const auto& visit) { backend_->each_match(query, visit); },
      .reloading = [this] { return reloading_ || owned_definitions_->changing(); },
  });
  folders_ = std::make_unique<OwnedFolders>(OwnedFolders::Parts{.catalog = *catalog_,
                                                                .fleet = *fleet_,
                                                                .latest = *latest_,
                                                                .owned = *owned_,
                                                                .pages = ledger_.account("catalog/pages")});
}

void Engine::make_alerting() {
  alerting_ = std::make_unique<Alerting>(Alerting::Parts{
      .config = loaded_.config,
      .clock = clock_,
      .control = control_,
      .catalog = *catalog_,
      .keyring = *keyring_,
      .fleet = *fleet_,
      .latest = *latest_,
      .history = *history_,
      .events = *events_,
      .account = ledger_.account("alert"),
      .sending = ledger_.account("alert/notify"),
      .pages = ledger_.account("catalog/pages"),
      .url = without_slash(loaded_.config.server.url),
      .level = [this] { return governor_->level(); },
      .definition_of = [this](std::string_view app) { return loaded_.definitions.find(app); },
  });
  fleet_->on_stop([alerting = alerting_.get()](MonitorId id) { alerting->stopped(id); });
}

void Engine::make_status_pages() {
  // What visitors ask for must not take what users need: docs/memory.md.
  constexpr std::size_t kMostKept = 4 << 20;
  auto& kept = ledger_.account("api/status");
  kept.set_limit(kMostKept);
  status_pages_ = std::make_unique<StatusPages>(StatusPages::Parts{
      .catalog = *catalog_,
      .fleet = *fleet_,
      .latest = *latest_,
      .clock = clock_,
      .pages = ledger_.account("catalog/pages"),
      .kept = kept,
      .heartbeats = [this](history::HeartbeatsQuery query,
                           MonoTime deadline) { return history_->query_heartbeats(std::move(query), deadline); },
  });
}

}  // namespace holter::app
