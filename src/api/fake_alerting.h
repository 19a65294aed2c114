#pragma once

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/alerting.h"

namespace holter::api {

/// Alerting for tests: remembers what it was asked, and answers with what it was given, every field filled in.
class FakeAlerting final : public Alerting {
 public:
  template <class T>
  using Answer = boost::asio::awaitable<Answered<T>>;

  FakeAlerting() {
    document = {.id = 7,
                .name = "disk full",
                .status = R"({"alerts": 2, "error": null})",
                .enabled = true,
                .built_in = false,
                .version = 3,
                .created_ms = 1'764'000'000'000,
                .updated_ms = 1'764'000'060'000,
                .created_by = "eva",
                .updated_by = "adam"};
    incident_row = {.id = 11,
                    .fingerprint = "00000000000000ff",
                    .rule = "disk full",
                    .severity = model::Severity::kCritical,
                    .labels = {{"alertname", "disk full"}, {"severity", "critical"}},
                    .annotations = {{"summary", "<b>/var</b> is full"}},
                    .monitor = MonitorId{0x0123456789abcdefULL},
                    .started_ms = 1'764'000'000'000,
                    .evidence = "used=95 total=100 -> true",
                    .assignee = "eva",
                    .acknowledged_by = "adam",
                    .acknowledged_ms = 1'764'000'010'000,
                    .snoozed_until_ms = 1'764'000'600'000,
                    .linked = 9,
                    .silenced_by = {3, 4},
                    .inhibited_by = "00000000000000aa",
                    .version = 2};
    notification_row = {.id = 21,
                        .receiver = "ops",
                        .channel = "email",
                        .state = "dead",
                        .title = "[FIRING:1] disk full",
                        .attempts = 2,
                        .created_ms = 1'764'000'000'000,
                        .updated_ms = 1'764'000'030'000,
                        .next_ms = 1'764'000'090'000,
                        .answer = "550: no such user",
                        .incidents = {11}};
    ChannelForm::Input input{.name = "to", .type = "lines", .title_en = "To", .title_zh = "收件人", .required = true};
    ChannelForm::Input secret{.name = "password", .type = "password", .secret = true};
    ChannelForm::Input choice{.name = "tls", .type = "choice", .otherwise = "starttls", .choices = {"starttls", "tls"}};
    forms = {{"email", "Email", "邮件", {input, secret, choice}}};
    report = {2, 0, {}};
    counted.alerts = {{"disk full", "db-1", model::Severity::kCritical, true},
                      {"slow", "web-\"1\"", model::Severity::kWarning, false}};
    counted.firing = {0, 2, 1, 0};
    counted.pending = 4, counted.incidents_open = 3, counted.rules = 9, counted.series = 12, counted.groups = 2;
    counted.results = 100, counted.evaluations = 300, counted.no_value = 7, counted.refused = 5;
    counted.fired = 30, counted.resolved = 27;
    constexpr auto kNoBound = std::numeric_limits<double>::infinity();
    counted.spent = {{{0.001, 3}, {kNoBound, 4}}, 0.25};
    counted.lateness = {{{1, 6}, {kNoBound, 8}}, 12.5};
    counted.skipped = {{"disk full", {1, 0, 0, 4, 7}}};
    counted.channels = {{"email", 11, 2, 1, 3, 4}};
    counted.without_receiver = 6, counted.queued = 20, counted.waiting = 8, counted.oldest_seconds = 61.5;
    counted.store_failures = 1, counted.not_grouped = 2, counted.unbooked = 3, counted.failed_writes = 4;
    counted.unwritten = 5;
    counted.sources = {{"alertmanager", 40, 2, 1}};
  }

  Answer<AlertDocuments> list(AlertKind of, AlertDocumentQuery given, Caller) override {
    note("list", of, 0, {});
    list_query = std::move(given);
    if (problem) co_return *problem;
    AlertDocuments page;
    page.rows = {stored(of)};
    page.total = 12;
    page.next = next;
    co_return page;
  }
  Answer<AlertDocument> find(AlertKind of, std::uint64_t id, Caller) override {
    note("find", of, id, {});
    if (problem) co_return *problem;
    co_return stored(of);
  }
  Answer<AlertDocument> create(AlertKind of, std::string given, bool dry, Caller) override {
    note("create", of, 0, {}, std::move(given), dry);
    if (problem) co_return *problem;
    co_return stored(of);
  }
  Answer<AlertDocument> replace(AlertKind of, std::uint64_t id, Version version, std::string given, bool dry,
                                Caller) override {
    note("replace", of, id, version, std::move(given), dry);
    if (problem) co_return *problem;
    co_return stored(of);
  }
  Answer<void> remove(AlertKind of, std::uint64_t id, Version version, Caller) override {
    note("remove", of, id, version);
    if (problem) co_return *problem;
    co_return Answered<void>();
  }
  Answer<RulePreview> preview(std::string given, std::int64_t from, std::int64_t to, Caller) override {
    note("preview", AlertKind::kRule, 0, {}, std::move(given));
    from_ms = from, to_ms = to;
    if (problem) co_return *problem;
    RulePreview found;
    found.incidents = {{1'764'000'000'000, 1'764'000'060'000, R"({disk="/"})", "used=95 -> true"},
                       {1'764'000'120'000, 0, "{}", ""}};
    found.monitors = 4, found.results = 5000, found.cut = true;
    co_return found;
  }
  Answer<IncidentPage> caught(std::string matchers, Caller) override {
    note("caught", AlertKind::kSilence, 0, {}, std::move(matchers));
    if (problem) co_return *problem;
    co_return page();
  }
  Answer<ReceiverTrial> try_receiver(std::uint64_t id, std::string given, Caller) override {
    note("try", AlertKind::kReceiver, id, {}, std::move(given));
    if (problem) co_return *problem;
    co_return ReceiverTrial{true, "250: queued", 120};
  }
  Answer<RenderedTemplate> render(std::string given, Caller) override {
    note("render", AlertKind::kTemplate, 0, {}, std::move(given));
    if (problem) co_return *problem;
    co_return RenderedTemplate{"disk full", "/var is full", "<p>/var is full</p>"};
  }
  std::vector<ChannelForm> channels() const override { return forms; }
  AlertStats stats(std::size_t most_alerts) const override {
    auto out = counted;
    const auto shown = std::min(most_alerts, out.alerts.size());
    out.left_out += out.alerts.size() - shown;
    out.alerts.resize(shown);
    return out;
  }

  Answer<IncidentPage> incidents(IncidentQuery given, Caller) override {
    calls.emplace_back("incidents");
    incident_query = std::move(given);
    if (problem) co_return *problem;
    co_return page();
  }
  Answer<IncidentDetail> incident(std::uint64_t id, Caller) override {
    note("incident", {}, id, {});
    if (problem) co_return *problem;
    co_return IncidentDetail{
        incident_row,
        {{1, 1'764'000'000'000, "opened", "", "used > 90"}, {2, 1'764'000'010'000, "comment", "eva", "on it"}},
        {{1'764'000'000'000, 1'764'000'600'000, "silenced", "{}/{severity=\"critical\"}", "by silence 3", {"ops"}}}};
  }
  Answer<IncidentRow> act(std::uint64_t id, IncidentAction given, Caller) override {
    note("act", {}, id, {});
    action = std::move(given);
    if (problem) co_return *problem;
    co_return incident_row;
  }

  Answer<NotificationPage> notifications(NotificationQuery given, Caller) override {
    calls.emplace_back("notifications");
    notification_query = std::move(given);
    if (problem) co_return *problem;
    co_return NotificationPage{{notification_row}, next};
  }
  Answer<NotificationDetail> notification(std::uint64_t id, Caller) override {
    note("notification", {}, id, {});
    if (problem) co_return *problem;
    co_return NotificationDetail{
        notification_row, {{1'764'000'000'000, 230, "retry", "451: try again"}}, "/var is full"};
  }
  Answer<NotificationRow> resend(std::uint64_t id, Caller) override {
    note("resend", {}, id, {});
    if (problem) co_return *problem;
    co_return notification_row;
  }
  Answer<IntakeReport> take(std::string from, std::string body, std::string given, Caller) override {
    note("take", {}, 0, {}, std::move(body));
    source = std::move(from);
    mapping = std::move(given);
    if (problem) co_return *problem;
    co_return report;
  }

  // What is answered.
  AlertDocument document;  ///< with an empty spec: one that its kind may have
  IncidentRow incident_row;
  NotificationRow notification_row;
  std::vector<ChannelForm> forms;
  AlertStats counted;  ///< with all alerts that there are
  IntakeReport report;
  std::optional<std::uint64_t> next = 7;
  std::optional<Problem> problem;
  // What was asked last.
  std::vector<std::string> calls;
  AlertKind kind{};
  std::uint64_t id = 0;
  Version version;
  std::string text;
  bool dry_run = false;
  std::int64_t from_ms = 0, to_ms = 0;
  AlertDocumentQuery list_query;
  IncidentQuery incident_query;
  IncidentAction action;
  NotificationQuery notification_query;
  std::string source, mapping;

 private:
  AlertDocument stored(AlertKind of) const {
    constexpr std::string_view kSpecs[kAlertKinds] = {
        R"({"kind": "realtime", "selector": {"app": "linux"}, "expression": "used > 90", "for": "5m"})",
        R"({"channel": "email", "settings": {"to": "ops@example.org", "password": {"set": true}}})",
        R"({"matchers": "{monitor=\"db-1\"}", "comment": "moved"})",
        R"({"source": "{alertname=\"down\"}", "target": "{severity=\"warning\"}", "equal": ["site"]})",
        R"({"receivers": ["ops"], "routes": [{"matchers": "{a=\"b\"}", "routes": [{"receivers": []}]}]})",
        R"({"title": "{{title}}", "text": "<b>{{text}}</b>"})",
        R"({"receivers": ["eva", "adam"], "day": "monday"})"};
    auto out = document;
    if (out.spec.empty()) out.spec = kSpecs[static_cast<std::size_t>(of)];
    return out;
  }
  IncidentPage page() const { return {{incident_row}, next, {1, 2, 3, 4}}; }
  void note(std::string call, AlertKind of, std::uint64_t which, Version given, std::string content = {},
            bool dry = false) {
    calls.push_back(std::move(call));
    kind = of;
    id = which;
    version = given;
    text = std::move(content);
    dry_run = dry;
  }
};

}  // namespace holter::api
