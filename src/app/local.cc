#include "app/local.h"

#include <cstdio>
#include <filesystem>

#include <fmt/format.h>
#include <unistd.h>

#include "app/loaded.h"
#include "base/units.h"

namespace holter::app {

std::optional<Local> load_local(const std::string& config_path) {
  Local local;
  secrets::take_environment(local.keys);
  auto loaded = load_settings(config_path);
  if (!print_problems(loaded.problems)) return std::nullopt;
  local.config = std::move(loaded.config);
  local.keys.data_dir = local.config.data_dir;
  local.keys.has_sealed = true;  // so that none are made
  return local;
}

catalog::DatabaseOptions database_options(const define::Config& config) {
  return {.data_dir = config.data_dir, .postgresql = config.catalog.postgresql, .program_version = HOLTER_VERSION};
}

std::string catalog_place(const define::Config& config) {
  return config.catalog.postgresql.empty() ? config.data_dir + "/catalog.db" : "PostgreSQL (catalog.postgresql)";
}

bool has_catalog(const define::Config& config) {
  std::error_code unknown;
  return !config.catalog.postgresql.empty() || std::filesystem::exists(config.data_dir + "/catalog.db", unknown);
}

Result<std::unique_ptr<secrets::Keyring>> present_keys(const Local& local) {
  auto keyring = secrets::Keyring::load(local.keys);
  if (!keyring && keyring.error().code() == ErrorCode::kNotFound) return std::unique_ptr<secrets::Keyring>();
  return keyring;
}

std::string key_source(const Local& local) {
  if (local.keys.list) return "HOLTER_SECRET_KEY";
  if (local.keys.file) return "HOLTER_SECRET_KEY_FILE";
  return local.config.data_dir + "/secret.key";
}

void SealedCount::add(std::string_view sealed) {
  ++all_;
  if (auto key = secrets::key_of(sealed))
    ++by_key_[*key];
  else
    ++broken_;
}

std::size_t SealedCount::of(secrets::KeyId key) const {
  auto found = by_key_.find(key);
  return found == by_key_.end() ? 0 : found->second;
}

ProgressLine::~ProgressLine() {
  if (shown_) fmt::print(stderr, "\n");
}

void ProgressLine::bytes(std::uint64_t done, std::uint64_t all) {
  constexpr std::uint64_t kLarge = 64 << 20;
  show(done, all, all >= kLarge, fmt::format("{}: {} of {}", what_, format_size(done), format_size(all)));
}

void ProgressLine::count(std::uint64_t done, std::uint64_t all) {
  constexpr std::uint64_t kLarge = 1000;
  show(done, all, all >= kLarge, fmt::format("{}: {} of {}", what_, done, all));
}

void ProgressLine::show(std::uint64_t done, std::uint64_t all, bool large, const std::string& text) {
  if (!large) return;
  if (::isatty(STDERR_FILENO) == 1) {
    auto now = clock_.mono();
    if (shown_ && done < all && now - last_ < milliseconds(200)) return;
    last_ = now;
    shown_ = true;
    fmt::print(stderr, "\r{}\x1b[K", text);
    return;
  }
  auto quarter = done * 4 / all;
  if (quarter <= quarter_) return;
  quarter_ = quarter;
  fmt::print(stderr, "{}\n", text);
}

int fail(const Error& error) {
  fmt::print(stderr, "holter: {}\n", error.message());
  return 1;
}

}  // namespace holter::app
