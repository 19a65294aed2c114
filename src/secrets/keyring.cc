#include "secrets/keyring.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>
#include <sodium.h>

#include "base/check.h"
#include "base/log.h"
#include "base/units.h"
#include "secrets/sealed_text.h"

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

static_assert(kNonceBytes == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(kTagBytes == crypto_aead_xchacha20poly1305_ietf_ABYTES);
static_assert(SecretKey::kBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

/// What is authenticated besides the text, docs/formats/secrets.md.
std::string authenticated(KeyId key, std::string_view context) {
  return fmt::format("holter sealed v1\n{}\n{}", to_text(key), context);
}

std::string named(std::string_view verb, std::string_view context) {
  return fmt::format("cannot {} \"{}\"", verb, excerpt(context));
}

Status check_context(std::string_view context) {
  if (!context.empty() && context.size() <= kMostContext) return {};
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("its context has {} bytes, within 1 and {} is right", context.size(), kMostContext));
}

}  // namespace

Result<std::unique_ptr<Keyring>> Keyring::load(const KeyringOptions& options) {
  KeyFile file(options.data_dir + "/secret.key");
  if (options.list && options.file)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot take keys from both {} and {}: set one of them", kListVariable, kFileVariable));
  if (options.list) {
    auto keys = parse_key_list(options.list->view());
    if (!keys) return std::move(keys).error().with_context(kListVariable);
    return std::unique_ptr<Keyring>(new Keyring(std::move(*keys), kListVariable, std::move(file)));
  }
  if (options.file) {
    auto keys = read_key_list(*options.file);
    if (!keys) return std::move(keys).error().with_context(kFileVariable);
    return std::unique_ptr<Keyring>(new Keyring(std::move(*keys), kFileVariable, std::move(file)));
  }
  TRY(auto keys, load_file(file, options.has_sealed));
  return std::unique_ptr<Keyring>(new Keyring(std::move(keys), "", std::move(file)));
}

Result<std::string> Keyring::seal(std::string_view plain, std::string_view context) const {
  auto what = named("seal the text of", context);
  if (auto good = check_context(context); !good) return std::move(good).error().with_context(what);
  if (plain.size() > kMostPlain)
    return Error(ErrorCode::kTooLarge,
                 fmt::format("{}: it has {} bytes, {} is the most", what, plain.size(), kMostPlain));
  auto all = keys();
  const auto& key = *all->front();
  SealedText sealed{.key = key.id(), .box = std::string(kNonceBytes + plain.size() + kTagBytes, '\0')};
  auto* box = reinterpret_cast<unsigned char*>(sealed.box.data());
  randombytes_buf(box, kNonceBytes);
  auto bound = authenticated(sealed.key, context);
  CHECK(crypto_aead_xchacha20poly1305_ietf_encrypt(box + kNonceBytes, nullptr, as_bytes(plain).data(), plain.size(),
                                                   as_bytes(bound).data(), bound.size(), nullptr, box,
                                                   key.bytes().data()) == 0);
  return sealed.text();
}

Result<SecretText> Keyring::open(std::string_view sealed, std::string_view context) const {
  auto what = named("open the sealed text of", context);
  if (auto good = check_context(context); !good) return std::move(good).error().with_context(what);
  auto parsed = parse_sealed(sealed);
  if (!parsed) return std::move(parsed).error().with_context(what);
  auto all = keys();
  auto key = std::ranges::find(*all, parsed->key, [](const auto& k) { return k->id(); });
  if (key == all->end())
    return Error(ErrorCode::kNotFound, fmt::format("{}: its key {} is not in the keyring", what, to_text(parsed->key)));
  auto box = as_bytes(parsed->box);
  auto bound = authenticated(parsed->key, context);
  SecretText plain(box.size() - kNonceBytes - kTagBytes);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          reinterpret_cast<unsigned char*>(plain.chars().data()), nullptr, nullptr, box.data() + kNonceBytes,
          box.size() - kNonceBytes, as_bytes(bound).data(), bound.size(), box.data(), (*key)->bytes().data()) != 0)
    return Error(ErrorCode::kCorruption, what + ": it was changed, or sealed for another place");
  return plain;
}

Result<bool> Keyring::needs_resealing(std::string_view sealed) const {
  TRY(auto parsed, parse_sealed(sealed));
  return parsed.key != newest();
}

std::vector<KeyId> Keyring::ids() const {
  std::vector<KeyId> ids;
  for (const auto& key : *keys()) ids.push_back(key->id());
  return ids;
}

Result<KeyId> key_of(std::string_view sealed) {
  TRY(auto parsed, parse_sealed(sealed));
  return parsed.key;
}

Status Keyring::add_new() {
  TRY_OK(check_file_is_used("add a key"));
  std::scoped_lock lock(change_mutex_);
  Keys after;
  TRY(auto key, SecretKey::random());
  TRY_OK(append(after, std::move(key)));
  auto before = keys();
  if (before->size() >= kMostKeys)
    return Error(
        ErrorCode::kInvalidArgument,
        fmt::format("cannot add a key: there are {}, the most; seal all anew and drop the old ones", kMostKeys));
  after.insert(after.end(), before->begin(), before->end());
  return change(std::move(after));
}

Status Keyring::drop_old() {
  TRY_OK(check_file_is_used("drop old keys"));
  std::scoped_lock lock(change_mutex_);
  auto before = keys();
  if (before->size() == 1) return {};
  return change({before->front()});
}

Status Keyring::check_file_is_used(std::string_view verb) const {
  if (from_.empty()) return {};
  return Error(
      ErrorCode::kInvalidArgument,
      fmt::format("cannot {}: they come from {}; change it there, the newest first, and start again", verb, from_));
}

Status Keyring::change(Keys after) {
  TRY_OK(file_.replace(*keys(), after));
  std::scoped_lock lock(mutex_);
  keys_ = std::make_shared<const Keys>(std::move(after));
  return {};
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
