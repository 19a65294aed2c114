#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "catalog/database.h"

namespace holter::catalog {

/// What of alerting is configured and kept as a document each. Words are stored: never changed.
enum class AlertObjectKind : std::uint8_t {
  kRule,
  kReceiver,
  kRoute,  ///< the tree of routes: one document
  kSilence,
  kInhibition,
  kTemplate,
  kRotation,  ///< who is on call when
};
constexpr std::size_t kAlertObjectKinds = 7;
/// "rule", "receiver"...
std::string_view to_string(AlertObjectKind kind);
/// std::nullopt for other words.
std::optional<AlertObjectKind> parse_alert_object_kind(std::string_view word);

/// Never given twice, whatever the kind.
using AlertObjectId = Id<struct AlertObjectTag>;

struct AlertObject {
  AlertObjectKind kind = AlertObjectKind::kRule;
  AlertObjectId id;  ///< given when it is created
  std::string name;  ///< unique among its kind; upper and lower case differ
  /// At most kMostAlertObjectJson; whether it is JSON is for others to see. Secrets of receivers stand sealed in it
  /// (sealed_values.h).
  std::string json;
  bool enabled = true;

  // Set when it is stored.
  std::uint64_t version = 0;  ///< 1, and one more for each change
  WallTime created{}, updated{};
  std::string created_by, updated_by;
  friend bool operator==(const AlertObject&, const AlertObject&) = default;
};

constexpr std::size_t kMostAlertObjectJson = 64 * 1024;
/// How many there may be of each kind, by its number.
constexpr std::array<std::size_t, kAlertObjectKinds> kMostAlertObjects{10'000, 1000, 1, 10'000, 1000, 1000, 1000};

/// Stores a new one and returns it as stored. `complete` may change it once its id is known (a secret is sealed for
/// the id that it belongs to); it may run more than once, each time on what the caller gave, and its error ends the
/// creation. Errors: kConflict (the name), kInvalidArgument, kResourceExhausted where there are as many of the kind as
/// may be.
using AlertObjectCompletion = std::function<Status(AlertObject& object)>;
Result<AlertObject> create_alert_object(Transaction& transaction, AlertObject object,
                                        const AlertObjectCompletion& complete = {});
/// Replaces name, document and `enabled` of the one of that kind and id, if it still has `object.version` (compare and
/// swap); returns it as stored. Errors: kNotFound, kConflict (the version, naming both; the name), kInvalidArgument.
Result<AlertObject> update_alert_object(Transaction& transaction, const AlertObject& object);
/// With a `version` only if it still has that one. Errors: kNotFound, kConflict.
Status delete_alert_object(Transaction& transaction, AlertObjectKind kind, AlertObjectId id,
                           std::optional<std::uint64_t> version = std::nullopt);

/// Errors: kNotFound.
Result<AlertObject> find_alert_object(Database& database, AlertObjectKind kind, AlertObjectId id);
Result<AlertObject> find_alert_object(Database& database, AlertObjectKind kind, const std::string& name);
Result<std::size_t> count_alert_objects(Database& database, AlertObjectKind kind);

struct AlertObjectLimits {
  std::size_t objects = 1000;
  std::size_t bytes = 1 << 20;  ///< of their documents; at most one document is beyond
};
/// Those of a kind with ids above `after`, by id: as many as the limits allow and at least one; empty at the end. For
/// reading all of them with bounded memory; what is added meanwhile comes at the end.
Result<std::vector<AlertObject>> read_alert_objects(Database& database, AlertObjectKind kind, AlertObjectId after,
                                                    const AlertObjectLimits& limits = {});

}  // namespace holter::catalog
