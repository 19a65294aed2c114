#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "app/commands.h"
#include "app/local.h"
#include "base/data_lock.h"
#include "base/units.h"
#include "base/utf8.h"
#include "catalog/backup.h"
#include "secrets/key_file.h"

namespace holter::app {
namespace {

namespace json = boost::json;

constexpr int kDoneWithoutKeys = 3;

json::string json_text(std::string_view text) {
  std::string scratch;
  return json::string(as_utf8(text, scratch));
}

/// The catalog's own keys, and those of them that a backup needs.
struct NeededKeys {
  std::vector<std::string> here, missing;  ///< ids
};

NeededKeys needed(const SealedCount& sealed, const secrets::Keyring* keyring) {
  NeededKeys keys;
  auto ids = keyring != nullptr ? keyring->ids() : std::vector<secrets::KeyId>();
  for (const auto& [id, count] : sealed.by_key())
    (std::ranges::find(ids, id) != ids.end() ? keys.here : keys.missing).push_back(secrets::to_text(id));
  return keys;
}

json::object describe(const catalog::BackupInfo& info, const NeededKeys& keys) {
  json::object out{{"monitors", info.monitors},
                   {"bytes", info.bytes},
                   {"schema_version", info.schema_version},
                   {"sealed", info.sealed}};
  for (const auto& [name, list] : {std::pair("keys", &keys.here), std::pair("missing_keys", &keys.missing)}) {
    auto& array = out[name].emplace_array();
    for (const auto& id : *list) array.emplace_back(id);
  }
  return out;
}

std::string monitors_of(const catalog::BackupInfo& info) {
  return fmt::format("{} monitors, {}, schema version {}", info.monitors, format_size(info.bytes), info.schema_version);
}

/// The keys of the file, for a copy beside the backup. Errors: kInvalidArgument, kNotFound, those of KeyFile.
Result<secrets::Keys> keys_to_copy(const Local& local) {
  if (local.keys.list || local.keys.file)
    return Error(
        ErrorCode::kInvalidArgument,
        fmt::format("cannot copy the keys: they come from {}, and are kept where that is set; leave --with-key "
                    "out",
                    key_source(local)));
  TRY(auto keys, secrets::KeyFile(key_source(local)).read());
  if (!keys)
    return Error(ErrorCode::kNotFound,
                 fmt::format("cannot find {}: there are no keys yet; leave --with-key out", key_source(local)));
  return std::move(*keys);
}

bool same(const secrets::Keys& a, const secrets::Keys& b) {
  return std::ranges::equal(
      a, b, {}, [](const auto& key) { return key->id(); }, [](const auto& key) { return key->id(); });
}

/// Writes the backup and, if asked, the keys that it needs. Keys that change meanwhile might not be those that sealed
/// what is in it: then neither is kept.
Result<catalog::BackupInfo> write(const Local& local, const BackupOptions& options, const std::string& key_copy,
                                  const catalog::BackupWatch& watch) {
  if (!options.with_key) return catalog::backup(database_options(local.config), options.file, watch);
  std::error_code unknown;
  if (std::filesystem::exists(key_copy, unknown))
    return Error(ErrorCode::kConflict, fmt::format("cannot write {}: there is such a file", key_copy));
  TRY(auto before, keys_to_copy(local));
  TRY(auto info, catalog::backup(database_options(local.config), options.file, watch));
  auto after = keys_to_copy(local);
  Status copied;
  if (!after)
    copied = std::move(after).error();
  else if (!same(before, *after))
    copied = Error(ErrorCode::kUnavailable,
                   "cannot tell which keys belong to the backup: they have just been changed; "
                   "begin again");
  else
    copied = secrets::KeyFile(key_copy).create(*after);
  if (copied) return info;
  std::filesystem::remove(options.file, unknown);
  return std::move(copied).error();
}

void tell_keys(const Local& local, const catalog::BackupInfo& info, const NeededKeys& keys,
               const std::string& key_copy) {
  if (info.sealed == 0) {
    fmt::print("no password is sealed in it: it needs no key\n");
    return;
  }
  if (!keys.here.empty() && !key_copy.empty())
    fmt::print("wrote {} (mode 0600): who has both has every password; keep them apart\n", key_copy);
  else if (!keys.here.empty())
    fmt::print(
        "{} sealed passwords are worth nothing without their key ({}), which is not in it but in {}: keep a copy "
        "of that elsewhere{}\n",
        info.sealed, fmt::join(keys.here, ", "), key_source(local),
        local.keys.list || local.keys.file ? "" : " (--with-key writes one beside the backup)");
  if (!keys.missing.empty())
    fmt::print(stderr, "holter: some passwords are sealed by keys that are not here: {}\n",
               fmt::join(keys.missing, ", "));
}

/// What to do where the keys of a restored catalog are not those that are here.
std::string advice_on_keys(const Local& local, const std::string& file) {
  auto copy = file + ".key";
  std::error_code unknown;
  if (local.keys.list || local.keys.file) return fmt::format("add them to {}, behind the newest", key_source(local));
  if (!std::filesystem::exists(copy, unknown)) return fmt::format("put {} back from its backup", key_source(local));
  return fmt::format("{} may have them: put it in the place of {} (owner and mode 0600 stay)", copy, key_source(local));
}

/// Restoring is no matter of a moment: nobody may start meanwhile.
Result<DataLock> lock(const define::Config& config) {
  std::error_code failure;
  std::filesystem::create_directories(config.data_dir, failure);
  auto taken = DataLock::take(config.data_dir);
  if (taken || taken.error().code() != ErrorCode::kUnavailable) return taken;
  return std::move(taken).error().with_context("cannot restore while Holter runs, end it first");
}

}  // namespace

int backup(const BackupOptions& options) {
  auto local = load_local(options.config);
  if (!local) return 1;
  auto keyring = present_keys(*local);
  if (!keyring) return fail(keyring.error());
  SealedCount sealed;
  auto key_copy = options.with_key ? options.file + ".key" : std::string();
  Result<catalog::BackupInfo> info = [&] {
    ProgressLine line("copied");
    return write(*local, options, key_copy,
                 {.progress = [&](std::uint64_t done, std::uint64_t all) { line.bytes(done, all); },
                  .sealed = [&](std::string_view text) { sealed.add(text); }});
  }();
  if (!info) return fail(info.error());
  auto keys = needed(sealed, keyring->get());
  if (options.json) {
    auto out = describe(*info, keys);
    out["file"] = json_text(options.file);
    out["key_source"] = json_text(key_source(*local));
    out["key_file"] = key_copy.empty() ? json::value() : json::value(json_text(key_copy));
    fmt::print("{}\n", json::serialize(out));
    return 0;
  }
  fmt::print("wrote {}: {}\n", options.file, monitors_of(*info));
  tell_keys(*local, *info, keys, key_copy);
  return 0;
}

int restore(const RestoreOptions& options) {
  auto local = load_local(options.config);
  if (!local) return 1;
  auto keyring = present_keys(*local);
  if (!keyring) return fail(keyring.error());
  auto held = lock(local->config);
  if (!held) return fail(held.error());
  SealedCount sealed;
  Result<catalog::Restored> restored = [&] {
    ProgressLine line("copied");
    return catalog::restore(database_options(local->config), options.file, SystemClock().wall(),
                            {.progress = [&](std::uint64_t done, std::uint64_t all) { line.bytes(done, all); },
                             .sealed = [&](std::string_view text) { sealed.add(text); }});
  }();
  if (!restored) return fail(restored.error());
  auto keys = needed(sealed, keyring->get());
  if (options.json) {
    auto out = describe(restored->info, keys);
    out["file"] = json_text(options.file);
    out["catalog"] = json_text(catalog_place(local->config));
    out["former"] = restored->former.empty() ? json::value() : json::value(json_text(restored->former));
    fmt::print("{}\n", json::serialize(out));
  } else {
    fmt::print("restored {}: {}\n", catalog_place(local->config), monitors_of(restored->info));
    if (!restored->former.empty()) fmt::print("the catalog of before is kept as {}\n", restored->former);
  }
  if (keys.missing.empty()) return 0;
  fmt::print(stderr, "holter: sealed passwords need keys that are not here ({}): {}\n", fmt::join(keys.missing, ", "),
             advice_on_keys(*local, options.file));
  return kDoneWithoutKeys;
}

}  // namespace holter::app
