#include "access/oidc_pending.h"

#include <algorithm>
#include <array>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "base/check.h"
#include "secrets/primitives.h"

namespace holter::access {
namespace {

/// Takes the same time whatever differs.
bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::string random_word() {
  std::array<std::uint8_t, 32> bytes{};
  CHECK(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);  // the kernel's, which do not end
  return secrets::to_base64(bytes, secrets::Base64::kUrl);
}

Result<PendingLogins::Begun> PendingLogins::add(PendingLogin login) {
  forget_old();
  if (entries_.size() >= kMost) entries_.pop_front();
  Entry entry{{random_word(), random_word()}, std::move(login), clock_.mono() + kValid, {}};
  auto bytes = sizeof(Entry) + entry.keys.state.size() + entry.keys.browser.size() + entry.login.nonce.size() +
               entry.login.verifier.size() + entry.login.redirect_uri.size() + entry.login.next.size();
  TRY(entry.held, account_.reserve(bytes));
  entries_.push_back(std::move(entry));
  return entries_.back().keys;
}

std::optional<PendingLogin> PendingLogins::take(std::string_view state, std::string_view browser) {
  forget_old();
  auto found = std::ranges::find_if(entries_, [&](const Entry& entry) { return same(entry.keys.state, state); });
  if (found == entries_.end()) return std::nullopt;
  auto entry = std::move(*found);
  entries_.erase(found);
  if (!same(entry.keys.browser, browser)) return std::nullopt;
  return std::move(entry.login);
}

void PendingLogins::forget_old() {
  auto now = clock_.mono();
  while (!entries_.empty() && entries_.front().ends <= now) entries_.pop_front();
}

}  // namespace holter::access
