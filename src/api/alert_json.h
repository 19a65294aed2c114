#pragma once

#include <string_view>

#include "api/alerting.h"
#include "api/json.h"
#include "api/router.h"

// What handlers of alerting answer; the schemas are in openapi.json.
namespace holter::api {

/// An object. Errors: those of write_raw() for its spec and status, which are BUGs of who stored them.
[[nodiscard]] Status write_document(JsonWriter& json, const AlertDocument& document, memory::Account& account);
/// A document with its version as ETag; a dry run has none, for nothing is stored.
Response document_response(const Context& context, const AlertDocument& document, unsigned status, bool dry_run);
Response documents_response(const Context& context, const AlertDocuments& documents);
/// 503 where memory is short, else 500: a document that was stored cannot be written.
Problem bad_document(const Error& error);

void write_incident_members(JsonWriter& json, const IncidentRow& row);
Response incident_response(const Context& context, const IncidentRow& row);
Response incident_response(const Context& context, const IncidentDetail& detail);
Response incidents_response(const Context& context, const IncidentPage& page);

void write_notification_members(JsonWriter& json, const NotificationRow& row);
Response notification_response(const Context& context, const NotificationRow& row);
Response notification_response(const Context& context, const NotificationDetail& detail);
Response notifications_response(const Context& context, const NotificationPage& page);

Response preview_response(const Context& context, const RulePreview& preview);
Response trial_response(const Context& context, const ReceiverTrial& trial);
Response rendered_response(const Context& context, const RenderedTemplate& rendered);
Response channels_response(const Context& context, const std::vector<ChannelForm>& channels);
Response alert_stats_response(const Context& context, const AlertStats& stats);
Response intake_response(const Context& context, const IntakeReport& report);

/// Where rows turn out to be longer than there is memory for.
Problem rows_too_long();
/// About what rows take besides themselves: their texts and lists. For the account of who holds them.
std::size_t bytes_of(const AlertDocuments& documents);
std::size_t bytes_of(const IncidentPage& page);
std::size_t bytes_of(const NotificationPage& page);

}  // namespace holter::api
