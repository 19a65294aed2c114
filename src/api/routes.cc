#include "api/handlers.h"
#include "api/router.h"

namespace holter::api {
namespace {

constexpr ParamSpec kListParams[] = {{"offset"}, {"limit"}, {"sort"},   {"order"},      {"text"},
                                     {"state"},  {"app"},   {"folder"}, {"label", true}};
constexpr ParamSpec kFolderParams[] = {{"path"}};
constexpr ParamSpec kHistoryParams[] = {{"set"}, {"field"}, {"from"}, {"to"}, {"step"}};

constexpr ParamSpec kAdmissionParams[] = {{"app"}, {"count"}, {"interval"}, {"criticality"}};
constexpr ParamSpec kEventParams[] = {{"after"}, {"limit"}};
constexpr ParamSpec kStreamParams[] = {{"after"}};

constexpr Route kRoutes[] = {
    {"GET", "/api/v1/summary", {}, get_summary, Need::kEssential},
    {"GET", "/api/v1/monitors", kListParams, get_monitors, Need::kOrdinary, 1024 * 1024},
    {"POST", "/api/v1/monitors", {}, post_monitor},
    // Before that of an id, which takes any segment.
    {"GET", "/api/v1/monitors/export", {}, get_export, Need::kOrdinary, 512 * 1024},
    {"GET", "/api/v1/monitors/{id}", {}, get_monitor},
    {"PUT", "/api/v1/monitors/{id}", {}, put_monitor},
    {"PATCH", "/api/v1/monitors/{id}", {}, patch_monitor},
    // Whoever is short of memory must be able to watch less.
    {"DELETE", "/api/v1/monitors/{id}", {}, delete_monitor, Need::kEssential},
    {"POST", "/api/v1/monitors/{id}/clone", {}, post_clone},
    {"POST", "/api/v1/monitors/{id}/pause", {}, post_pause, Need::kEssential},
    {"POST", "/api/v1/monitors/{id}/resume", {}, post_resume},
    {"POST", "/api/v1/monitors/test", {}, post_monitor_test, Need::kOrdinary, 1024 * 1024},
    {"POST", "/api/v1/monitors/check", {}, post_monitor_check},
    {"POST", "/api/v1/monitors/bulk", {}, post_bulk, Need::kOrdinary, 1024 * 1024},
    {"POST", "/api/v1/monitors/import", {}, post_import, Need::kOrdinary, 8 * 1024 * 1024, 16 * 1024 * 1024},
    {"GET", "/api/v1/monitors/{id}/results", {}, get_results},
    {"GET", "/api/v1/monitors/{id}/history", kHistoryParams, get_history, Need::kHeavy, 1024 * 1024},
    {"GET", "/api/v1/folders", {}, get_folders, Need::kOrdinary, 512 * 1024},
    {"POST", "/api/v1/folders", {}, post_folder},
    {"PATCH", "/api/v1/folders", {}, patch_folder},
    {"DELETE", "/api/v1/folders", kFolderParams, delete_folder, Need::kEssential},
    {"GET", "/api/v1/memory", {}, get_memory, Need::kEssential},
    // Whoever is short of memory must be able to give more.
    {"PUT", "/api/v1/memory/budget", {}, put_budget, Need::kEssential},
    {"GET", "/api/v1/admission", kAdmissionParams, get_admission},
    {"GET", "/api/v1/events", kEventParams, get_events, Need::kEssential},
    {"GET", "/api/v1/events/stream", kStreamParams, get_event_stream, Need::kEssential},
    {"POST", "/api/v1/reload", {}, post_reload, Need::kEssential, 1024 * 1024},
    {"GET", "/api/v1/schedule", {}, get_schedule},
    {"GET", "/api/v1/openapi.json", {}, get_openapi, Need::kOrdinary, 64 * 1024},
    {"GET", "/healthz", {}, get_healthz, Need::kEssential},
    {"GET", "/readyz", {}, get_readyz, Need::kEssential},
    {"GET", "/metrics", {}, get_metrics, Need::kEssential},
    {"GET", "/", {}, get_page},
    {"GET", "/page/app.js", {}, get_page},
    {"GET", "/page/memory.js", {}, get_page},
    {"GET", "/page/words.js", {}, get_page},
    {"GET", "/page/style.css", {}, get_page},
};

}  // namespace

std::span<const Route> routes() {
  return kRoutes;
}

}  // namespace holter::api
