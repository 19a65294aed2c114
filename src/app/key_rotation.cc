#include "app/key_rotation.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/monitor_store.h"
#include "base/units.h"
#include "catalog/monitors.h"
#include "catalog/sealed_params.h"

namespace holter::app {
namespace {

using catalog::SealedParam;
using catalog::Transaction;

constexpr int kMostPasses = 10;

struct Pass {
  Resealed found;
  std::size_t changed = 0;  ///< by others, between the reading and the writing
};

bool is_receivers(const SealedParam& param) {
  return param.receiver.value != 0;
}

std::string context_of(const SealedParam& param) {
  return is_receivers(param) ? sealed_context(param.receiver, param.field) : sealed_context(param.monitor, param.field);
}

/// Whose it is, for people.
std::string owner_of(catalog::Database& database, const SealedParam& param) {
  auto named = [](std::string_view what, std::uint64_t id, const auto& found) {
    return fmt::format("{} {} '{}'", what, id, found ? excerpt(found->name) : "?");
  };
  if (is_receivers(param))
    return named("receiver", param.receiver.value,
                 catalog::find_alert_object(database, catalog::AlertObjectKind::kReceiver, param.receiver));
  return named("monitor", param.monitor.value, catalog::find_monitor(database, param.monitor));
}

void note_failure(catalog::Database& database, const SealedParam& param, const Error& error, Resealed& found) {
  if (++found.failures > Resealed::kMostNamed) return;
  found.failed.push_back(fmt::format("{}: {}", owner_of(database, param), error.message()));
}

/// Seals those of the page that need it, all in one transaction.
Result<Pass> reseal(Transaction& transaction, const std::vector<SealedParam>& page, const secrets::Keyring& keyring) {
  Pass pass;
  for (const auto& param : page) {
    ++pass.found.all;
    auto needed = keyring.needs_resealing(param.value);
    if (needed && !*needed) continue;
    auto context = context_of(param);
    auto plain = keyring.open(param.value, context);
    if (!plain) {
      note_failure(transaction.database(), param, plain.error(), pass.found);
      continue;
    }
    TRY(auto fresh, keyring.seal(plain->view(), context));
    TRY(bool replaced, catalog::replace_sealed_param(transaction, param, fresh));
    ++(replaced ? pass.found.anew : pass.changed);
  }
  return pass;
}

bool needs_any(const std::vector<SealedParam>& page, const secrets::Keyring& keyring) {
  for (const auto& param : page) {
    auto needed = keyring.needs_resealing(param.value);
    if (!needed || *needed) return true;
  }
  return false;
}

/// Once over all of them.
Result<Pass> pass_over(catalog::Database& database, const secrets::Keyring& keyring, std::size_t all,
                       const std::function<void(std::size_t, std::size_t)>& progress) {
  Pass sum;
  for (SealedParam last;;) {
    TRY(auto page, catalog::read_sealed_params(database, last, kTogether));
    if (page.empty()) return sum;
    last = page.back();
    Pass pass;
    pass.found.all = page.size();
    if (needs_any(page, keyring)) {
      TRY(pass, database.write<Pass>("command:keys",
                                     [&](Transaction& transaction) { return reseal(transaction, page, keyring); }));
    }
    sum.changed += pass.changed;
    sum.found.all += pass.found.all;
    sum.found.anew += pass.found.anew;
    sum.found.failures += pass.found.failures;
    for (auto& text : pass.found.failed)
      if (sum.found.failed.size() < Resealed::kMostNamed) sum.found.failed.push_back(std::move(text));
    if (progress) progress(std::min(sum.found.all, all), all);
  }
}

}  // namespace

std::string sealed_context(catalog::AlertObjectId receiver, std::string_view field) {
  return fmt::format("receiver {} {}", receiver.value, field);
}

Result<Resealed> reseal_all(catalog::Database& database, const secrets::Keyring& keyring,
                            const std::function<void(std::size_t done, std::size_t all)>& progress) {
  TRY(auto all, catalog::count_sealed_params(database));
  std::size_t anew = 0;
  for (int i = 0; i < kMostPasses; ++i) {
    TRY(auto pass, pass_over(database, keyring, all, i == 0 ? progress : nullptr));
    anew += pass.found.anew;
    // A pass that found nothing to do has seen all of them sealed by the newest key.
    if (pass.found.anew + pass.changed > 0) continue;
    pass.found.anew = anew;
    return pass.found;
  }
  return Error(ErrorCode::kUnavailable,
               "cannot seal all passwords by the newest key: others change them all the time; call it again");
}

}  // namespace holter::app
