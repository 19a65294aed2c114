#pragma once

#include <string_view>

namespace holter::catalog::migrations {

/// Alerting: what is configured, what happened, what is to be told. Ids that are 0 are none. Long texts stand last in
/// their tables: SQLite reads all that is before a column with it.
inline constexpr std::string_view kV5[] = {
    "INSERT INTO counters (name, next) VALUES ('alert_object', 1), ('incident', 1), ('outbox', 1)",

    // sealed: how many secrets stand in the document (sealed_values.h).
    R"(CREATE TABLE alert_objects (
         id $ID,
         kind TEXT NOT NULL CHECK (kind IN ('rule', 'receiver', 'route', 'silence', 'inhibition', 'template',
                                            'rotation')),
         name TEXT NOT NULL,
         sealed INTEGER NOT NULL,
         enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
         version BIGINT NOT NULL,
         created_ms BIGINT NOT NULL,
         created_by TEXT NOT NULL,
         updated_ms BIGINT NOT NULL,
         updated_by TEXT NOT NULL,
         json TEXT NOT NULL,
         UNIQUE (kind, name)))",
    "CREATE INDEX alert_objects_kind ON alert_objects (kind, id)",

    // search: the texts of the labels in lower case, a line for each. ended_ms 0: it is open. A monitor may be gone,
    // and so may the incident that this one is linked to: what happened stays.
    R"(CREATE TABLE incidents (
         id $ID,
         fingerprint TEXT NOT NULL,
         rule TEXT NOT NULL,
         severity TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'critical', 'emergency')),
         monitor_id BIGINT NOT NULL,
         labels TEXT NOT NULL,
         annotations TEXT NOT NULL,
         search TEXT NOT NULL,
         evidence TEXT NOT NULL,
         group_key TEXT NOT NULL,
         started_ms BIGINT NOT NULL,
         ended_ms BIGINT NOT NULL,
         resolution TEXT NOT NULL,
         by_hand INTEGER NOT NULL CHECK (by_hand IN (0, 1)),
         assignee TEXT NOT NULL,
         acknowledged_ms BIGINT NOT NULL,
         acknowledged_by TEXT NOT NULL,
         snoozed_until_ms BIGINT NOT NULL,
         linked_id BIGINT NOT NULL,
         notify_state TEXT NOT NULL,
         version BIGINT NOT NULL,
         UNIQUE (fingerprint, started_ms)))",
    "CREATE INDEX incidents_ended ON incidents (ended_ms, id)",
    "CREATE INDEX incidents_monitor ON incidents (monitor_id, id)",
    "CREATE INDEX incidents_started ON incidents (started_ms, id)",
    R"(CREATE TABLE incident_events (
         id $SERIAL,
         incident_id BIGINT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
         time_ms BIGINT NOT NULL,
         kind TEXT NOT NULL CHECK (kind IN ('opened', 'closed', 'acknowledged', 'assigned', 'comment', 'snoozed',
                                            'notified', 'failed', 'linked', 'resolved by hand', 'decision')),
         who TEXT NOT NULL,
         text TEXT NOT NULL,
         json TEXT NOT NULL))",
    "CREATE INDEX incident_events_incident ON incident_events (incident_id, id)",

    // What the evaluation of rules and the grouping of notifications go on with after a restart.
    R"(CREATE TABLE alert_states (
         key TEXT NOT NULL PRIMARY KEY,
         json TEXT NOT NULL,
         updated_ms BIGINT NOT NULL))",
    R"(CREATE TABLE group_states (
         key TEXT NOT NULL PRIMARY KEY,
         json TEXT NOT NULL,
         updated_ms BIGINT NOT NULL))",

    // next_ms: when a queued one is due. digest_id: what told of it together with others.
    R"(CREATE TABLE outbox (
         id $ID,
         key TEXT NOT NULL UNIQUE,
         receiver TEXT NOT NULL,
         channel TEXT NOT NULL,
         incidents TEXT NOT NULL,
         state TEXT NOT NULL CHECK (state IN ('queued', 'delivered', 'dead', 'digested')),
         attempts BIGINT NOT NULL,
         next_ms BIGINT NOT NULL,
         created_ms BIGINT NOT NULL,
         updated_ms BIGINT NOT NULL,
         last_answer TEXT NOT NULL,
         title TEXT NOT NULL,
         lane_group TEXT NOT NULL,
         since_ms BIGINT NOT NULL,
         sending INTEGER NOT NULL CHECK (sending IN (0, 1)),
         digest_id BIGINT NOT NULL,
         message TEXT NOT NULL))",
    "CREATE INDEX outbox_state_next ON outbox (state, next_ms, id)",
    "CREATE INDEX outbox_state_updated ON outbox (state, updated_ms, id)",
    "CREATE INDEX outbox_receiver ON outbox (receiver, state, id)",
    R"(CREATE TABLE attempts (
         outbox_id BIGINT NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
         number BIGINT NOT NULL,
         time_ms BIGINT NOT NULL,
         duration_ms BIGINT NOT NULL,
         outcome TEXT NOT NULL CHECK (outcome IN ('delivered', 'retry', 'gave up')),
         answer TEXT NOT NULL,
         PRIMARY KEY (outbox_id, number)) $END)",
};

}  // namespace holter::catalog::migrations
