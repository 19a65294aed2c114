#include "import/prometheus_targets.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::imports {
namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kAddress = "__address__";
constexpr std::string_view kTarget = "__param_target";
constexpr std::string_view kModule = "__param_module";

std::string value_of(const Labels& labels, std::string_view name) {
  auto found = std::ranges::find(labels, name, &std::pair<std::string, std::string>::first);
  return found == labels.end() ? "" : found->second;
}

void put(Labels& labels, std::string_view name, std::string value) {
  auto found = std::ranges::find(labels, name, &std::pair<std::string, std::string>::first);
  if (found == labels.end())
    labels.emplace_back(name, std::move(value));
  else
    found->second = std::move(value);
}

/// A rule of relabel_configs that copies a label or sets a constant: what the usual configurations have.
struct Rule {
  std::vector<std::string> sources;
  std::string separator = ";", to, constant;
  bool copies = true;
};

/// Errors: kInvalidArgument for a rule that does more, which changes nobody knows what.
Result<Rule> rule_of(const Tree& node) {
  Fields fields(&node);
  Rule rule;
  rule.sources = fields.texts("source_labels");
  rule.to = fields.text("target_label");
  auto regex = fields.raw("regex");
  auto replacement = fields.raw("replacement");
  auto action = lower(fields.text("action"));
  if (auto separator = fields.raw("separator"); !separator.empty()) rule.separator = separator;
  bool whole = regex.empty() || regex == "(.*)" || regex == ".*" || regex == "(.+)";
  bool copy = replacement.empty() || ((replacement == "$1" || replacement == "${1}") && regex != ".*");
  bool constant = !copy && replacement.find('$') == std::string::npos;
  if ((!action.empty() && action != "replace") || !whole || rule.to.empty() || (!copy && !constant))
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("the rule of line {} does more than copy a label", node.line));
  rule.copies = copy;
  rule.constant = replacement;
  return rule;
}

class Job {
 public:
  Job(const Tree& node, std::size_t index, const Tree* global, Intake& intake,
      const std::function<void(ProbeTarget)>& take)
      : fields_(&node), intake_(intake), take_(take) {
    Fields defaults(global);
    base_.job = fields_.text("job_name");
    base_.item = item_of("scrape_configs", index, base_.job, node);
    base_.interval = fields_.text("scrape_interval");
    if (base_.interval.empty()) base_.interval = defaults.text("scrape_interval");
    base_.timeout = fields_.text("scrape_timeout");
    if (base_.timeout.empty()) base_.timeout = defaults.text("scrape_timeout");
    Fields params(fields_.take("params"));
    modules_ = params.texts("module");
    fixed_ = params.texts("target");
  }

  void read() {
    if (modules_.empty() && fields_.text("metrics_path") != "/probe")
      return intake_.refuse(base_.item, "it scrapes its targets itself, without the exporter",
                            "watch them with the application prometheus, or that of the product");
    rules();
    if (!refusal_.empty())
      return intake_.refuse(base_.item, "its targets cannot be known: " + refusal_, "write a monitor for each target");
    fields_.skip({"metrics_path", "scheme", "relabel_configs", "honor_timestamps", "honor_labels"});
    static_configs();
    files();
    leave_rest();
    if (fixed_.empty() && targets_ == 0) intake_.refuse(base_.item, "it names no target", "nothing is to be done");
  }

 private:
  void rules() {
    const auto* list = fields_.take("relabel_configs");
    if (list == nullptr) return;
    for (const auto& node : list->items) {
      auto rule = rule_of(node);
      if (rule) {
        rules_.push_back(std::move(*rule));
        continue;
      }
      Fields fields(&node);
      auto to = fields.text("target_label");
      auto action = lower(fields.text("action"));
      bool harmless = action == "labeldrop" || action == "labelkeep" ||
                      ((action.empty() || action == "replace") && !to.empty() && !to.starts_with("__"));
      if (!harmless && refusal_.empty()) refusal_ = rule.error().message();
      if (harmless)
        base_.parts.push_back({.setting = fmt::format("relabel_configs of line {}", node.line),
                               .reason = rule.error().message(),
                               .advice = "write the labels by hand"});
    }
  }

  void static_configs() {
    const auto* list = fields_.take("static_configs");
    if (list != nullptr) groups(*list);
  }

  void groups(const Tree& list) {
    for (const auto& node : list.items) {
      Fields group(&node);
      auto labels = group.pairs("labels");
      const auto* targets = group.take("targets");
      if (targets == nullptr) continue;
      for (const auto& entry : targets->items) target(entry, labels);
    }
  }

  void files() {
    const auto* list = fields_.take("file_sd_configs");
    if (list == nullptr) return;
    for (const auto& node : list->items) {
      Fields config(&node);
      for (const auto& pattern : config.texts("files")) file(pattern, node.line);
    }
  }

  void file(const std::string& pattern, int line) {
    Item place{fmt::format("{} file '{}'", base_.item.what, excerpt(pattern)), line};
    auto refuse = [&](const Error& error) {
      intake_.refuse(place, error.message(), "import again where Prometheus has its files");
      ++targets_;  // told
    };
    if (!intake_.options().files) return refuse({ErrorCode::kNotFound, "files of targets are not read here"});
    auto inputs = intake_.options().files(pattern);
    if (!inputs) return refuse(inputs.error());
    auto configuration = intake_.file();
    for (const auto& input : *inputs) {
      auto tree = input.name.ends_with(".json") ? read_json(input) : read_yaml(input);
      if (!tree) {
        refuse(tree.error());
        continue;
      }
      intake_.enter(input.name);
      groups(*tree);
      intake_.enter(configuration);
    }
  }

  void target(const Tree& entry, const Labels& given) {
    ++targets_;
    auto modules = modules_.empty() ? std::vector<std::string>{""} : modules_;
    for (const auto& module : modules) {
      Labels labels = given;
      put(labels, "job", base_.job);
      put(labels, kAddress, trim(entry.text));
      if (!module.empty()) put(labels, kModule, module);
      if (!fixed_.empty()) put(labels, kTarget, fixed_.front());
      for (const auto& rule : rules_) apply(rule, labels);
      auto out = base_;
      out.target = value_of(labels, kTarget);
      out.module = value_of(labels, kModule);
      out.item = {fmt::format("{} target '{}'", base_.item.what, shown(entry.text)), entry.line};
      if (out.target.empty()) {
        intake_.refuse(out.item, "no rule makes it the parameter 'target'", "look at relabel_configs of the job");
        continue;
      }
      for (auto& [name, value] : labels)
        if (!name.starts_with("__") && name != "instance") out.labels.emplace_back(name, value);
      take_(std::move(out));
    }
  }

  /// Without what may be a password.
  static std::string shown(std::string_view target) {
    auto at = target.rfind('@');
    return excerpt(trim(at == std::string_view::npos ? target : target.substr(at + 1)));
  }

  static void apply(const Rule& rule, Labels& labels) {
    if (!rule.copies) return put(labels, rule.to, rule.constant);
    std::string value;
    for (std::size_t i = 0; i < rule.sources.size(); ++i)
      value += (i == 0 ? "" : rule.separator) + value_of(labels, rule.sources[i]);
    put(labels, rule.to, std::move(value));
  }

  /// Other ways to find targets hide how many there are: each is an item that is not taken.
  void leave_rest() {
    for (auto key : fields_.left()) {
      Item place{fmt::format("{} {}", base_.item.what, excerpt(key)), base_.item.line};
      if (key.ends_with("_sd_configs")) {
        intake_.refuse(place, "it discovers targets", "write a monitor for each target");
        ++targets_;
      } else {
        intake_.aside(place.what, place.line, "it is about the way from Prometheus to the exporter",
                      "nothing is to be done");
      }
    }
  }

  Fields fields_;
  ProbeTarget base_;
  std::vector<std::string> modules_, fixed_;
  std::vector<Rule> rules_;
  std::string refusal_;
  std::size_t targets_ = 0;
  Intake& intake_;
  const std::function<void(ProbeTarget)>& take_;
};

}  // namespace

Status read_targets(const Tree& prometheus, Intake& intake, const std::function<void(ProbeTarget)>& take) {
  Fields file(&prometheus);
  const auto* global = file.take("global");
  if (const auto* list = file.take("scrape_configs"); list != nullptr)
    for (std::size_t i = 0; i < list->items.size(); ++i) Job(list->items[i], i, global, intake, take).read();
  intake.aside(file);
  return {};
}

}  // namespace holter::imports
