#include "api/alert_json.h"

#include <fmt/format.h>

#include "api/handlers.h"
#include "api/json_members.h"
#include "api/raw_json.h"

namespace holter::api {
Problem bad_document(const Error& error) {
  if (error.code() == ErrorCode::kResourceExhausted) return to_problem(error);
  return {500, fmt::format("BUG: a stored document is not what it should be: {}", error.message()), "", 0};
}

Status write_document(JsonWriter& json, const AlertDocument& document, memory::Account& account) {
  json.begin_object();
  json.member("id", document.id);
  json.member("name", document.name);
  json.member("enabled", document.enabled);
  json.member("built_in", document.built_in);
  json.member("version", document.version);
  json.time_member("created", document.created_ms);
  write_text_or_null(json, "created_by", document.created_by);
  json.time_member("updated", document.updated_ms);
  write_text_or_null(json, "updated_by", document.updated_by);
  TRY_OK(write_raw(json, "spec", document.spec, account));
  TRY_OK(write_raw(json, "status", document.status, account));
  json.end_object();
  return {};
}

Response document_response(const Context& context, const AlertDocument& document, unsigned status, bool dry_run) {
  Response response(*context.bodies);
  response.status = status;
  JsonWriter json(response.body);
  if (auto written = write_document(json, document, *context.bodies); !written)
    return refuse(context, bad_document(written.error()));
  if (!dry_run) response.headers.emplace_back("ETag", fmt::format("\"{}\"", document.version));
  return finished(std::move(response), *context.bodies);
}

Response documents_response(const Context& context, const AlertDocuments& documents) {
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.member("total", static_cast<std::uint64_t>(documents.total));
  write_number_or_null(json, "next", documents.next.value_or(0));
  json.key("documents");
  json.begin_array();
  for (const auto& row : documents.rows)
    if (auto written = write_document(json, row, *context.bodies); !written)
      return refuse(context, bad_document(written.error()));
  json.end_array();
  json.end_object();
  return finished(std::move(response), *context.bodies);
}

Response preview_response(const Context& context, const RulePreview& preview) {
  return object_response(context, [&](JsonWriter& json) {
    json.member("monitors", static_cast<std::uint64_t>(preview.monitors));
    json.member("results", static_cast<std::uint64_t>(preview.results));
    write_number_or_null(json, "step_ms", static_cast<std::uint64_t>(preview.step_ms));
    json.member("cut", preview.cut);
    write_objects(json, "incidents", preview.incidents, [&](const RulePreview::Incident& incident) {
      json.time_member("from", incident.from_ms);
      json.time_member("to", incident.to_ms);
      json.member("labels", incident.labels);
      json.member("evidence", incident.evidence);
    });
  });
}

Response trial_response(const Context& context, const ReceiverTrial& trial) {
  return object_response(context, [&](JsonWriter& json) {
    json.member("delivered", trial.delivered);
    json.member("answer", trial.answer);
    json.member("duration_ms", trial.duration_ms);
  });
}

Response rendered_response(const Context& context, const RenderedTemplate& rendered) {
  return object_response(context, [&](JsonWriter& json) {
    json.member("title", rendered.title);
    json.member("text", rendered.text);
    json.member("html", rendered.html);
  });
}

namespace {

void write_both(JsonWriter& json, std::string_view name, std::string_view en, std::string_view zh) {
  json.key(name);
  json.begin_object();
  json.member("en-US", en);
  json.member("zh-CN", zh);
  json.end_object();
}

void write_input(JsonWriter& json, const ChannelForm::Input& input) {
  json.member("name", input.name);
  json.member("type", input.type);
  json.member("required", input.required);
  json.member("secret", input.secret);
  write_both(json, "title", input.title_en, input.title_zh);
  write_both(json, "help", input.help_en, input.help_zh);
  write_text_or_null(json, "default", input.otherwise);
  write_list(json, "choices", input.choices);
}

}  // namespace

Response channels_response(const Context& context, const std::vector<ChannelForm>& channels) {
  return object_response(context, [&](JsonWriter& json) {
    write_objects(json, "channels", channels, [&](const ChannelForm& channel) {
      json.member("name", channel.name);
      write_both(json, "title", channel.title_en, channel.title_zh);
      write_objects(json, "inputs", channel.inputs, [&](const ChannelForm::Input& input) { write_input(json, input); });
    });
  });
}

Response intake_response(const Context& context, const IntakeReport& report) {
  return object_response(context, [&](JsonWriter& json) {
    json.member("taken", static_cast<std::uint64_t>(report.taken));
    json.member("refused", static_cast<std::uint64_t>(report.refused));
    write_list(json, "reasons", report.reasons);
  });
}

Problem rows_too_long() {
  return {503, "cannot answer: no memory is left for so many rows; ask for fewer by limit", "limit", 5};
}

std::size_t bytes_of(const AlertDocuments& documents) {
  std::size_t bytes = 0;
  for (const auto& row : documents.rows)
    bytes += sizeof row + row.name.size() + row.spec.size() + row.status.size() + row.created_by.size() +
             row.updated_by.size();
  return bytes;
}

}  // namespace holter::api
