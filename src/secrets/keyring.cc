#include "secrets/keyring.h"

#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "base/log.h"

namespace holter::secrets {
namespace {

constexpr const char* kListVariable = "HOLTER_SECRET_KEY";
constexpr const char* kFileVariable = "HOLTER_SECRET_KEY_FILE";

/// The keys of the file, which is made when nothing needs an older one.
Result<Keys> load_file(const KeyFile& file, bool has_sealed) {
  TRY(auto found, file.read());
  if (found) return std::move(*found);
  if (has_sealed)
    return Error(
        ErrorCode::kNotFound,
        fmt::format("cannot find {}, but there are sealed passwords that only its keys open: put it back from a "
                    "backup, or set {}",
                    file.path(), kListVariable));
  Keys keys;
  TRY(auto key, SecretKey::random());
  TRY_OK(append(keys, std::move(key)));
  TRY_OK(file.create(keys));
  log::info("secrets", "made {} with key {}: without it, sealed passwords are lost; back it up apart from the data",
            file.path(), to_text(keys.front()->id()));
  return keys;
}

}  // namespace

Result<std::unique_ptr<Keyring>> Keyring::load(const KeyringOptions& options) {
  KeyFile file(options.data_dir + "/secret.key");
  if (options.list.size() > 0 && !options.file.empty())
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot take keys from both {} and {}: set one of them", kListVariable, kFileVariable));
  if (options.list.size() > 0) {
    auto keys = parse_key_list(options.list.view());
    if (!keys) return std::move(keys).error().with_context(kListVariable);
    return std::unique_ptr<Keyring>(new Keyring(std::move(*keys), kListVariable, std::move(file)));
  }
  if (!options.file.empty()) {
    auto keys = read_key_list(options.file);
    if (!keys) return std::move(keys).error().with_context(kFileVariable);
    return std::unique_ptr<Keyring>(new Keyring(std::move(*keys), kFileVariable, std::move(file)));
  }
  TRY(auto keys, load_file(file, options.has_sealed));
  return std::unique_ptr<Keyring>(new Keyring(std::move(keys), "", std::move(file)));
}

void take_environment(KeyringOptions& options) {
  if (const char* path = std::getenv(kFileVariable)) options.file = path;
  if (char* list = std::getenv(kListVariable)) {
    options.list = SecretText(list);
    wipe({list, std::strlen(list)});
  }
  ::unsetenv(kFileVariable);
  ::unsetenv(kListVariable);
}

}  // namespace holter::secrets
