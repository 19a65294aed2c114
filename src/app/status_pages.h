#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/status_pages.h"
#include "app/fleet.h"
#include "app/kept_answers.h"
#include "catalog/catalog.h"
#include "catalog/status_pages.h"
#include "history/wire/query.h"
#include "latest/latest.h"
#include "memory/account.h"
#include "status/page.h"
#include "status/state.h"

namespace holter::app {

/// Status pages: the catalog has what people write, Latest and history say how the monitors are and were. What visitors
/// asked for is kept for a few seconds, on an account of its own, so that a page that many look at costs what one visit
/// costs. Threads: the control executor's.
class StatusPages final : public api::StatusPages {
 public:
  using Caller = api::Caller;
  using Heartbeats = boost::asio::awaitable<Result<std::vector<history::MonitorHeartbeats>>>;
  static constexpr seconds kViewFresh{10};
  static constexpr seconds kDaysFresh{60};  ///< days change slowly, and take long to read
  static constexpr seconds kMinutesFresh{10};
  /// Of a page, whose history is asked for: each component has the same share of them.
  static constexpr std::size_t kMostMonitors = 256;
  static constexpr std::size_t kMostShown = 50;               ///< announcements that visitors see
  static constexpr std::size_t kMostNotes = 20;               ///< of each
  static constexpr std::size_t kMostShownBytes = 256 * 1024;  ///< of all their texts

  struct Parts {
    catalog::Catalog& catalog;
    const Fleet& fleet;
    const latest::Latest& latest;
    const Clock& clock;
    memory::Account& pages;  ///< of what is being read
    memory::Account& kept;   ///< of what is kept for visitors
    std::function<Heartbeats(history::HeartbeatsQuery, MonoTime)> heartbeats;
  };
  explicit StatusPages(Parts parts);

  Answer<std::vector<api::StatusPageRow>> list(Caller caller) override;
  Answer<api::StatusPageDocument> find(std::string slug, Caller caller) override;
  Answer<api::StatusPageDocument> create(std::string document, Caller caller) override;
  Answer<api::StatusPageDocument> replace(std::string slug, Version version, std::string document,
                                          Caller caller) override;
  Answer<void> remove(std::string slug, Version version, Caller caller) override;

  Answer<api::StatusAnnouncementPage> announcements(std::string slug, api::StatusAnnouncementQuery query,
                                                    Caller caller) override;
  Answer<api::StatusAnnouncement> announcement(std::string slug, std::uint64_t id, Caller caller) override;
  Answer<api::StatusAnnouncement> announce(std::string slug, std::string document, Caller caller) override;
  Answer<api::StatusAnnouncement> replace_announcement(std::string slug, std::uint64_t id, Version version,
                                                       std::string document, Caller caller) override;
  Answer<void> remove_announcement(std::string slug, std::uint64_t id, Version version, Caller caller) override;
  Answer<api::StatusAnnouncement> add_note(std::string slug, std::uint64_t id, std::string document,
                                           Caller caller) override;

  Answer<std::shared_ptr<const api::StatusView>> view(std::string slug, bool knows, MonoTime deadline) override;
  Answer<std::shared_ptr<const api::StatusHistory>> history(std::string slug, api::StatusStep step, bool knows,
                                                            MonoTime deadline) override;
  Answer<api::StatusLogo> logo(std::string slug, bool knows, MonoTime deadline) override;
  std::string feed(const api::StatusView& view, std::string_view origin) const override;
  api::Answered<std::string> badge(const api::StatusView& view, const api::StatusHistory* history,
                                   std::string_view component) const override;

 private:
  /// A page as it is stored, and what it says.
  struct Loaded {
    catalog::StatusPage stored;
    status::Page page;
  };
  /// What is known of the monitors of a component.
  struct Found {
    status::Tally tally;
    double duration_ms = 0;
    std::size_t durations = 0;
    std::vector<MonitorId> ids;  ///< some of them
    std::size_t known = 0;       ///< that there are
  };
  /// 404; also, unless `knows`, for one that is not public.
  Answer<Loaded> load(std::string slug, bool knows, bool with_logo, MonoTime deadline);
  /// One for each component of the page, in its order; of each at most `most_ids` ids.
  Answer<std::vector<Found>> look(const status::Page* page, std::size_t most_ids, MonoTime deadline);
  void count(MonitorId id, std::size_t most_ids, Found& found) const;
  Answer<std::shared_ptr<const api::StatusView>> make_view(std::string slug, bool knows, MonoTime deadline);
  Answer<std::shared_ptr<const api::StatusHistory>> make_history(std::string slug, api::StatusStep step, bool knows,
                                                                 MonoTime deadline);
  /// Something was written: visitors see it at once.
  void forget();

  const Parts parts_;
  KeptAnswers<api::StatusView> views_;
  KeptAnswers<api::StatusHistory> days_, minutes_;
};

/// What a row of the catalog is to the API.
api::StatusAnnouncement shown(const catalog::StatusAnnouncement& announcement,
                              const std::vector<catalog::StatusUpdate>& updates);

}  // namespace holter::app
