#include "api/handlers.h"
#include "api/router.h"

namespace holter::api {
namespace {

constexpr ParamSpec kListParams[] = {{"offset"}, {"cursor"}, {"limit"}, {"sort"},   {"order"},
                                     {"text"},   {"state"},  {"app"},   {"folder"}, {"label", true}};
constexpr ParamSpec kFolderParams[] = {{"path"}};
constexpr ParamSpec kHistoryParams[] = {{"set"}, {"field"}, {"from"}, {"to"}, {"step"}, {"format"}};
constexpr ParamSpec kHeartbeatParams[] = {{"ids"}, {"from"}, {"to"}, {"buckets"}};
constexpr ParamSpec kRoundParams[] = {{"from"}, {"to"}, {"cursor"}, {"limit"}};
constexpr ParamSpec kExportParams[] = {{"format"}};
constexpr ParamSpec kResultParams[] = {{"format"}};

constexpr ParamSpec kAdmissionParams[] = {{"app"}, {"count"}, {"interval"}, {"criticality"}};
constexpr ParamSpec kEventParams[] = {{"after"}, {"limit"}};
constexpr ParamSpec kLoginParams[] = {{"next"}, {"failed"}};
constexpr ParamSpec kOidcParams[] = {{"next"}};
// A provider may add what it likes, which is to be ignored (RFC 6749, 4.1.2).
constexpr ParamSpec kCallbackParams[] = {{"state"}, {"code"}, {"iss"}, {"error"}, {"error_description"}, {"*"}};
constexpr ParamSpec kIdentityParams[] = {{"issuer"}, {"subject"}};
constexpr ParamSpec kDefinitionListParams[] = {{"offset"}, {"limit"}, {"text"}, {"category"}};
constexpr ParamSpec kDefinitionParams[] = {{"format"}, {"version"}};
constexpr ParamSpec kTokenParams[] = {{"account"}};
constexpr ParamSpec kAuditParams[] = {{"from"}, {"to"}, {"target"}, {"who"}, {"before"}, {"limit"}};
constexpr ParamSpec kStreamParams[] = {{"after"}};

constexpr ParamSpec kAlertListParams[] = {{"after"}, {"limit"}, {"text"}};
constexpr ParamSpec kAlertChangeParams[] = {{"dry_run"}};
constexpr ParamSpec kIncidentParams[] = {{"open"}, {"severity"}, {"monitor"}, {"text"},
                                         {"from"}, {"to"},       {"before"},  {"limit"}};
constexpr ParamSpec kNotificationParams[] = {{"state"}, {"receiver"}, {"before"}, {"limit"}};
constexpr ParamSpec kReportParams[] = {{"mapping"}};

/// Alerts of other products, and about what reading them takes.
constexpr std::size_t kIntakeContent = 4 * 1024 * 1024;
constexpr std::size_t kIntakeBytes = 16 * 1024 * 1024;

/// A text of 256 KiB as JSON, where line ends and quotes take two bytes; and about what reading one takes.
constexpr std::size_t kDefinitionContent = 768 * 1024;
constexpr std::size_t kDefinitionBytes = 4 * 1024 * 1024;

constexpr Route kRoutes[] = {
    {"GET", "/api/v1/summary", {}, get_summary, Who::kViewerIn, Need::kEssential},
    {"GET", "/api/v1/monitors", kListParams, get_monitors, Who::kViewerIn, Need::kOrdinary, 1024 * 1024},
    {"POST", "/api/v1/monitors", {}, post_monitor, Who::kEditorIn},
    // Before that of an id, which takes any segment.
    {"GET", "/api/v1/monitors/export", kExportParams, get_export, Who::kEditor, Need::kOrdinary, 512 * 1024},
    {"GET", "/api/v1/monitors/heartbeats", kHeartbeatParams, get_heartbeats, Who::kViewerIn, Need::kHeavy,
     3 * 1024 * 1024},
    {"GET", "/api/v1/monitors/{id}", {}, get_monitor, Who::kViewerIn},
    {"PUT", "/api/v1/monitors/{id}", {}, put_monitor, Who::kEditorIn},
    {"PATCH", "/api/v1/monitors/{id}", {}, patch_monitor, Who::kEditorIn},
    // Whoever is short of memory must be able to watch less.
    {"DELETE", "/api/v1/monitors/{id}", {}, delete_monitor, Who::kEditorIn, Need::kEssential},
    {"POST", "/api/v1/monitors/{id}/clone", {}, post_clone, Who::kEditorIn},
    {"POST", "/api/v1/monitors/{id}/pause", {}, post_pause, Who::kOperatorIn, Need::kEssential},
    {"POST", "/api/v1/monitors/{id}/resume", {}, post_resume, Who::kOperatorIn},
    {"POST", "/api/v1/monitors/test", {}, post_monitor_test, Who::kEditorIn, Need::kOrdinary, 1024 * 1024},
    {"POST", "/api/v1/monitors/check", {}, post_monitor_check, Who::kEditorIn},
    {"POST", "/api/v1/monitors/suggest", {}, post_suggest, Who::kEditorIn, Need::kOrdinary, 512 * 1024},
    {"POST", "/api/v1/monitors/bulk", {}, post_bulk, Who::kOperatorIn, Need::kOrdinary, 1024 * 1024},
    {"POST",
     "/api/v1/monitors/import",
     {},
     post_import,
     Who::kEditorIn,
     Need::kOrdinary,
     8 * 1024 * 1024,
     16 * 1024 * 1024,
     Takes::kMonitors},
    {"GET", "/api/v1/monitors/{id}/results", kResultParams, get_results, Who::kViewerIn},
    {"GET", "/api/v1/monitors/{id}/history", kHistoryParams, get_history, Who::kViewerIn, Need::kHeavy, 1024 * 1024},
    {"GET", "/api/v1/monitors/{id}/rounds", kRoundParams, get_rounds, Who::kViewerIn, Need::kHeavy, 1024 * 1024},
    {"GET", "/api/v1/folders", {}, get_folders, Who::kViewerIn, Need::kOrdinary, 512 * 1024},
    {"POST", "/api/v1/folders", {}, post_folder, Who::kEditorIn},
    {"PATCH", "/api/v1/folders", {}, patch_folder, Who::kEditorIn},
    {"DELETE", "/api/v1/folders", kFolderParams, delete_folder, Who::kEditorIn, Need::kEssential},
    // Whoever makes monitors in some folder must know of what.
    {"GET", "/api/v1/definitions", kDefinitionListParams, get_definitions, Who::kViewerIn, Need::kOrdinary,
     1024 * 1024},
    {"GET", "/api/v1/definitions/{name}", kDefinitionParams, get_definition, Who::kViewerIn, Need::kOrdinary,
     512 * 1024},
    {"PUT",
     "/api/v1/definitions/{name}",
     {},
     put_definition,
     Who::kAdmin,
     Need::kOrdinary,
     kDefinitionBytes,
     kDefinitionContent},
    {"DELETE", "/api/v1/definitions/{name}", {}, delete_definition, Who::kAdmin, Need::kOrdinary, 1024 * 1024},
    {"GET", "/api/v1/definitions/{name}/versions", {}, get_definition_versions, Who::kViewerIn},
    {"POST",
     "/api/v1/definitions/{name}/check",
     {},
     post_definition_check,
     Who::kAdmin,
     Need::kOrdinary,
     kDefinitionBytes,
     kDefinitionContent},
    {"GET", "/api/v1/memory", {}, get_memory, Who::kViewer, Need::kEssential},
    // Whoever is short of memory must be able to give more.
    {"PUT", "/api/v1/memory/budget", {}, put_budget, Who::kAdmin, Need::kEssential},
    {"GET", "/api/v1/admission", kAdmissionParams, get_admission, Who::kViewer},
    {"GET", "/api/v1/events", kEventParams, get_events, Who::kViewerIn, Need::kEssential},
    {"GET", "/api/v1/events/stream", kStreamParams, get_event_stream, Who::kViewerIn, Need::kEssential},
    {"POST", "/api/v1/reload", {}, post_reload, Who::kAdmin, Need::kEssential, 1024 * 1024},
    {"GET", "/api/v1/schedule", {}, get_schedule, Who::kViewer},
    {"GET", "/api/v1/openapi.json", {}, get_openapi, Who::kAnybody, Need::kOrdinary, 512 * 1024},
    {"POST",
     "/api/push/prometheus/job/{path}",
     {},
     post_push,
     Who::kOperator,
     Need::kOrdinary,
     2 * 1024 * 1024,
     1024 * 1024,
     Takes::kMetrics},
    {"PUT",
     "/api/push/prometheus/job/{path}",
     {},
     post_push,
     Who::kOperator,
     Need::kOrdinary,
     2 * 1024 * 1024,
     1024 * 1024,
     Takes::kMetrics},
    {"POST", "/api/v1/login", {}, post_login, Who::kAnybody, Need::kEssential},
    {"GET", "/api/v1/login/oidc", kOidcParams, get_oidc_login, Who::kAnybody, Need::kEssential},
    {"GET", "/api/v1/login/oidc/callback", kCallbackParams, get_oidc_callback, Who::kAnybody, Need::kEssential},
    {"POST", "/api/v1/logout", {}, post_logout, Who::kAccount, Need::kEssential},
    {"GET", "/api/v1/session", {}, get_session, Who::kAccount, Need::kEssential},
    {"GET", "/api/v1/setup", {}, get_setup, Who::kAnybody},
    {"POST", "/api/v1/setup", {}, post_setup, Who::kAnybody},
    {"POST", "/api/v1/password-reset", {}, post_password_reset, Who::kAnybody},
    {"GET", "/api/v1/accounts", {}, get_accounts, Who::kAdmin, Need::kOrdinary, 1024 * 1024},
    {"POST", "/api/v1/accounts", {}, post_account, Who::kAdmin},
    {"GET", "/api/v1/accounts/{name}", {}, get_account, Who::kAccount},
    {"PATCH", "/api/v1/accounts/{name}", {}, patch_account, Who::kAdmin},
    {"DELETE", "/api/v1/accounts/{name}", {}, delete_account, Who::kAdmin},
    {"PUT", "/api/v1/accounts/{name}/password", {}, put_password, Who::kAccount},
    {"GET", "/api/v1/accounts/{name}/grants", {}, get_grants, Who::kAccount},
    {"PUT", "/api/v1/accounts/{name}/grants", {}, put_grant, Who::kAdmin},
    {"GET", "/api/v1/accounts/{name}/identity", {}, get_identities, Who::kAccount},
    {"PUT", "/api/v1/accounts/{name}/identity", {}, put_identity, Who::kAdmin},
    {"DELETE", "/api/v1/accounts/{name}/identity", kIdentityParams, delete_identity, Who::kAdmin},
    {"GET", "/api/v1/tokens", kTokenParams, get_tokens, Who::kAccount},
    {"POST", "/api/v1/tokens", {}, post_token, Who::kAccount},
    {"DELETE", "/api/v1/tokens/{name}", kTokenParams, delete_token, Who::kAccount, Need::kEssential},
    {"GET", "/api/v1/sessions", {}, get_sessions, Who::kAccount},
    {"DELETE", "/api/v1/sessions", {}, delete_sessions, Who::kAccount, Need::kEssential},
    {"DELETE", "/api/v1/sessions/{name}", {}, delete_session, Who::kAccount, Need::kEssential},
    {"GET", "/api/v1/audit", kAuditParams, get_audit, Who::kAdmin, Need::kOrdinary, 2 * 1024 * 1024},
    {"GET", "/api/v1/alerts/rules", kAlertListParams, get_alert_documents, Who::kViewerIn, Need::kOrdinary,
     2 * 1024 * 1024},
    {"POST", "/api/v1/alerts/rules", kAlertChangeParams, post_alert_document, Who::kEditor, Need::kOrdinary,
     1024 * 1024},
    {"GET", "/api/v1/alerts/rules/{name}", {}, get_alert_document, Who::kViewerIn, Need::kOrdinary, 1024 * 1024},
    {"PUT", "/api/v1/alerts/rules/{name}", kAlertChangeParams, put_alert_document, Who::kEditor, Need::kOrdinary,
     1024 * 1024},
    {"DELETE", "/api/v1/alerts/rules/{name}", {}, delete_alert_document, Who::kEditor},
    {"GET", "/api/v1/alerts/receivers", kAlertListParams, get_alert_documents, Who::kViewerIn, Need::kOrdinary,
     2 * 1024 * 1024},
    {"POST", "/api/v1/alerts/receivers", kAlertChangeParams, post_alert_document, Who::kEditor, Need::kOrdinary,
     1024 * 1024},
    {"GET", "/api/v1/alerts/receivers/{name}", {}, get_alert_document, Who::kViewerIn, Need::kOrdinary, 1024 * 1024},
    {"PUT", "/api/v1/alerts/receivers/{name}", kAlertChangeParams, put_alert_document, Who::kEditor, Need::kOrdinary,
     1024 * 1024},
    {"DELETE", "/api/v1/alerts/receivers/{name}", {}, delete_alert_document, Who::kEditor},
    {"GET", "/api/v1/alerts/silences", kAlertListParams, get_alert_documents, Who::kViewerIn, Need::kOrdinary,
     2 * 1024 * 1024},
    {"POST", "/api/v1/alerts/silences", kAlertChangeParams, post_alert_document, Who::kOperatorIn, Need::kOrdinary,
     1024 * 1024},
    {"GET", "/api/v1/alerts/silences/{name}", {}, get_alert_document, Who::kViewerIn, Need::kOrdinary, 1024 * 1024},
    {"PUT", "/api/v1/alerts/silences/{name}", kAlertChangeParams, put_alert_document, Who::kOperatorIn, Need::kOrdinary,
     1024 * 1024},
    {"DELETE", "/api/v1/alerts/silences/{name}", {}, delete_alert_document, Who::kOperatorIn},
    {"GET", "/api/v1/alerts/inhibitions", kAlertListParams, get_alert_documents, Who::kViewerIn, Need::kOrdinary,
     2 * 1024 * 1024},
    {"POST", "/api/v1/alerts/inhibitions", kAlertChangeParams, post_alert_document, Who::kEditor, Need::kOrdinary,
     1024 * 1024},
    {"GET", "/api/v1/alerts/inhibitions/{name}", {}, get_alert_document, Who::kViewerIn, Need::kOrdinary, 1024 * 1024},
    {"PUT", "/api/v1/alerts/inhibitions/{name}", kAlertChangeParams, put_alert_document, Who::kEditor, Need::kOrdinary,
     1024 * 1024},
    {"DELETE", "/api/v1/alerts/inhibitions/{name}", {}, delete_alert_document, Who::kEditor},
    {"GET", "/api/v1/alerts/templates", kAlertListParams, get_alert_documents, Who::kViewerIn, Need::kOrdinary,
     2 * 1024 * 1024},
    {"POST", "/api/v1/alerts/templates", kAlertChangeParams, post_alert_document, Who::kEditor, Need::kOrdinary,
     1024 * 1024},
    {"GET", "/api/v1/alerts/templates/{name}", {}, get_alert_document, Who::kViewerIn, Need::kOrdinary, 1024 * 1024},
    {"PUT", "/api/v1/alerts/templates/{name}", kAlertChangeParams, put_alert_document, Who::kEditor, Need::kOrdinary,
     1024 * 1024},
    {"DELETE", "/api/v1/alerts/templates/{name}", {}, delete_alert_document, Who::kEditor},
    {"GET", "/api/v1/alerts/rotations", kAlertListParams, get_alert_documents, Who::kViewerIn, Need::kOrdinary,
     2 * 1024 * 1024},
    {"POST", "/api/v1/alerts/rotations", kAlertChangeParams, post_alert_document, Who::kEditor, Need::kOrdinary,
     1024 * 1024},
    {"GET", "/api/v1/alerts/rotations/{name}", {}, get_alert_document, Who::kViewerIn, Need::kOrdinary, 1024 * 1024},
    {"PUT", "/api/v1/alerts/rotations/{name}", kAlertChangeParams, put_alert_document, Who::kEditor, Need::kOrdinary,
     1024 * 1024},
    {"DELETE", "/api/v1/alerts/rotations/{name}", {}, delete_alert_document, Who::kEditor},
    {"GET", "/api/v1/alerts/routes", {}, get_alert_document, Who::kViewerIn, Need::kOrdinary, 1024 * 1024},
    {"PUT", "/api/v1/alerts/routes", kAlertChangeParams, put_alert_document, Who::kEditor, Need::kOrdinary,
     1024 * 1024},
    {"POST", "/api/v1/alerts/rules/preview", {}, post_rule_preview, Who::kEditor, Need::kHeavy, 2 * 1024 * 1024},
    {"POST",
     "/api/v1/alerts/silences/preview",
     {},
     post_silence_preview,
     Who::kOperatorIn,
     Need::kOrdinary,
     2 * 1024 * 1024},
    {"POST", "/api/v1/alerts/receivers/test", {}, post_receiver_trial, Who::kEditor, Need::kOrdinary, 1024 * 1024},
    {"POST",
     "/api/v1/alerts/receivers/{name}/test",
     {},
     post_receiver_test,
     Who::kEditor,
     Need::kOrdinary,
     1024 * 1024},
    {"POST", "/api/v1/alerts/templates/preview", {}, post_template_preview, Who::kEditor, Need::kOrdinary, 1024 * 1024},
    {"GET", "/api/v1/alerts/channels", {}, get_alert_channels, Who::kViewerIn, Need::kOrdinary, 256 * 1024},
    {"GET", "/api/v1/alerts/stats", {}, get_alert_stats, Who::kViewer, Need::kOrdinary, 256 * 1024},
    {"GET", "/api/v1/incidents", kIncidentParams, get_incidents, Who::kViewerIn, Need::kOrdinary, 2 * 1024 * 1024},
    {"GET", "/api/v1/incidents/{name}", {}, get_incident, Who::kViewerIn, Need::kOrdinary, 512 * 1024},
    {"POST", "/api/v1/incidents/{name}/acknowledge", {}, post_incident_action, Who::kOperatorIn},
    {"POST", "/api/v1/incidents/{name}/assign", {}, post_incident_action, Who::kOperatorIn},
    {"POST", "/api/v1/incidents/{name}/comment", {}, post_incident_action, Who::kOperatorIn},
    {"POST", "/api/v1/incidents/{name}/snooze", {}, post_incident_action, Who::kOperatorIn},
    {"POST", "/api/v1/incidents/{name}/resolve", {}, post_incident_action, Who::kOperatorIn},
    {"POST", "/api/v1/incidents/{name}/link", {}, post_incident_action, Who::kOperatorIn},
    {"GET", "/api/v1/notifications", kNotificationParams, get_notifications, Who::kViewerIn, Need::kOrdinary,
     1024 * 1024},
    {"GET", "/api/v1/notifications/{name}", {}, get_notification, Who::kViewerIn, Need::kOrdinary, 512 * 1024},
    {"POST", "/api/v1/notifications/{name}/resend", {}, post_resend, Who::kOperatorIn},
    {"POST",
     "/api/v2/alerts",
     {},
     post_alertmanager_alerts,
     Who::kOperator,
     Need::kOrdinary,
     kIntakeBytes,
     kIntakeContent},
    {"POST", "/api/alerts/report", kReportParams, post_alert_report, Who::kOperator, Need::kOrdinary, kIntakeBytes,
     kIntakeContent, Takes::kAlerts},
    {"POST",
     "/api/alerts/report/{name}",
     {},
     post_alert_report_of,
     Who::kOperator,
     Need::kOrdinary,
     kIntakeBytes,
     kIntakeContent,
     Takes::kAlerts},
    {"GET", "/healthz", {}, get_healthz, Who::kAnybody, Need::kEssential},
    {"GET", "/readyz", {}, get_readyz, Who::kAnybody, Need::kEssential},
    {"GET", "/metrics", {}, get_metrics, Who::kViewer, Need::kEssential},
    {"GET", "/", {}, get_page, Who::kAnybody},
    {"GET", "/login", kLoginParams, get_login_page, Who::kAnybody},
    {"GET", "/setup", {}, get_login_page, Who::kAnybody},
    {"GET", "/reset", {}, get_login_page, Who::kAnybody},
    {"GET", "/page/login.js", {}, get_page, Who::kAnybody},
    {"GET", "/page/app.js", {}, get_page, Who::kAnybody},
    {"GET", "/page/memory.js", {}, get_page, Who::kAnybody},
    {"GET", "/page/words.js", {}, get_page, Who::kAnybody},
    {"GET", "/page/style.css", {}, get_page, Who::kAnybody},
};

}  // namespace

std::span<const Route> routes() {
  return kRoutes;
}

}  // namespace holter::api
