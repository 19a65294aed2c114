#pragma once

#include <string>
#include <string_view>

#include "catalog/incidents.h"
#include "catalog/session.h"

// Rows of incidents and their events, for the sources of this folder. What is no Result throws what SOCI throws.
namespace holter::catalog {

bool is_stored(soci::session& sql, IncidentId id);
Error no_incident(std::string_view what);

/// 16 hexadecimal digits.
std::string to_column(model::Fingerprint fingerprint);

/// Errors: kInvalidArgument.
Status check_event(const IncidentEvent& event);
/// Of an incident that is there; the event was checked.
void insert_event(soci::session& sql, Transaction& transaction, const IncidentEvent& event,
                  std::size_t most = kMostIncidentEvents);

/// The columns of an incident as they are bound: to be read into, or to be written from.
struct IncidentRow {
  /// Binds all columns as what a statement reads, and prepares "SELECT ... FROM incidents WHERE <where>"; what `where`
  /// uses must be bound before.
  void prepare_select(soci::statement& rows, const std::string& where);
  /// What was fetched. Errors: kCorruption.
  Result<Incident> fetched() const;
  /// Takes an incident that was checked.
  void assign(const Incident& incident);

  long long id = 0, monitor = 0, started = 0, ended = 0, acknowledged = 0, snoozed = 0, linked = 0, version = 0;
  int by_hand = 0;
  std::string fingerprint, rule, severity, labels, annotations, search, evidence, group_key, resolution, assignee,
      acknowledged_by, notify_state;
};

}  // namespace holter::catalog
