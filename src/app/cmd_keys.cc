#include <algorithm>
#include <boost/json.hpp>
#include <optional>

#include <fmt/format.h>
#include <sys/stat.h>

#include "app/commands.h"
#include "app/key_rotation.h"
#include "app/local.h"
#include "app/text_table.h"
#include "base/data_lock.h"
#include "base/units.h"
#include "catalog/audit.h"
#include "catalog/sealed_params.h"

namespace holter::app {
namespace {

namespace json = boost::json;

/// The catalog and its keys, opened for a command.
struct Opened {
  SystemClock clock;
  memory::Budget budget{64 << 20};
  std::unique_ptr<secrets::Keyring> keyring;
  std::unique_ptr<catalog::Database> database;
};

/// Errors: kNotFound where there is nothing yet; those of both.
Status open(const Local& local, Opened& opened) {
  TRY(opened.keyring, present_keys(local));
  if (!opened.keyring)
    return Error(ErrorCode::kNotFound,
                 fmt::format("cannot find {}: there are no keys yet, the first start of `holter serve` makes one",
                             key_source(local)));
  if (!has_catalog(local.config))
    return Error(ErrorCode::kNotFound,
                 fmt::format("cannot find {}: nothing has been stored there yet", catalog_place(local.config)));
  TRY(opened.database,
      catalog::Database::open(database_options(local.config), opened.clock, opened.budget.account("catalog")));
  return {};
}

Result<SealedCount> count(catalog::Database& database) {
  SealedCount counted;
  for (catalog::SealedParam last;;) {
    TRY(auto page, catalog::read_sealed_params(database, last));
    if (page.empty()) return counted;
    for (const auto& param : page) counted.add(param.value);
    last = std::move(page.back());
  }
}

/// When the newest key was made: the file is written then, and when old ones are dropped. Nothing for keys of the
/// environment, whose file is the operator's.
std::optional<WallTime> newest_since(const secrets::Keyring& keyring) {
  struct stat about{};
  if (!keyring.variable().empty() || ::stat(keyring.file().c_str(), &about) != 0) return std::nullopt;
  return WallTime(std::chrono::seconds(about.st_mtim.tv_sec));
}

struct KeyRow {
  secrets::KeyId id;
  bool newest = false, here = true;
  std::optional<WallTime> since;
  std::size_t sealed = 0;
};

std::vector<KeyRow> rows_of(const secrets::Keyring& keyring, const SealedCount& counted) {
  std::vector<KeyRow> rows;
  for (auto id : keyring.ids())
    rows.push_back({id, rows.empty(), true, rows.empty() ? newest_since(keyring) : std::nullopt, counted.of(id)});
  auto ids = keyring.ids();
  for (const auto& [id, sealed] : counted.by_key())
    if (std::ranges::find(ids, id) == ids.end()) rows.push_back({id, false, false, std::nullopt, sealed});
  return rows;
}

void print_json(const Local& local, const std::vector<KeyRow>& rows, const SealedCount& counted) {
  json::array keys;
  for (const auto& row : rows)
    keys.push_back({{"id", secrets::to_text(row.id)},
                    {"newest", row.newest},
                    {"here", row.here},
                    {"since", row.since ? json::value(format_time(*row.since)) : json::value()},
                    {"sealed", row.sealed}});
  json::object out{{"source", key_source(local)},
                   {"keys", std::move(keys)},
                   {"sealed", counted.all()},
                   {"broken", counted.broken()}};
  fmt::print("{}\n", json::serialize(out));
}

void print_table(const Local& local, const std::vector<KeyRow>& rows, const SealedCount& counted) {
  using Align = TextTable::Align;
  TextTable table({Align::kLeft, Align::kLeft, Align::kRight, Align::kLeft});
  table.add({"KEY", "SINCE", "SEALED", ""});
  for (const auto& row : rows) {
    std::string note;
    if (row.newest) note = "seals new passwords";
    if (!row.here) note = "not here: what it sealed cannot be opened";
    if (row.here && !row.newest && row.sealed == 0) note = "not needed any more";
    table.add({secrets::to_text(row.id), row.since ? format_time(*row.since) : "-", std::to_string(row.sealed), note});
  }
  fmt::print("keys of {}\n{}", key_source(local), table.text());
  if (counted.broken() > 0) fmt::print("{} texts are damaged, and no key opens them\n", counted.broken());
}

/// In the audit log stands when which key came.
Status note(catalog::Database& database, const secrets::Keyring& keyring, const Resealed& done) {
  json::object after{{"key", secrets::to_text(keyring.newest())}, {"sealed", done.anew}};
  return database.write<void>("command:keys", [&](catalog::Transaction& transaction) {
    return catalog::append_audit(transaction, {.what = "keys.rotate",
                                               .target = "key/" + secrets::to_text(keyring.newest()),
                                               .after = json::serialize(after)});
  });
}

/// What the call did, for its end.
struct Rotation {
  bool from_file = false;
  bool made = false;  ///< a new key; else an interrupted call was gone on with, or the environment has them
  std::vector<secrets::KeyId> old;
  Resealed resealed;
};

Result<Rotation> rotate(Opened& opened) {
  auto& keyring = *opened.keyring;
  Rotation done{.from_file = keyring.variable().empty()};
  if (done.from_file && keyring.size() == 1) {
    TRY_OK(keyring.add_new());
    done.made = true;
  }
  done.old = keyring.ids();
  done.old.erase(done.old.begin());
  ProgressLine line("sealed anew");
  TRY(done.resealed,
      reseal_all(*opened.database, keyring, [&](std::size_t at, std::size_t all) { line.count(at, all); }));
  if (done.resealed.failures > 0) return done;
  TRY_OK(note(*opened.database, keyring, done.resealed));
  if (done.from_file) TRY_OK(keyring.drop_old());
  return done;
}

void print_rotation(const Local& local, const Opened& opened, const Rotation& done) {
  const auto& keyring = *opened.keyring;
  auto newest = secrets::to_text(keyring.newest());
  if (done.made)
    fmt::print("made key {} in {}\n", newest, key_source(local));
  else if (done.from_file)
    fmt::print("went on with key {}, whose rotation was interrupted\n", newest);
  fmt::print("{} passwords, {} of them sealed anew by key {}\n", done.resealed.all, done.resealed.anew, newest);
  std::vector<std::string> old;
  for (auto id : done.old) old.push_back(secrets::to_text(id));
  if (old.empty() && !done.from_file)
    fmt::print("{} has one key: put a new one before it, with a comma between them, and call this again\n",
               key_source(local));
  else if (!done.from_file)
    fmt::print("not needed any more, but for older backups: {}; take {} out of {} before the next start\n",
               fmt::join(old, ", "), old.size() == 1 ? "it" : "them", key_source(local));
  else
    fmt::print("dropped key {}: a backup from before needs the copy of {} from before\n", fmt::join(old, ", "),
               key_source(local));
}

void print_failures(const Resealed& resealed) {
  fmt::print(stderr, "holter: {} of {} passwords cannot be opened, so all keys are kept:\n", resealed.failures,
             resealed.all);
  for (const auto& text : resealed.failed) fmt::print(stderr, "  {}\n", text);
  if (resealed.failures > resealed.failed.size())
    fmt::print(stderr, "  ... and {} more\n", resealed.failures - resealed.failed.size());
  fmt::print(stderr, "  give them anew, or delete these monitors and receivers; then call this again\n");
}

void print_rotation_json(const Local& local, const Opened& opened, const Rotation& done) {
  json::array old;
  for (auto id : done.old) old.emplace_back(secrets::to_text(id));
  json::object out{{"source", key_source(local)},
                   {"newest", secrets::to_text(opened.keyring->newest())},
                   {"made", done.made},
                   {done.from_file ? "dropped" : "not_needed", std::move(old)},
                   {"passwords", done.resealed.all},
                   {"sealed_anew", done.resealed.anew},
                   {"failures", done.resealed.failures}};
  fmt::print("{}\n", json::serialize(out));
}

}  // namespace

int show_keys(const KeysOptions& options) {
  auto local = load_local(options.config);
  if (!local) return 1;
  Opened opened;
  if (auto done = open(*local, opened); !done) return fail(done.error());
  auto counted = count(*opened.database);
  if (!counted) return fail(counted.error());
  auto rows = rows_of(*opened.keyring, *counted);
  if (options.json)
    print_json(*local, rows, *counted);
  else
    print_table(*local, rows, *counted);
  return 0;
}

int rotate_keys(const KeysOptions& options) {
  auto local = load_local(options.config);
  if (!local) return 1;
  // A server has its keys in memory: it would go on sealing by the old one, and lose what it sealed so.
  auto held = DataLock::take(local->config.data_dir);
  if (!held && held.error().code() == ErrorCode::kUnavailable)
    return fail(std::move(held).error().with_context("cannot rotate keys while Holter runs, end it first"));
  if (!held) return fail(held.error());
  Opened opened;
  if (auto done = open(*local, opened); !done) return fail(done.error());
  auto done = rotate(opened);
  if (!done) return fail(std::move(done).error().with_context("the old keys are kept, call it again to go on"));
  if (done->resealed.failures > 0) {
    print_failures(done->resealed);
    return 1;
  }
  if (options.json)
    print_rotation_json(*local, opened, *done);
  else
    print_rotation(*local, opened, *done);
  return 0;
}

}  // namespace holter::app
