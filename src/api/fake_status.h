#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/status_pages.h"

namespace holter::api {

/// Status pages for tests: remembers what it was asked, and answers with what it was given, every field filled in.
class FakeStatus final : public StatusPages {
 public:
  FakeStatus() {
    document = {.slug = "acme",
                .spec = R"({"title": "Acme", "description": "", "public": true, "time_zone": "Europe/Berlin",
                            "languages": ["en"], "history_days": 30, "response_time": true, "groups": [
                            {"name": "Web", "components": [{"id": "site", "name": "<b>Site</b>", "description": "",
                             "monitors": ["web-1"], "matchers": ""}]}]})",
                .logo = "iVBORw0KGgo=",
                .logo_type = "image/png",
                .version = 3,
                .created_ms = 1'764'000'000'000,
                .updated_ms = 1'764'000'060'000,
                .created_by = "eva",
                .updated_by = "adam"};
    row = {.slug = "acme",
           .title = "Acme",
           .is_public = true,
           .has_logo = true,
           .components = 2,
           .version = 3,
           .updated_ms = 1'764'000'060'000,
           .updated_by = "adam"};
    announced = {.id = 7,
                 .title = "<b>Slow</b>",
                 .kind = "incident",
                 .state = "identified",
                 .impact = "minor",
                 .components = {"site"},
                 .starts_ms = 1'764'000'000'000,
                 .ends_ms = 1'764'000'600'000,
                 .version = 2,
                 .created_ms = 1'764'000'000'000,
                 .updated_ms = 1'764'000'060'000,
                 .created_by = "eva",
                 .updated_by = "adam",
                 .notes = {{9, 1'764'000'060'000, "identified", "the disk", "eva"}}};
  }

  Answer<std::vector<StatusPageRow>> list(Caller) override {
    calls.emplace_back("list");
    if (problem) co_return *problem;
    co_return std::vector<StatusPageRow>{row};
  }
  Answer<StatusPageDocument> find(std::string slug, Caller) override {
    note("find", std::move(slug));
    if (problem) co_return *problem;
    co_return document;
  }
  Answer<StatusPageDocument> create(std::string given, Caller) override {
    note("create", "", std::move(given));
    if (problem) co_return *problem;
    co_return document;
  }
  Answer<StatusPageDocument> replace(std::string slug, Version of, std::string given, Caller) override {
    note("replace", std::move(slug), std::move(given), of);
    if (problem) co_return *problem;
    co_return document;
  }
  Answer<void> remove(std::string slug, Version of, Caller) override {
    note("remove", std::move(slug), "", of);
    if (problem) co_return *problem;
    co_return Answered<void>();
  }
  Answer<StatusAnnouncementPage> announcements(std::string slug, StatusAnnouncementQuery given, Caller) override {
    note("announcements", std::move(slug));
    query = given;
    if (problem) co_return *problem;
    StatusAnnouncementPage page;
    page.rows = {announced};
    page.next = next;
    co_return page;
  }
  Answer<StatusAnnouncement> announcement(std::string slug, std::uint64_t of, Caller) override {
    note("announcement", std::move(slug), "", {}, of);
    if (problem) co_return *problem;
    co_return announced;
  }
  Answer<StatusAnnouncement> announce(std::string slug, std::string given, Caller) override {
    note("announce", std::move(slug), std::move(given));
    if (problem) co_return *problem;
    co_return announced;
  }
  Answer<StatusAnnouncement> replace_announcement(std::string slug, std::uint64_t of, Version is, std::string given,
                                                  Caller) override {
    note("replace_announcement", std::move(slug), std::move(given), is, of);
    if (problem) co_return *problem;
    co_return announced;
  }
  Answer<void> remove_announcement(std::string slug, std::uint64_t of, Version is, Caller) override {
    note("remove_announcement", std::move(slug), "", is, of);
    if (problem) co_return *problem;
    co_return Answered<void>();
  }
  Answer<StatusAnnouncement> add_note(std::string slug, std::uint64_t of, std::string given, Caller) override {
    note("add_note", std::move(slug), std::move(given), {}, of);
    if (problem) co_return *problem;
    co_return announced;
  }

  Answer<std::shared_ptr<const StatusView>> view(std::string slug, bool knows, MonoTime) override {
    note("view", std::move(slug));
    knew = knows;
    if (problem) co_return *problem;
    if (!is_public && !knows) co_return Problem{404, "cannot find the status page", "slug", 0};
    auto made = std::make_shared<StatusView>();
    made->slug = "acme", made->title = "Acme", made->description = "<i>how we are</i>";
    made->time_zone = "Europe/Berlin";
    made->languages = {"en"};
    made->is_public = is_public, made->has_logo = made->response_time = true;
    made->history_days = 30;
    made->state = "degraded";
    made->groups = {
        {"Web", {{"site", "<b>Site</b>", "the shop", "degraded", 12.3456}, {"db", "DB", "", "unknown", {}}}}};
    made->announcements = {announced};
    made->now_ms = 1'764'000'070'000;
    co_return std::shared_ptr<const StatusView>(std::move(made));
  }
  Answer<std::shared_ptr<const StatusHistory>> history(std::string slug, StatusStep of, bool knows, MonoTime) override {
    note("history", std::move(slug));
    step = of;
    if (problem) co_return *problem;
    if (!is_public && !knows) co_return Problem{404, "cannot find the status page", "slug", 0};
    auto made = std::make_shared<StatusHistory>();
    made->step = of;
    made->time_zone = "Europe/Berlin";
    made->starts_ms = {1'763'852'400'000, 1'763'938'800'000, 1'764'025'200'000};
    if (of == StatusStep::kDay) made->dates = {"2025-11-23", "2025-11-24", "2025-11-25"};
    made->to_ms = 1'764'111'600'000;
    made->components = {{"site", {{1.0, 10.0}, {0.99999999, 12.0}, {0.5, 20.0}}, false}, {"db", {{}, {}, {}}, true}};
    co_return std::shared_ptr<const StatusHistory>(std::move(made));
  }
  Answer<StatusLogo> logo(std::string slug, bool knows, MonoTime) override {
    note("logo", std::move(slug));
    if (problem) co_return *problem;
    if (!is_public && !knows) co_return Problem{404, "cannot find the status page", "slug", 0};
    co_return StatusLogo{"\x89PNG", "image/png"};
  }
  std::string feed(const StatusView& view, std::string_view origin) const override {
    return "<rss>" + view.title + " " + std::string(origin) + "</rss>";
  }
  Answered<std::string> badge(const StatusView& view, const StatusHistory* history,
                              std::string_view component) const override {
    if (component == "nobody") return Problem{404, "cannot find the component", "component", 0};
    return "<svg>" + view.state + (history != nullptr ? " uptime " : " status ") + std::string(component) + "</svg>";
  }

  StatusPageDocument document;
  StatusPageRow row;
  StatusAnnouncement announced;
  std::optional<std::uint64_t> next = 6;
  bool is_public = true;
  std::optional<Problem> problem;

  // What it was asked last.
  std::vector<std::string> calls;
  std::string slug, text;
  Version version;
  std::uint64_t id = 0;
  StatusAnnouncementQuery query;
  StatusStep step{};
  bool knew = false;

 private:
  void note(std::string call, std::string of, std::string given = "", Version is = {}, std::uint64_t number = 0) {
    calls.push_back(std::move(call));
    slug = std::move(of);
    text = std::move(given);
    version = is;
    id = number;
  }
};

}  // namespace holter::api
