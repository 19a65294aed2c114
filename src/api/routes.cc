#include "api/handlers.h"
#include "api/router.h"

namespace holter::api {
namespace {

constexpr ParamSpec kListParams[] = {{"offset"}, {"limit"}, {"sort"}, {"order"},
                                     {"text"},   {"state"}, {"app"},  {"label", true}};
constexpr ParamSpec kHistoryParams[] = {{"set"}, {"field"}, {"from"}, {"to"}, {"step"}};

constexpr Route kRoutes[] = {
    {"GET", "/api/v1/summary", {}, get_summary},
    {"GET", "/api/v1/monitors", kListParams, get_monitors},
    {"GET", "/api/v1/monitors/{id}", {}, get_monitor},
    {"GET", "/api/v1/monitors/{id}/results", {}, get_results},
    {"GET", "/api/v1/monitors/{id}/history", kHistoryParams, get_history},
    {"GET", "/api/v1/memory", {}, get_memory},
    {"GET", "/api/v1/schedule", {}, get_schedule},
    {"GET", "/api/v1/openapi.json", {}, get_openapi},
    {"GET", "/healthz", {}, get_healthz},
    {"GET", "/readyz", {}, get_readyz},
    {"GET", "/metrics", {}, get_metrics},
    {"GET", "/", {}, get_page},
    {"GET", "/page/app.js", {}, get_page},
    {"GET", "/page/words.js", {}, get_page},
    {"GET", "/page/style.css", {}, get_page},
};

}  // namespace

std::span<const Route> routes() {
  return kRoutes;
}

}  // namespace holter::api
