#include <boost/json.hpp>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "app/answer_text.h"
#include "app/commands.h"
#include "app/output_file.h"
#include "app/rule_import.h"
#include "base/units.h"
#include "incidents/documents.h"

// Alerting rules of Prometheus: to a file, or to a running server.
namespace holter::app {
namespace {

namespace json = boost::json;

/// The server asks its store in turn.
constexpr milliseconds kPatience{20'000};

int fail(std::string_view message) {
  fmt::print(stderr, "holter: {}\n", message);
  return 1;
}

/// A rule that the server has.
struct Stored {
  std::uint64_t id = 0, version = 0;
  bool enabled = true;
  std::optional<alert::Rule> rule;  ///< nothing: what it says is not known here
};

/// A rule of the import, and what it means to the server.
struct Step {
  const alert::Rule* rule = nullptr;
  enum class What : std::uint8_t { kAdd, kChange, kSame } what = What::kAdd;
  Stored before;  ///< of kChange

  ApiClient::Request request(bool dry_run) const {
    auto path = std::string("/api/v1/alerts/rules");
    if (what == What::kChange) path += fmt::format("/{}", before.id);
    if (dry_run) path += "?dry_run=true";
    // Who has switched the rule off does not want it back by an import.
    ApiClient::Request request{.path = path, .content = to_document(*rule, before.enabled)};
    if (what == What::kChange) {
      request.method = "PUT";
      request.if_match = fmt::format("\"{}\"", before.version);
    }
    return request;
  }
};

class Sender {
 public:
  Sender(const ServerAddress& address, const std::vector<alert::Rule>& rules) : client_(address), rules_(rules) {}

  /// True: all of it has been done.
  bool send(bool dry_run) {
    if (!read_stored() || !plan()) return false;
    for (const auto& step : steps_)
      if (step.what != Step::What::kSame && !ask(step, true))
        return fmt::print(stderr, "  nothing was stored\n"), false;
    std::size_t counts[3] = {};
    for (const auto& step : steps_) {
      ++counts[static_cast<std::size_t>(step.what)];
      if (step.what == Step::What::kSame) continue;
      if (!dry_run && !ask(step, false)) return tell_stored(step), false;
      fmt::print("  {} {}\n", step.what == Step::What::kAdd ? '+' : '~', excerpt(step.rule->name, 100));
    }
    fmt::print("{}{} to add, {} to change, {} as they are\n", dry_run ? "Dry run: " : "Applied: ", counts[0], counts[1],
               counts[2]);
    return true;
  }

 private:
  /// All rules of the server, by name.
  bool read_stored() {
    std::string path = "/api/v1/alerts/rules?limit=1000";
    while (!path.empty()) {
      auto answer = client_.ask({.path = path, .content = ""});
      if (!answer) return tell_failure(client_, answer.error()), false;
      try {
        const auto& page = answer->as_object();
        for (const auto& row : page.at("documents").as_array()) remember(row.as_object());
        const auto& next = page.at("next");
        path = next.is_null()
                   ? ""
                   : fmt::format("/api/v1/alerts/rules?limit=1000&after={}", next.to_number<std::uint64_t>());
      } catch (const std::exception& e) {
        return fail(fmt::format("cannot read the answer: {}; is that Holter of this version?", e.what())), false;
      }
    }
    return true;
  }

  void remember(const json::object& row) {
    Stored stored{.id = row.at("id").to_number<std::uint64_t>(),
                  .version = row.at("version").to_number<std::uint64_t>(),
                  .enabled = row.at("enabled").as_bool()};
    auto name = text_of(row, "name");
    auto rule = incidents::read_rule({.name = name, .enabled = true, .spec = row.at("spec").as_object()});
    if (rule) stored.rule = std::move(*rule);
    stored_.insert_or_assign(std::move(name), std::move(stored));
  }

  /// False: a rule of another kind has the name of one of these, and stays.
  bool plan() {
    for (const auto& rule : rules_) {
      Step step{.rule = &rule};
      if (auto there = stored_.find(rule.name); there != stored_.end()) {
        step.before = there->second;
        if (!step.before.rule || step.before.rule->source != alert::QuerySource::kPromql)
          return fail(fmt::format("cannot store the rule '{}': the server has a rule of this name that is not asked of "
                                  "a PromQL store; rename one of them\n  nothing was stored",
                                  excerpt(rule.name))),
                 false;
        step.what = *step.before.rule == rule ? Step::What::kSame : Step::What::kChange;
      }
      steps_.push_back(std::move(step));
    }
    return true;
  }

  bool ask(const Step& step, bool dry_run) {
    auto request = step.request(dry_run);
    request.patience = kPatience;
    auto answer = client_.ask(std::move(request));
    if (answer) {
      if (dry_run) tell_finding(step, *answer);
      return true;
    }
    fmt::print(stderr, "holter: rule '{}':\n", excerpt(step.rule->name));
    tell_failure(client_, answer.error());
    return false;
  }

  /// What the server finds of a rule that it would take all the same: e.g. its store does not answer.
  static void tell_finding(const Step& step, const json::value& answer) {
    const auto* status = answer.is_object() ? answer.get_object().if_contains("status") : nullptr;
    auto finding = status != nullptr && status->is_object() ? text_of(status->get_object(), "finding") : "";
    if (!finding.empty()) fmt::print(stderr, "rule '{}': {}\n", excerpt(step.rule->name), finding);
  }

  /// The server was asked for each rule beforehand, so this is a race with somebody, or the server has gone.
  void tell_stored(const Step& failed) const {
    std::size_t stored = 0, left = 0;
    for (const auto& step : steps_)
      if (step.what != Step::What::kSame) ++(&step < &failed ? stored : left);
    fmt::print(stderr, "  {} rules are stored, '{}' and {} behind it are not: --apply again goes on from there\n",
               stored, excerpt(failed.rule->name), left - 1);
  }

  ApiClient client_;
  const std::vector<alert::Rule>& rules_;
  std::map<std::string, Stored, std::less<>> stored_;
  std::vector<Step> steps_;
};

int write(const std::vector<alert::Rule>& rules, const RuleImportOptions& options) {
  auto text = render(rules, options.format);
  if (options.output.empty()) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
      return fail("cannot write to standard output");
  } else if (auto written = write_output(options.output, text, options.force); !written) {
    return fail(written.error().message());
  }
  return 0;
}

}  // namespace

int import_rules(const RuleImportOptions& options) {
  auto interval = parse_duration(options.interval);
  if (!interval || *interval < alert::Rule::kLeastInterval) {
    fail(fmt::format("--interval: {}", interval ? "10s is the least" : interval.error().message()));
    return 2;
  }
  if (!options.output.empty() && !options.force && std::filesystem::exists(options.output))
    return fail(fmt::format("cannot write {}: it is there already (--force replaces it)", options.output));
  RuleImport rules(*interval,
                   [](const imports::Finding& finding) { fmt::print(stderr, "{}\n", imports::to_string(finding)); });
  for (const auto& file : options.files) {
    auto input = imports::read_input(file);
    if (!input) return fail(input.error().message());
    if (auto read = rules.read(*input); !read) return fail(read.error().message());
  }
  const bool send = options.apply || options.dry_run;
  if (send && !Sender(options.address, rules.rules()).send(options.dry_run)) return 1;
  if (!send && write(rules.rules(), options) != 0) return 1;
  fmt::print(stderr, "{} items = {} taken + {} not taken; {} settings not taken\n", rules.items(), rules.rules().size(),
             rules.refused(), rules.settings());
  return rules.all_taken() ? 0 : 3;
}

}  // namespace holter::app
