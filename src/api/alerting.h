#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/alert_stats.h"
#include "api/gate.h"
#include "api/owned_monitors.h"
#include "base/ids.h"
#include "model/alert.h"

namespace holter::api {

/// What of alerting users configure, one document each.
enum class AlertKind : std::uint8_t {
  kRule,
  kReceiver,
  kSilence,
  kInhibition,
  kRoute,     ///< the tree of routes: exactly one, which is there from the start, under the id kRouteTree
  kTemplate,  ///< texts of notifications
  kRotation,  ///< who is on call
};
constexpr std::size_t kAlertKinds = 7;
constexpr std::uint64_t kRouteTree = 1;

/// One document as stored. `spec` is JSON as the user gave it, checked and with defaults left out; a secret in it is
/// `{"set": true}`. `status` is a JSON object of what is known of it now: of a rule {"alerts", "error"}, of a silence
/// {"state", "catches"}, of a receiver {"waiting", "failed", "last_error"}...
struct AlertDocument {
  std::uint64_t id = 0;
  std::string name;
  std::string spec, status;
  bool enabled = true;
  /// A rule that is there without anybody having written it. It has an id like the others, which stays, so that it can
  /// be read and changed; its version is 0 until it is changed.
  bool built_in = false;
  std::uint64_t version = 0;
  std::int64_t created_ms = 0, updated_ms = 0;
  std::string created_by, updated_by;
};
struct AlertDocumentQuery {
  std::string text;  ///< part of the name, ignoring case
  std::uint64_t after = 0;
  std::size_t limit = 100;  ///< at most 1000
};
struct AlertDocuments {
  std::vector<AlertDocument> rows;    ///< by id
  std::size_t total = 0;              ///< that match, all pages
  std::optional<std::uint64_t> next;  ///< `after` of the next page
};
/// What a check or a preview found.
struct RulePreview {
  struct Incident {
    std::int64_t from_ms = 0, to_ms = 0;  ///< to 0: it would still fire
    std::string labels, evidence;         ///< `{a="b"}`; "used=95 -> true"
  };
  std::vector<Incident> incidents;  ///< oldest first; at most 1000
  std::size_t monitors = 0;         ///< that the rule is about
  std::size_t results = 0;          ///< of history that were asked; of a periodic rule: evaluations of its query
  std::int64_t step_ms = 0;         ///< of a periodic rule: how far these lie apart; else 0
  bool cut = false;                 ///< there was more history, or there were more incidents
};

/// One time that an alert fired.
struct IncidentRow {
  std::uint64_t id = 0;
  std::string fingerprint;  ///< 16 hex digits
  std::string rule;
  model::Severity severity{};
  model::Labels labels, annotations;
  MonitorId monitor;                          ///< 0: of none
  std::int64_t started_ms = 0, ended_ms = 0;  ///< ended 0: it is open
  std::string resolution;                     ///< why it ended; empty: it is open
  std::string evidence;                       ///< "used=95 total=100 -> true"
  std::string assignee, acknowledged_by;
  std::int64_t acknowledged_ms = 0, snoozed_until_ms = 0;
  std::uint64_t linked = 0;                ///< the incident that it belongs to; 0: none
  std::vector<std::uint64_t> silenced_by;  ///< silences that hide its notifications now
  std::string inhibited_by;                ///< fingerprint of what does so; empty: nothing
  std::uint64_t version = 0;
};
struct IncidentQuery {
  std::optional<bool> open;
  std::optional<model::Severity> severity;
  MonitorId monitor;                    ///< 0: any
  std::string text;                     ///< part of a label "name=value", ignoring case
  std::int64_t from_ms = 0, to_ms = 0;  ///< when it started; to 0: until now
  std::uint64_t before = 0;             ///< id: older ones only; 0: from the newest
  std::size_t limit = 100;
};
struct IncidentPage {
  std::vector<IncidentRow> rows;                  ///< newest first
  std::optional<std::uint64_t> next;              ///< `before` of the next page
  std::array<std::size_t, 4> open_by_severity{};  ///< of all, whatever the query
};
/// One line of an incident's time line.
struct IncidentNote {
  std::uint64_t id = 0;
  std::int64_t time_ms = 0;
  std::string kind;  ///< "opened", "notified", "comment"...
  std::string who, text;
};
/// Why somebody was told of an incident, or was not.
struct NotifyDecision {
  std::int64_t time_ms = 0, until_ms = 0;  ///< until 0: for good
  std::string verdict;                     ///< "notified", "waiting", "silenced"...
  std::string route, text;                 ///< text: one sentence for people
  std::vector<std::string> receivers;
};
struct IncidentDetail {
  IncidentRow row;
  std::vector<IncidentNote> notes;        ///< oldest first
  std::vector<NotifyDecision> decisions;  ///< newest last
};
/// What a user does about an incident; exactly one of them.
struct IncidentAction {
  enum class Kind : std::uint8_t { kAcknowledge, kAssign, kComment, kSnooze, kResolve, kLink };
  Kind kind{};
  std::string text;           ///< of a comment, or why; the assignee (empty: nobody) of kAssign
  std::int64_t until_ms = 0;  ///< of kSnooze; 0 ends it
  std::uint64_t other = 0;    ///< of kLink; 0 undoes it
  bool undo = false;          ///< of kAcknowledge
};

/// One notification on its way, or what became of it.
struct NotificationRow {
  std::uint64_t id = 0;
  std::string receiver, channel, state;  ///< "queued", "delivered", "dead", "digested"
  std::string title;
  std::uint64_t attempts = 0;
  std::int64_t created_ms = 0, updated_ms = 0, next_ms = 0;  ///< next 0: no further attempt
  std::string answer;                                        ///< of the last attempt
  std::vector<std::uint64_t> incidents;
};
struct NotificationAttempt {
  std::int64_t time_ms = 0, duration_ms = 0;
  std::string outcome, answer;
};
struct NotificationQuery {
  std::string state, receiver;
  std::uint64_t before = 0;
  std::size_t limit = 100;
};
struct NotificationPage {
  std::vector<NotificationRow> rows;  ///< newest first
  std::optional<std::uint64_t> next;
};
struct NotificationDetail {
  NotificationRow row;
  std::vector<NotificationAttempt> attempts;  ///< oldest first
  std::string text;                           ///< as it was sent
};
/// What a template gives.
struct RenderedTemplate {
  std::string title, text, html;  ///< html: empty where the template has none
};
/// How a try of a receiver ended.
struct ReceiverTrial {
  bool delivered = false;
  std::string answer;  ///< one line
  std::int64_t duration_ms = 0;
};
/// A channel and the inputs of its form.
struct ChannelForm {
  std::string name, title_en, title_zh;
  struct Input {
    std::string name, type, title_en, title_zh, help_en, help_zh, otherwise;
    bool required = false, secret = false;
    std::vector<std::string> choices;
  };
  std::vector<Input> inputs;
};
/// What came of foreign alerts.
struct IntakeReport {
  std::size_t taken = 0, refused = 0;
  std::vector<std::string> reasons;  ///< of the first few that were refused
};

/// Alerts: rules and what else users configure, incidents, notifications. Every change is stored before it is answered.
/// Methods run on the API's executor; after the deadline they end with 504. Problems name the member at fault
/// ("spec.expression"). What is only in some folders is shown to who may see these.
class Alerting {
 public:
  using Version = std::optional<std::uint64_t>;
  virtual ~Alerting() = default;

  virtual boost::asio::awaitable<Answered<AlertDocuments>> list(AlertKind kind, AlertDocumentQuery query,
                                                                Caller caller) = 0;
  /// 404.
  virtual boost::asio::awaitable<Answered<AlertDocument>> find(AlertKind kind, std::uint64_t id, Caller caller) = 0;
  /// `document`: JSON object {"name", "enabled", "spec"}, as the OpenAPI file has it. 409 where the name is taken, 422
  /// for what is wrong with it, 403 for a channel or a source that configuration forbids. With `dry_run` nothing is
  /// stored.
  virtual boost::asio::awaitable<Answered<AlertDocument>> create(AlertKind kind, std::string document, bool dry_run,
                                                                 Caller caller) = 0;
  /// 412 where it is another version. A secret given as {"set": true} stays, unless what decides on the peer changes
  /// (422).
  virtual boost::asio::awaitable<Answered<AlertDocument>> replace(AlertKind kind, std::uint64_t id, Version version,
                                                                  std::string document, bool dry_run,
                                                                  Caller caller) = 0;
  /// 409 where something else needs it (a receiver of a route).
  virtual boost::asio::awaitable<Answered<void>> remove(AlertKind kind, std::uint64_t id, Version version,
                                                        Caller caller) = 0;
  /// How often the rule would have fired in that time.
  virtual boost::asio::awaitable<Answered<RulePreview>> preview(std::string document, std::int64_t from_ms,
                                                                std::int64_t to_ms, Caller caller) = 0;
  /// Which open incidents these matchers catch.
  virtual boost::asio::awaitable<Answered<IncidentPage>> caught(std::string matchers, Caller caller) = 0;
  /// Sends a test message to a receiver: the one stored under `id` (`document` is empty), the document (`id` is 0), or,
  /// with both, the document with the stored one's secrets where it has {"set": true}, as replace() takes it.
  virtual boost::asio::awaitable<Answered<ReceiverTrial>> try_receiver(std::uint64_t id, std::string document,
                                                                       Caller caller) = 0;
  /// What a template gives with an example. 422, naming the line.
  virtual boost::asio::awaitable<Answered<RenderedTemplate>> render(std::string document, Caller caller) = 0;
  virtual std::vector<ChannelForm> channels() const = 0;
  /// With at most `most_alerts` of AlertStats::alerts.
  virtual AlertStats stats(std::size_t most_alerts) const = 0;

  virtual boost::asio::awaitable<Answered<IncidentPage>> incidents(IncidentQuery query, Caller caller) = 0;
  virtual boost::asio::awaitable<Answered<IncidentDetail>> incident(std::uint64_t id, Caller caller) = 0;
  /// 404; 409 where it has ended and the action is about an open one.
  virtual boost::asio::awaitable<Answered<IncidentRow>> act(std::uint64_t id, IncidentAction action, Caller caller) = 0;

  virtual boost::asio::awaitable<Answered<NotificationPage>> notifications(NotificationQuery query, Caller caller) = 0;
  virtual boost::asio::awaitable<Answered<NotificationDetail>> notification(std::uint64_t id, Caller caller) = 0;
  /// 409 where it is not dead.
  virtual boost::asio::awaitable<Answered<NotificationRow>> resend(std::uint64_t id, Caller caller) = 0;

  /// Alerts of another product. `source` as in the path; 404 for one that is not known, 422 for a body that is not of
  /// its form. All that can be taken is taken. `mapping`: where the members of an alert are in the body, as the query
  /// parameter of that name has it; only with the source "default", else empty.
  virtual boost::asio::awaitable<Answered<IntakeReport>> take(std::string source, std::string body, std::string mapping,
                                                              Caller caller) = 0;
};

}  // namespace holter::api
