#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/database.h"
#include "define/config.h"
#include "secrets/keyring.h"

// What commands share that work on the files of a Holter, beside `holter serve` or in its place.
namespace holter::app {

struct Local {
  define::Config config;
  secrets::KeyringOptions keys;  ///< what the environment says of keys, and the data directory
};
/// Reads the configuration; nothing after messages on standard error. Before threads start.
std::optional<Local> load_local(const std::string& config_path);

catalog::DatabaseOptions database_options(const define::Config& config);
/// Where the catalog is, for messages, without a password.
std::string catalog_place(const define::Config& config);
/// Whether there is a catalog to open; in PostgreSQL only the server knows, hence true. Opening one that is not there
/// would make it.
bool has_catalog(const define::Config& config);

/// The keys that are there; none are made. Null: there is no key file. Errors: those of secrets::Keyring::load().
Result<std::unique_ptr<secrets::Keyring>> present_keys(const Local& local);
/// Where they come from: "/var/lib/holter/secret.key" or "HOLTER_SECRET_KEY".
std::string key_source(const Local& local);

/// How many texts each key has sealed.
class SealedCount {
 public:
  void add(std::string_view sealed);
  std::size_t all() const { return all_; }
  const std::map<secrets::KeyId, std::size_t>& by_key() const { return by_key_; }
  std::size_t of(secrets::KeyId key) const;
  /// Those that are no sealed text any more.
  std::size_t broken() const { return broken_; }

 private:
  std::map<secrets::KeyId, std::size_t> by_key_;
  std::size_t all_ = 0, broken_ = 0;
};

/// Shows on standard error how far a long work has come: on a terminal all the time, else only what is large, at each
/// quarter.
class ProgressLine {
 public:
  explicit ProgressLine(std::string what) : what_(std::move(what)) {}
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine();
  void bytes(std::uint64_t done, std::uint64_t all);
  void count(std::uint64_t done, std::uint64_t all);

 private:
  void show(std::uint64_t done, std::uint64_t all, bool large, const std::string& text);

  const std::string what_;
  SystemClock clock_;
  MonoTime last_{};
  std::uint64_t quarter_ = 0;
  bool shown_ = false;
};

/// Prints the message to standard error; the exit code of a failure.
int fail(const Error& error);

}  // namespace holter::app
