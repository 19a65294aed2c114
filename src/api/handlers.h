#pragma once

#include <boost/asio/awaitable.hpp>

#include "api/router.h"

// One handler per route; the table is in routes.cc. What each answers is in openapi.json.
namespace holter::api {

boost::asio::awaitable<Response> get_summary(Context context, const Request* request);
boost::asio::awaitable<Response> get_monitors(Context context, const Request* request);
boost::asio::awaitable<Response> get_monitor(Context context, const Request* request);
boost::asio::awaitable<Response> get_results(Context context, const Request* request);
boost::asio::awaitable<Response> get_history(Context context, const Request* request);
boost::asio::awaitable<Response> get_heartbeats(Context context, const Request* request);
boost::asio::awaitable<Response> get_rounds(Context context, const Request* request);
boost::asio::awaitable<Response> post_suggest(Context context, const Request* request);
boost::asio::awaitable<Response> post_monitor(Context context, const Request* request);
boost::asio::awaitable<Response> put_monitor(Context context, const Request* request);
boost::asio::awaitable<Response> patch_monitor(Context context, const Request* request);
boost::asio::awaitable<Response> delete_monitor(Context context, const Request* request);
boost::asio::awaitable<Response> post_clone(Context context, const Request* request);
boost::asio::awaitable<Response> post_pause(Context context, const Request* request);
boost::asio::awaitable<Response> post_resume(Context context, const Request* request);
boost::asio::awaitable<Response> post_monitor_test(Context context, const Request* request);
boost::asio::awaitable<Response> post_monitor_check(Context context, const Request* request);
boost::asio::awaitable<Response> post_bulk(Context context, const Request* request);
boost::asio::awaitable<Response> post_import(Context context, const Request* request);
boost::asio::awaitable<Response> get_export(Context context, const Request* request);
boost::asio::awaitable<Response> get_folders(Context context, const Request* request);
boost::asio::awaitable<Response> post_folder(Context context, const Request* request);
boost::asio::awaitable<Response> patch_folder(Context context, const Request* request);
boost::asio::awaitable<Response> delete_folder(Context context, const Request* request);
boost::asio::awaitable<Response> get_definitions(Context context, const Request* request);
boost::asio::awaitable<Response> get_definition(Context context, const Request* request);
boost::asio::awaitable<Response> get_definition_versions(Context context, const Request* request);
boost::asio::awaitable<Response> put_definition(Context context, const Request* request);
boost::asio::awaitable<Response> delete_definition(Context context, const Request* request);
boost::asio::awaitable<Response> post_definition_check(Context context, const Request* request);
boost::asio::awaitable<Response> get_memory(Context context, const Request* request);
boost::asio::awaitable<Response> put_budget(Context context, const Request* request);
boost::asio::awaitable<Response> get_admission(Context context, const Request* request);
boost::asio::awaitable<Response> get_events(Context context, const Request* request);
boost::asio::awaitable<Response> get_event_stream(Context context, const Request* request);
boost::asio::awaitable<Response> post_reload(Context context, const Request* request);
boost::asio::awaitable<Response> get_schedule(Context context, const Request* request);
boost::asio::awaitable<Response> get_openapi(Context context, const Request* request);
boost::asio::awaitable<Response> get_healthz(Context context, const Request* request);
boost::asio::awaitable<Response> get_readyz(Context context, const Request* request);
boost::asio::awaitable<Response> get_metrics(Context context, const Request* request);
boost::asio::awaitable<Response> post_push(Context context, const Request* request);
boost::asio::awaitable<Response> post_login(Context context, const Request* request);
boost::asio::awaitable<Response> get_oidc_login(Context context, const Request* request);
boost::asio::awaitable<Response> get_oidc_callback(Context context, const Request* request);
boost::asio::awaitable<Response> post_logout(Context context, const Request* request);
boost::asio::awaitable<Response> get_session(Context context, const Request* request);
boost::asio::awaitable<Response> get_setup(Context context, const Request* request);
boost::asio::awaitable<Response> post_setup(Context context, const Request* request);
boost::asio::awaitable<Response> post_password_reset(Context context, const Request* request);
boost::asio::awaitable<Response> get_accounts(Context context, const Request* request);
boost::asio::awaitable<Response> post_account(Context context, const Request* request);
boost::asio::awaitable<Response> get_account(Context context, const Request* request);
boost::asio::awaitable<Response> patch_account(Context context, const Request* request);
boost::asio::awaitable<Response> delete_account(Context context, const Request* request);
boost::asio::awaitable<Response> put_password(Context context, const Request* request);
boost::asio::awaitable<Response> get_grants(Context context, const Request* request);
boost::asio::awaitable<Response> put_grant(Context context, const Request* request);
boost::asio::awaitable<Response> get_identities(Context context, const Request* request);
boost::asio::awaitable<Response> put_identity(Context context, const Request* request);
boost::asio::awaitable<Response> delete_identity(Context context, const Request* request);
boost::asio::awaitable<Response> get_audit(Context context, const Request* request);
boost::asio::awaitable<Response> get_tokens(Context context, const Request* request);
boost::asio::awaitable<Response> post_token(Context context, const Request* request);
boost::asio::awaitable<Response> delete_token(Context context, const Request* request);
boost::asio::awaitable<Response> get_sessions(Context context, const Request* request);
boost::asio::awaitable<Response> delete_session(Context context, const Request* request);
boost::asio::awaitable<Response> delete_sessions(Context context, const Request* request);
boost::asio::awaitable<Response> get_alert_documents(Context context, const Request* request);
boost::asio::awaitable<Response> post_alert_document(Context context, const Request* request);
boost::asio::awaitable<Response> get_alert_document(Context context, const Request* request);
boost::asio::awaitable<Response> put_alert_document(Context context, const Request* request);
boost::asio::awaitable<Response> delete_alert_document(Context context, const Request* request);
boost::asio::awaitable<Response> post_rule_preview(Context context, const Request* request);
boost::asio::awaitable<Response> post_silence_preview(Context context, const Request* request);
boost::asio::awaitable<Response> post_receiver_test(Context context, const Request* request);
boost::asio::awaitable<Response> post_receiver_trial(Context context, const Request* request);
boost::asio::awaitable<Response> post_template_preview(Context context, const Request* request);
boost::asio::awaitable<Response> get_alert_channels(Context context, const Request* request);
boost::asio::awaitable<Response> get_alert_stats(Context context, const Request* request);
boost::asio::awaitable<Response> get_incidents(Context context, const Request* request);
boost::asio::awaitable<Response> get_incident(Context context, const Request* request);
boost::asio::awaitable<Response> post_incident_action(Context context, const Request* request);
boost::asio::awaitable<Response> get_notifications(Context context, const Request* request);
boost::asio::awaitable<Response> get_notification(Context context, const Request* request);
boost::asio::awaitable<Response> post_resend(Context context, const Request* request);
boost::asio::awaitable<Response> post_alertmanager_alerts(Context context, const Request* request);
boost::asio::awaitable<Response> post_alert_report(Context context, const Request* request);
boost::asio::awaitable<Response> post_alert_report_of(Context context, const Request* request);
boost::asio::awaitable<Response> get_status_pages(Context context, const Request* request);
boost::asio::awaitable<Response> post_status_page(Context context, const Request* request);
boost::asio::awaitable<Response> get_status_page(Context context, const Request* request);
boost::asio::awaitable<Response> put_status_page(Context context, const Request* request);
boost::asio::awaitable<Response> delete_status_page(Context context, const Request* request);
boost::asio::awaitable<Response> get_status_announcements(Context context, const Request* request);
boost::asio::awaitable<Response> post_status_announcement(Context context, const Request* request);
boost::asio::awaitable<Response> get_status_announcement(Context context, const Request* request);
boost::asio::awaitable<Response> put_status_announcement(Context context, const Request* request);
boost::asio::awaitable<Response> delete_status_announcement(Context context, const Request* request);
boost::asio::awaitable<Response> post_status_update(Context context, const Request* request);
boost::asio::awaitable<Response> get_status_view(Context context, const Request* request);
boost::asio::awaitable<Response> get_status_history(Context context, const Request* request);
boost::asio::awaitable<Response> get_status_logo(Context context, const Request* request);
boost::asio::awaitable<Response> get_status_feed(Context context, const Request* request);
boost::asio::awaitable<Response> get_status_badge(Context context, const Request* request);
boost::asio::awaitable<Response> get_ui_file(Context context, const Request* request);
boost::asio::awaitable<Response> get_page(Context context, const Request* request);

/// Whether `count` monitors of the app would fit.
Response admission_response(const Context& context, std::string_view app, std::size_t count,
                            const AdmissionAnswer& answer);
/// The problem instead of an answer.
inline Response refuse(const Context& context, const Problem& problem) {
  return problem_response(problem, *context.bodies);
}
/// The answer as written; 503 when its bytes were refused.
Response finished(Response response, memory::Account& account);

}  // namespace holter::api
