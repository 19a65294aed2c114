#include "api/handlers.h"
#include "api/router.h"

namespace holter::api {
namespace {

constexpr ParamSpec kListParams[] = {{"offset"}, {"cursor"}, {"limit"}, {"sort"},   {"order"},
                                     {"text"},   {"state"},  {"app"},   {"folder"}, {"label", true}};
constexpr ParamSpec kFolderParams[] = {{"path"}};
constexpr ParamSpec kHistoryParams[] = {{"set"}, {"field"}, {"from"}, {"to"}, {"step"}, {"format"}};
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

/// A text of 256 KiB as JSON, where line ends and quotes take two bytes; and about what reading one takes.
constexpr std::size_t kDefinitionContent = 768 * 1024;
constexpr std::size_t kDefinitionBytes = 4 * 1024 * 1024;

constexpr Route kRoutes[] = {
    {"GET", "/api/v1/summary", {}, get_summary, Who::kViewer, Need::kEssential},
    {"GET", "/api/v1/monitors", kListParams, get_monitors, Who::kViewerIn, Need::kOrdinary, 1024 * 1024},
    {"POST", "/api/v1/monitors", {}, post_monitor, Who::kEditorIn},
    // Before that of an id, which takes any segment.
    {"GET", "/api/v1/monitors/export", kExportParams, get_export, Who::kEditor, Need::kOrdinary, 512 * 1024},
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
    {"GET", "/api/v1/events", kEventParams, get_events, Who::kViewer, Need::kEssential},
    {"GET", "/api/v1/events/stream", kStreamParams, get_event_stream, Who::kViewer, Need::kEssential},
    {"POST", "/api/v1/reload", {}, post_reload, Who::kAdmin, Need::kEssential, 1024 * 1024},
    {"GET", "/api/v1/schedule", {}, get_schedule, Who::kViewer},
    {"GET", "/api/v1/openapi.json", {}, get_openapi, Who::kAnybody, Need::kOrdinary, 64 * 1024},
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
