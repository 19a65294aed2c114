#include "ruletest/scene.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include "alert/row_labels.h"
#include "base/hash.h"
#include "base/units.h"

namespace holter::ruletest {
namespace {

using model::ResultCode;

/// Series that are no field: a field of the same name goes first.
constexpr std::string_view kUp = "up", kRow = "row", kDuration = "duration_ms";
/// Labels that are no field: a field of the same name is written `exported_<name>`.
constexpr std::array<std::string_view, 7> kOwn{"monitor", "app", "set", "folder", "host", "code", "state"};
constexpr std::string_view kExported = "exported_", kOfMonitor = "label_";

std::optional<std::size_t> place_of(const model::SetDef& set, std::string_view field) {
  auto found = std::ranges::find(set.fields, field, &model::FieldDef::field);
  if (found == set.fields.end()) return std::nullopt;
  return static_cast<std::size_t>(found - set.fields.begin());
}

bool is_own(std::string_view label) {
  return std::ranges::find(kOwn, label) != kOwn.end();
}

bool is_labelled(const model::SetDef& set) {
  return std::ranges::any_of(set.fields, &model::FieldDef::label);
}

/// What a failed check may end with; what would be our own want of memory says nothing about the target.
std::optional<ResultCode> failure_of(std::string_view word) {
  for (auto code : {ResultCode::kUnreachable, ResultCode::kUnconnectable, ResultCode::kFail, ResultCode::kTimeout})
    if (model::to_string(code) == word) return code;
  return std::nullopt;
}

class Builder {
 public:
  Builder(const TestGroup& group, const std::string& file, const define::Registry& definitions,
          define::Problems& problems, Scene& out)
      : group_(group), file_(file), definitions_(definitions), problems_(problems), out_(out) {}

  void build() {
    for (const auto& series : group_.series) {
      series_ = &series;
      add();
      out_.steps = std::max(out_.steps, series.values.size());
    }
    for (const auto& plan : out_.sets) check(plan);
    std::ranges::sort(out_.sets, {}, [this](const SetPlan& plan) {
      const auto priority = out_.monitors[plan.monitor].definition->sets[plan.set].priority;
      return std::tuple(priority, plan.monitor, plan.set);
    });
  }

 private:
  /// What a series says of its monitor, and of the row that it is of.
  struct Read {
    model::Labels monitor_labels, row_labels;
    std::vector<FieldText> label_values;
  };

  void add() {
    const auto name = own("monitor"), app = own("app");
    if (name.empty() || app.empty()) return error("it needs the labels monitor and app");
    auto definition = definition_of(app);
    if (definition == nullptr) return unknown("app", app, definitions_.apps());
    auto set = find_set(*definition);
    if (!set) return;
    auto monitor = find_monitor(name, definition);
    if (!monitor) return;
    Column column;
    column.series = series_;
    if (!read_what(definition->sets[*set], column)) return;
    Read read;
    if (!read_labels(definition->sets[*set], column, read)) return;
    if (!describe(*monitor, read.monitor_labels)) return;
    auto& plan = plan_of(*monitor, *set);
    if (column.what == Column::What::kField || column.what == Column::What::kRow)
      column.row = row_of(plan, alert::to_row_labels(read.row_labels), std::move(read.label_values));
    plan.columns.push_back(std::move(column));
  }

  // --- what it is about ---

  std::string own(std::string_view label) const {
    return std::string(find_label(label) != nullptr ? *find_label(label) : std::string_view());
  }
  const std::string* find_label(std::string_view name) const {
    auto found = std::ranges::find(series_->series.labels, name, &model::Labels::value_type::first);
    return found == series_->series.labels.end() ? nullptr : &found->second;
  }

  /// Results come as often as the group says, whatever intervals of their own the sets have.
  std::shared_ptr<const model::Definition> definition_of(const std::string& app) {
    auto& copy = copies_[app];
    if (copy != nullptr) return copy;
    auto known = definitions_.find(app);
    if (known == nullptr) return nullptr;
    auto own_copy = std::make_shared<model::Definition>(*known);
    for (auto& set : own_copy->sets) set.interval = seconds(0);
    copy = std::move(own_copy);
    return copy;
  }

  std::optional<std::size_t> find_set(const model::Definition& definition) {
    const auto name = own("set");
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < definition.sets.size(); ++i) {
      const auto& set = definition.sets[i];
      if (name.empty() ? set.priority == 0 : set.name == name) return i;
      names.push_back(set.name);
    }
    if (name.empty())
      error(fmt::format("it needs the label set: no set of '{}' decides", definition.app));
    else
      unknown("set", name, names);
    return std::nullopt;
  }

  std::optional<std::size_t> find_monitor(const std::string& name,
                                          const std::shared_ptr<const model::Definition>& definition) {
    for (std::size_t i = 0; i < out_.monitors.size(); ++i) {
      if (out_.monitors[i].name != name) continue;
      if (out_.monitors[i].definition == definition) return i;
      error(fmt::format("the monitor '{}' is of the app '{}' above", excerpt(name), out_.monitors[i].definition->app));
      return std::nullopt;
    }
    out_.monitors.push_back({.id = {stable_hash(name)},
                             .name = name,
                             .definition = definition,
                             .labels = std::make_shared<const model::Labels>(),
                             .interval = group_.interval});
    out_.folders.emplace_back();
    return out_.monitors.size() - 1;
  }

  /// What only some series of a monitor say of it counts for all; they may not differ.
  bool describe(std::size_t index, const model::Labels& labels) {
    auto& monitor = out_.monitors[index];
    auto& folder = out_.folders[index];
    if (auto given = own("folder"); !given.empty()) {
      if (!folder.empty() && folder != given) return differs("folder", folder);
      folder = given;
    }
    if (auto given = own("host"); !given.empty()) {
      const auto& params = monitor.definition->params;
      auto param = std::ranges::find(params, "host", &model::ParamDef::field);
      if (param == params.end())
        return error(fmt::format("'{}' has no parameter host", monitor.definition->app)), false;
      const auto* before = monitor.params.empty() ? nullptr : &monitor.params.front().second;
      if (before != nullptr && *before != given) return differs("host", *before);
      monitor.params = {{static_cast<std::uint16_t>(param - params.begin()), given}};
    }
    auto all = *monitor.labels;
    for (const auto& [name, value] : labels) {
      auto place = std::ranges::lower_bound(all, name, {}, &model::Labels::value_type::first);
      const bool there = place != all.end() && place->first == name;
      if (there && place->second != value) return differs(std::string(kOfMonitor) + name, place->second);
      if (!there) all.emplace(place, name, value);
    }
    monitor.labels = std::make_shared<const model::Labels>(std::move(all));
    return true;
  }
  bool differs(std::string_view label, const std::string& before) {
    error(fmt::format("{} is '{}' in a series of the same monitor above", excerpt(label), excerpt(before)));
    return false;
  }

  // --- what it says ---

  bool read_what(const model::SetDef& set, Column& column) {
    const auto& name = series_->series.name;
    if (auto field = place_of(set, name)) {
      const auto& def = set.fields[*field];
      if (def.type == model::FieldType::kSecret) return error("no rule may read a secret"), false;
      if (def.label || !model::is_number(def.type)) {
        error(
            fmt::format("'{0}' is {1}: give it as a label of another series of the row, or of row{{..., {0}=\"...\"}}",
                        name, def.label ? "what tells rows apart" : "a text"));
        return false;
      }
      column.what = Column::What::kField;
      column.field = *field;
      return true;
    }
    if (name == kUp || name == kRow || name == kDuration) {
      column.what = name == kUp ? Column::What::kUp : name == kRow ? Column::What::kRow : Column::What::kDuration;
      return true;
    }
    std::vector<std::string_view> names{kUp, kRow, kDuration};
    for (const auto& field : set.fields)
      if (model::is_number(field.type) && !field.label) names.push_back(field.field);
    unknown(fmt::format("number in the set '{}' called", set.name), name, names);
    return false;
  }

  bool read_labels(const model::SetDef& set, Column& column, Read& read) {
    const bool of_check = column.what == Column::What::kUp || column.what == Column::What::kDuration;
    for (const auto& [label, value] : series_->series.labels) {
      if (label == "code" || label == "state") {
        if (!read_outcome(label, value, column)) return false;
        continue;
      }
      if (is_own(label)) continue;
      std::string_view name = label;
      if (name.starts_with(kExported) && is_own(name.substr(kExported.size()))) name.remove_prefix(kExported.size());
      const auto field = place_of(set, name);
      const bool numbered = name == kRow && !is_labelled(set);
      if (!field && !numbered && label.starts_with(kOfMonitor) && label.size() > kOfMonitor.size()) {
        read.monitor_labels.emplace_back(label.substr(kOfMonitor.size()), value);
        continue;
      }
      if (!field && !numbered) return unknown_label(set, label), false;
      if (of_check)
        return error(fmt::format("{} is of a row, and '{}' is of the check", excerpt(label), series_->series.name)),
               false;
      if (field && !read_field(set.fields[*field], *field, value, column, read)) return false;
      if (numbered) read.row_labels.emplace_back(name, value);
    }
    // In the order in which a result has them.
    std::ranges::sort(read.label_values);
    for (const auto& [field, value] : read.label_values)
      if (!value.empty()) read.row_labels.emplace_back(set.fields[field].field, value);
    return true;
  }

  bool read_field(const model::FieldDef& def, std::size_t field, const std::string& value, Column& column, Read& read) {
    if (def.label) {
      read.label_values.emplace_back(field, value);
    } else if (def.type == model::FieldType::kString) {
      column.texts.emplace_back(field, value);
    } else {
      error(fmt::format("'{}' is {}", def.field,
                        model::is_number(def.type) ? "a number: give it as a series of its own" : "a secret"));
      return false;
    }
    return true;
  }

  /// The labels `code` and `state` of `up`.
  bool read_outcome(std::string_view label, const std::string& value, Column& column) {
    if (column.what != Column::What::kUp) return error(fmt::format("only up has the label {}", label)), false;
    if (label == "state") {
      column.unreachable = value == model::to_string(model::State::kUnreachable);
      if (!column.unreachable)
        error(
            "the state of a failed check is DOWN, or as state=\"UNREACHABLE\" says: UP and STALE follow from what "
            "comes");
      return column.unreachable;
    }
    auto code = failure_of(value);
    if (!code)
      return error(
                 fmt::format("cannot use the code '{}': unreachable, unconnectable, fail or timeout", excerpt(value))),
             false;
    column.failure = *code;
    return true;
  }

  void unknown_label(const model::SetDef& set, const std::string& label) {
    std::vector<std::string_view> names(kOwn.begin(), kOwn.end());
    for (const auto& field : set.fields) names.push_back(field.field);
    auto near = nearest_in(label, names);
    error(fmt::format("'{}' is no field of the set '{}'{}; a label of the monitor is written {}{}", excerpt(label),
                      set.name, near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near), kOfMonitor,
                      excerpt(label)));
  }

  // --- where it belongs ---

  SetPlan& plan_of(std::size_t monitor, std::size_t set) {
    auto [place, fresh] = plans_.try_emplace({monitor, set}, out_.sets.size());
    if (fresh) out_.sets.push_back({.monitor = monitor, .set = set, .rows = {}, .columns = {}});
    return out_.sets[place->second];
  }
  static std::size_t row_of(SetPlan& plan, std::string labels, std::vector<FieldText> values) {
    auto found = std::ranges::find(plan.rows, labels, &RowPlan::labels);
    if (found != plan.rows.end()) return static_cast<std::size_t>(found - plan.rows.begin());
    plan.rows.push_back({std::move(labels), std::move(values)});
    return plan.rows.size() - 1;
  }

  // --- contradictions ---

  /// At each step: one outcome at most, no rows of a check that failed, one value for each field of a row.
  void check(const SetPlan& plan) {
    constexpr auto kNone = std::numeric_limits<std::size_t>::max();
    const auto fields = out_.monitors[plan.monitor].definition->sets[plan.set].fields.size();
    struct Cell {
      std::size_t step = kNone;
      const Column* by = nullptr;
      const std::string* text = nullptr;
    };
    std::vector<Cell> cells(plan.rows.size() * fields);
    for (std::size_t step = 0; step < out_.steps; ++step) {
      const Column *outcome = nullptr, *row = nullptr, *duration = nullptr;
      for (const auto& column : plan.columns) {
        const auto* value = column.at(step);
        if (value == nullptr) continue;
        series_ = column.series;
        if (column.what == Column::What::kUp) {
          if (*value != 0 && *value != 1) return error(at(step, "up is 1 or 0"));
          if (std::exchange(outcome, &column) != nullptr) return error(at(step, "there is another up of this check"));
          continue;
        }
        if (column.what == Column::What::kDuration) {
          if (*value < 0 || *value > 86'400'000) return error(at(step, "duration_ms is between 0 and a day"));
          if (std::exchange(duration, &column) != nullptr) return error(at(step, "there is another duration_ms"));
          continue;
        }
        row = &column;
        auto put = [&](std::size_t field, const std::string* text) {
          auto& cell = cells[column.row * fields + field];
          const bool taken = cell.step == step && cell.by != &column &&
                             (text == nullptr || cell.text == nullptr || *text != *cell.text);
          cell = {step, &column, text};
          return !taken;
        };
        bool good = column.what != Column::What::kField || put(column.field, nullptr);
        for (const auto& [field, text] : column.texts) good = put(field, &text) && good;
        if (!good) return error(at(step, "another series gives the same field of the same row"));
      }
      if (outcome != nullptr && *outcome->at(step) == 0 && row != nullptr) {
        series_ = row->series;
        return error(at(step, "it has a value, though the check has failed (up is 0): write '_' there"));
      }
    }
  }
  std::string at(std::size_t step, std::string_view what) const {
    return fmt::format("at {}: {}", format_duration(group_.interval * static_cast<std::int64_t>(step)), what);
  }

  // --- messages ---

  void error(const std::string& why) {
    const auto& place = series_->place;
    problems_.add({define::Problem::Severity::kError, file_, place.line, place.column, place.key,
                   fmt::format("cannot use the series '{}': {}", excerpt(series_->series.name), why)});
  }
  void unknown(std::string_view what, const std::string& name, const std::vector<std::string_view>& known) {
    auto near = nearest_in(name, known);
    error(fmt::format("there is no {} '{}'{}", what, excerpt(name),
                      near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near)));
  }

  const TestGroup& group_;
  const std::string& file_;
  const define::Registry& definitions_;
  define::Problems& problems_;
  Scene& out_;
  const InputSeries* series_ = nullptr;  ///< that messages are about
  std::map<std::string, std::shared_ptr<const model::Definition>> copies_;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> plans_;  ///< by monitor and set: of Scene::sets
};

}  // namespace

bool make_scene(const TestGroup& group, const std::string& file, const define::Registry& definitions,
                define::Problems& problems, Scene& out) {
  const auto before = problems.errors;
  Builder(group, file, definitions, problems, out).build();
  return problems.errors == before;
}

}  // namespace holter::ruletest
