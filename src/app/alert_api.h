#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "api/alerting.h"
#include "app/active_hours.h"
#include "app/alert_events.h"
#include "app/alert_stats.h"
#include "app/periodic_rules.h"
#include "app/rule_query.h"
#include "catalog/alert_objects.h"
#include "catalog/catalog.h"
#include "catalog/outbox.h"
#include "incidents/desk.h"
#include "memory/account.h"
#include "notify/channel.h"
#include "secrets/keyring.h"

namespace holter::app {

/// Alerting for the API: the catalog has what users configure and what has happened, the desk has what is in force.
/// Threads: the control executor's.
class AlertApi final : public api::Alerting {
 public:
  using Caller = api::Caller;
  template <class T>
  using Answer = boost::asio::awaitable<api::Answered<T>>;

  struct Parts {
    catalog::Catalog& catalog;
    incidents::Desk& desk;
    notify::Outbox& outbox;
    notify::Wire& wire;
    const secrets::Keyring& keyring;
    const Clock& clock;
    memory::Account& pages;  ///< of what is being read
    /// Results of the past for a preview, oldest first; false when there are more.
    std::function<boost::asio::awaitable<Result<bool>>(const alert::Rule&, std::int64_t from_ms, std::int64_t to_ms,
                                                       const std::function<void(const alert::RoundView&)>&)>
        replay;
    AlertEvents& events;
    const AlertTimes& times;
    const QuerySources& sources;  ///< of periodic rules
    std::function<std::optional<PeriodicStatus>(std::string_view rule)> periodic;
    const alert::Monitors& monitors;
    /// The folder of a monitor; for who may see its incidents.
    std::function<std::string(MonitorId)> folder_of;
  };
  explicit AlertApi(Parts parts) : parts_(std::move(parts)) {}

  Answer<api::AlertDocuments> list(api::AlertKind kind, api::AlertDocumentQuery query, Caller caller) override;
  Answer<api::AlertDocument> find(api::AlertKind kind, std::uint64_t id, Caller caller) override;
  Answer<api::AlertDocument> create(api::AlertKind kind, std::string document, bool dry_run, Caller caller) override;
  Answer<api::AlertDocument> replace(api::AlertKind kind, std::uint64_t id, Version version, std::string document,
                                     bool dry_run, Caller caller) override;
  Answer<void> remove(api::AlertKind kind, std::uint64_t id, Version version, Caller caller) override;
  Answer<api::RulePreview> preview(std::string document, std::int64_t from_ms, std::int64_t to_ms,
                                   Caller caller) override;
  Answer<api::IncidentPage> caught(std::string matchers, Caller caller) override;
  Answer<api::ReceiverTrial> try_receiver(std::uint64_t id, std::string document, Caller caller) override;
  Answer<api::RenderedTemplate> render(std::string document, Caller caller) override;
  std::vector<api::ChannelForm> channels() const override;

  Answer<api::IncidentPage> incidents(api::IncidentQuery query, Caller caller) override;
  Answer<api::IncidentDetail> incident(std::uint64_t id, Caller caller) override;
  Answer<api::IncidentRow> act(std::uint64_t id, api::IncidentAction action, Caller caller) override;

  Answer<api::NotificationPage> notifications(api::NotificationQuery query, Caller caller) override;
  Answer<api::NotificationDetail> notification(std::uint64_t id, Caller caller) override;
  Answer<api::NotificationRow> resend(std::uint64_t id, Caller caller) override;
  Answer<api::IntakeReport> take(std::string source, std::string body, std::string mapping, Caller caller) override;
  api::AlertStats stats(std::size_t most_alerts) const override;

 private:
  /// Of all rules, by name, where the kind is that.
  std::vector<alert::RuleStatus> rules_of(catalog::AlertObjectKind kind) const;
  /// `finding`: what is to be said of it with the status; may be empty.
  api::AlertDocument shown(const catalog::AlertObject& object, const std::vector<alert::RuleStatus>& rules,
                           std::string_view finding = {}) const;
  api::AlertDocument shown_builtin(std::uint64_t id, const alert::Rule& rule,
                                   const std::vector<alert::RuleStatus>& rules) const;
  /// The catalog's; of a built-in rule the one that changes it. 404.
  Answer<catalog::AlertObject> stored_of(api::AlertKind kind, std::uint64_t id, MonoTime deadline);
  std::string status_of(const catalog::AlertObject& object, const std::vector<alert::RuleStatus>& rules,
                        std::string_view finding) const;
  api::IncidentRow row_of(const catalog::Incident& incident) const;
  bool may_see(const Caller& caller, MonitorId monitor) const;
  /// Whether the query of a periodic rule can be asked: what is not known of that now, or why it cannot (422).
  Answer<std::string> check_query(const catalog::AlertObject& object, MonoTime deadline) const;
  Answer<api::RulePreview> preview_query(alert::Rule rule, std::int64_t from_ms, std::int64_t to_ms,
                                         MonoTime deadline) const;
  /// Seals the secrets of a receiver for its id, and takes over those that are kept of `before`.
  Status seal(catalog::AlertObject& object, const incidents::ReceiverSpec* before) const;

  const Parts parts_;
  const ActiveHours hours_;
  IntakeCounts taken_;
};

/// Puts stored secrets in the place of {"set": true}; they stay with the peer that they were given for. Errors:
/// fault().
Status keep_secrets(incidents::ReceiverSpec& receiver, const incidents::ReceiverSpec* before);

}  // namespace holter::app
