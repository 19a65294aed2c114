#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/owned_monitors.h"
#include "base/result.h"
#include "catalog/monitors.h"
#include "define/config.h"
#include "define/definitions.h"
#include "define/monitors.h"
#include "model/monitor.h"
#include "secrets/keyring.h"

namespace holter::app {

/// Turns monitors from what users give into what the catalog keeps and what runs, and back. Secrets are sealed for the
/// monitor that they belong to, and opened only for what runs.
/// Threads: the control executor's, but seal(). Lifetime: the parts must outlive it.
class MonitorStore {
 public:
  MonitorStore(const define::Registry& definitions, const define::Config& config, const secrets::Keyring& keyring)
      : definitions_(definitions), config_(config), keyring_(keyring) {}

  /// A monitor that a user gave, checked, in both forms.
  struct Checked {
    catalog::Monitor stored;              ///< secrets of `fresh` are plain still: seal() comes before it is stored
    model::Monitor model;                 ///< with the id of `stored`, 0 for a new one
    std::vector<std::string> fresh;       ///< fields of secrets that are to be sealed
    std::vector<std::string> depends_on;  ///< names, where `stored` does not have the parents already
    std::vector<std::string> former;      ///< then: names of parents in files that it had, which may be gone by now
  };
  /// What happens to the secrets of `before` that {set: true} stands for.
  enum class Keep : std::uint8_t {
    kSealed,  ///< they stay as they are: it is the same monitor
    kFresh,   ///< they are sealed anew: it becomes another one
  };
  /// Checks fields (api::OwnedMonitors) against the definition, like a file's. `before` is the monitor that they change
  /// or are made from; null: none. Problems: 400 for what is wrong, 422 for a secret that must be given again since the
  /// address that it goes to is another; both name the field.
  api::Answered<Checked> read(define::YamlNode fields, const catalog::Monitor* before, Keep keep) const;

  /// The fields of a stored one, secrets as {set: true}, and so its parents where it has any.
  static define::YamlNode fields_of(const catalog::Monitor& monitor);
  /// The same with the names of its parents.
  static define::YamlNode exported(const catalog::Monitor& monitor, const std::vector<std::string>& parents);
  /// `patch` laid over the fields: null takes away, maps are laid over each other (RFC 7396). An interval takes the
  /// place of a cron schedule, and the other way round.
  static define::YamlNode patched(define::YamlNode fields, define::YamlNode patch);

  /// Seals secrets for the monitor's id. Any thread. Errors: those of secrets::Keyring::seal().
  static Status seal(const secrets::Keyring& keyring, catalog::Monitor& monitor, const std::vector<std::string>& fresh);

  /// What runs of a stored one. Errors: kInvalidArgument or kNotFound where its definition is gone or refuses it, or a
  /// secret cannot be opened; none tells a secret. `reader` shares labels among many.
  Result<model::Monitor> open(const catalog::Monitor& monitor, define::MonitorReader& reader) const;
  Result<model::Monitor> open(const catalog::Monitor& monitor) const;
  /// Stands in the lists for one that cannot be opened: paused, of a definition without sets.
  model::Monitor stand_in(const catalog::Monitor& monitor);

  /// Parameters as they are shown: what is stored, and defaults.
  std::vector<api::ParamValue> params_of(const catalog::Monitor& monitor) const;

 private:
  /// Puts the plain text of stored secrets in the place of {set: true}; their fields.
  api::Answered<std::vector<std::string>> put_secrets(const model::Definition& definition, define::YamlNode& fields,
                                                      const catalog::Monitor* before) const;
  std::shared_ptr<const model::Definition> definition_of(const define::YamlNode& fields) const;

  const define::Registry& definitions_;
  const define::Config& config_;
  const secrets::Keyring& keyring_;
  std::map<std::string, std::weak_ptr<const model::Definition>> stand_ins_;  ///< by app; those that are in use
};

/// The ids of what it depends on: of monitors of the catalog, and of files, whose ids follow from their names. Of the
/// latter there may be none.
std::vector<MonitorId> all_parents(const catalog::Monitor& monitor);

/// What a secret is sealed for: it opens in no other place.
std::string sealed_context(MonitorId id, std::string_view field);

/// A cron schedule as the catalog keeps it: "CRON_TZ=Europe/Berlin 0 0 8 * * *", or without a zone.
std::string stored_cron(const std::string& cron, const std::string& zone);
struct CronText {
  std::string cron, zone;
};
CronText cron_of(const std::string& stored);

}  // namespace holter::app
