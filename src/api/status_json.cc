#include "api/status_json.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "api/alert_json.h"
#include "api/handlers.h"
#include "api/json_members.h"
#include "api/raw_json.h"

namespace holter::api {
namespace {

/// null for nothing. Rounded: more digits would only tell apart what is the same to people.
void write_maybe(JsonWriter& json, std::string_view name, std::optional<double> number, double parts) {
  json.key(name);
  if (number)
    json.value(std::round(*number * parts) / parts);
  else
    json.null();
}
constexpr double kMillionths = 1e6, kHundredths = 100;

/// Rounded down, so that what has failed is never shown as nothing: 1 is all.
void write_availability(JsonWriter& json, std::optional<double> share) {
  if (share && *share < 1) share = std::floor(*share * kMillionths) / kMillionths;
  write_maybe(json, "availability", share, kMillionths);
}

void write_announcement(JsonWriter& json, const StatusAnnouncement& row) {
  json.member("id", row.id);
  json.member("title", row.title);
  json.member("kind", row.kind);
  json.member("state", row.state);
  json.member("impact", row.impact);
  write_list(json, "components", row.components);
  json.time_member("starts", row.starts_ms);
  json.time_member("ends", row.ends_ms);
  json.time_member("updated", row.updated_ms);
}

/// What only those see who write them.
void write_authors(JsonWriter& json, const StatusAnnouncement& row) {
  json.member("version", row.version);
  json.time_member("created", row.created_ms);
  write_text_or_null(json, "created_by", row.created_by);
  write_text_or_null(json, "updated_by", row.updated_by);
}

void write_note(JsonWriter& json, const StatusNote& note) {
  json.member("id", note.id);
  json.time_member("time", note.time_ms);
  json.member("state", note.state);
  json.member("text", note.text);
}

std::optional<double> mean_of(const StatusHistory::Component& component, std::size_t first) {
  double sum = 0;
  std::size_t known = 0;
  for (std::size_t i = first; i < component.buckets.size(); ++i)
    if (auto share = component.buckets[i].availability) sum += *share, ++known;
  if (known == 0) return std::nullopt;
  return sum / static_cast<double>(known);
}

}  // namespace

Response status_page_response(const Context& context, const StatusPageDocument& document, unsigned status) {
  Response response(*context.bodies);
  response.status = status;
  JsonWriter json(response.body);
  json.begin_object();
  json.member("slug", document.slug);
  json.member("version", document.version);
  json.time_member("created", document.created_ms);
  write_text_or_null(json, "created_by", document.created_by);
  json.time_member("updated", document.updated_ms);
  write_text_or_null(json, "updated_by", document.updated_by);
  if (auto written = write_raw(json, "spec", document.spec, *context.bodies); !written)
    return refuse(context, bad_document(written.error()));
  write_text_or_null(json, "logo", document.logo);
  json.end_object();
  response.headers.emplace_back("ETag", fmt::format("\"{}\"", document.version));
  return finished(std::move(response), *context.bodies);
}

Response status_pages_response(const Context& context, const std::vector<StatusPageRow>& rows) {
  return object_response(context, [&](JsonWriter& json) {
    write_objects(json, "pages", rows, [&](const StatusPageRow& row) {
      json.member("slug", row.slug);
      json.member("title", row.title);
      json.member("public", row.is_public);
      json.member("logo", row.has_logo);
      json.member("components", static_cast<std::uint64_t>(row.components));
      json.member("version", row.version);
      json.time_member("updated", row.updated_ms);
      write_text_or_null(json, "updated_by", row.updated_by);
    });
  });
}

Response status_announcement_response(const Context& context, const StatusAnnouncement& announcement, unsigned status) {
  auto response = object_response(context, [&](JsonWriter& json) {
    write_announcement(json, announcement);
    write_authors(json, announcement);
    write_objects(json, "updates", announcement.notes, [&](const StatusNote& note) {
      write_note(json, note);
      write_text_or_null(json, "who", note.who);
    });
  });
  if (response.status != 200) return response;  // no memory
  response.status = status;
  response.headers.emplace_back("ETag", fmt::format("\"{}\"", announcement.version));
  return response;
}

Response status_announcements_response(const Context& context, const StatusAnnouncementPage& page) {
  return object_response(context, [&](JsonWriter& json) {
    write_number_or_null(json, "next", page.next.value_or(0));
    write_objects(json, "announcements", page.rows, [&](const StatusAnnouncement& row) {
      write_announcement(json, row);
      write_authors(json, row);
    });
  });
}

Response status_view_response(const Context& context, const StatusView& view) {
  return object_response(context, [&](JsonWriter& json) {
    json.member("slug", view.slug);
    json.member("title", view.title);
    json.member("description", view.description);
    json.member("public", view.is_public);
    json.member("logo", view.has_logo);
    json.member("time_zone", view.time_zone);
    write_list(json, "languages", view.languages);
    json.member("history_days", static_cast<std::uint64_t>(view.history_days));
    json.member("response_time", view.response_time);
    json.time_member("as_of", view.now_ms);
    json.member("state", view.state);
    write_objects(json, "groups", view.groups, [&](const StatusView::Group& group) {
      json.member("name", group.name);
      write_objects(json, "components", group.components, [&](const StatusView::Component& component) {
        json.member("id", component.id);
        json.member("name", component.name);
        json.member("description", component.description);
        json.member("state", component.state);
        write_maybe(json, "response_ms", component.duration_ms, kHundredths);
      });
    });
    write_objects(json, "announcements", view.announcements, [&](const StatusAnnouncement& row) {
      write_announcement(json, row);
      write_objects(json, "updates", row.notes, [&](const StatusNote& note) { write_note(json, note); });
    });
    json.member("cut", view.cut);
  });
}

Response status_history_response(const Context& context, const StatusHistory& history, std::size_t most) {
  auto first = history.starts_ms.size() - std::min(most, history.starts_ms.size());
  return object_response(context, [&](JsonWriter& json) {
    json.member("step", history.step == StatusStep::kDay ? "day" : "minute");
    json.member("time_zone", history.time_zone);
    json.time_member("to", history.to_ms);
    json.key("buckets");
    json.begin_array();
    for (auto i = first; i < history.starts_ms.size(); ++i) {
      json.begin_object();
      json.time_member("start", history.starts_ms[i]);
      write_text_or_null(json, "date", i < history.dates.size() ? history.dates[i] : "");
      json.end_object();
    }
    json.end_array();
    write_objects(json, "components", history.components, [&](const StatusHistory::Component& component) {
      json.member("id", component.id);
      write_availability(json, mean_of(component, first));
      json.member("cut", component.cut);
      json.key("buckets");
      json.begin_array();
      for (auto i = first; i < component.buckets.size(); ++i) {
        json.begin_object();
        write_availability(json, component.buckets[i].availability);
        write_maybe(json, "response_ms", component.buckets[i].duration_ms, kHundredths);
        json.end_object();
      }
      json.end_array();
    });
  });
}

}  // namespace holter::api
