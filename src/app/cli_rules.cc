#include <CLI/CLI.hpp>
#include <map>

#include "app/cli.h"
#include "app/commands.h"

namespace holter::app {

struct RuleCommands {
  RuleImportOptions imported;
  TestRulesOptions test;
};

namespace {

void add_import(CLI::App& import_command, RuleCommands& all, int& code, const AddAddress& add_address) {
  static const std::map<std::string, imports::Format> kFormats{{"yaml", imports::Format::kYaml},
                                                               {"json", imports::Format::kJson}};
  auto* command = import_command.add_subcommand("prometheus-rules", "Make alert rules of rule files of Prometheus");
  auto& options = all.imported;
  command->add_option("file", options.files, "Rule file, or a PrometheusRule of Kubernetes")->required();
  auto* output = command->add_option("-o,--output", options.output, "File to write (default: standard output)");
  command->add_option("--format", options.format, "Of the output: yaml or json; Holter reads both")
      ->transform(CLI::CheckedTransformer(kFormats))
      ->type_name("FORMAT")
      ->default_str("yaml");
  command->add_flag("--force", options.force, "Replace the output file");
  command->add_option("--interval", options.interval, "Of groups that have none: how often the store is asked")
      ->capture_default_str();
  auto* apply = command->add_flag("--apply", options.apply, "Store them in a running server");
  auto* dry_run = command->add_flag("-n,--dry-run", options.dry_run,
                                    "Ask a running server what --apply would do; nothing is stored");
  apply->excludes(output)->excludes(dry_run);
  dry_run->excludes(output);
  add_address(*command, options.address);
  command->footer(
      "An expression stays PromQL, and is asked of the store that the server knows (alerts.prometheus_url): the "
      "metrics "
      "in it\n"
      "are those of your exporters, not what monitors measure here. Recording rules belong to the store.\n"
      "--apply first asks the server whether it would take all of them; a rule of the same name is changed where it is "
      "one\n"
      "of PromQL, too.\n"
      "Examples:\n"
      "  holter import prometheus-rules rules/*.yml -o alert-rules.yml\n"
      "  holter import prometheus-rules rules/*.yml --dry-run\n"
      "  holter import prometheus-rules rules/*.yml --apply\n"
      "What was not taken is told on standard error: the rule, the reason, what to do.\n"
      "Exit code 0: all was taken, 1: nothing was written (of --apply: or not all, as is told), 2: wrong use, 3: "
      "written, but\n"
      "not all was taken");
  command->callback([&] { code = import_rules(all.imported); });
}

void add_test(CLI::App& cli, RuleCommands& all, int& code) {
  auto* test = cli.add_subcommand("test", "Try what you have written before it runs");
  test->require_subcommand(1);
  auto* command = test->add_subcommand("rules", "Unit tests for alert rules: what comes when, and what is to fire");
  command->add_option("file", all.test.files, "Tests, in the format of promtool test rules")->required();
  command->add_option("-c,--config", all.test.config, "Configuration file, for the directory of definitions");
  command->footer(
      "No server is needed. A test has series of values, and the alerts that are to fire at a time:\n"
      "  rule_files: [rules.yml]                 # rules as the API takes them: {name, spec}\n"
      "  tests:\n"
      "    - interval: 1m\n"
      "      input_series:\n"
      "        - {series: 'responseTime{monitor=\"web-1\",app=\"website\"}', values: '100 600x3'}\n"
      "        - {series: 'up{monitor=\"web-2\",app=\"website\"}', values: '1 0x3'}\n"
      "      alert_rule_test:\n"
      "        - eval_time: 3m\n"
      "          alertname: MonitorDown\n"
      "          exp_alerts:\n"
      "            - exp_labels: {severity: critical, monitor: web-2, app: website}\n"
      "              exp_annotations: {summary: web-2 is down}\n"
      "Rules of PromQL are tested by promtool. More: docs/alerts.md\n"
      "Example:\n"
      "  holter test rules tests/*.yml\n"
      "Exit code 0: all passed, 1: one failed, or a file cannot be used, 2: wrong use");
  command->callback([&] { code = test_rules(all.test); });
}

}  // namespace

std::shared_ptr<RuleCommands> add_rule_commands(CLI::App& cli, CLI::App& import_command, int& code,
                                                const AddAddress& add_address) {
  auto all = std::make_shared<RuleCommands>();
  add_import(import_command, *all, code, add_address);
  add_test(cli, *all, code);
  return all;
}

}  // namespace holter::app
