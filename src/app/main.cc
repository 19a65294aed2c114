#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "app/cli.h"
#include "app/commands.h"
#include "base/units.h"

namespace {

using namespace holter;

/// `--host H` and `--host=H` of `holter probe ping --host H` become "host=H".
std::vector<std::string> to_params(const std::vector<std::string>& arguments) {
  std::vector<std::string> params;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto& argument = arguments[i];
    if (!argument.starts_with("--"))
      throw CLI::ValidationError(fmt::format("cannot use '{}': parameters are written --name value", argument));
    auto name = argument.substr(2);
    if (name.find('=') != std::string::npos)
      params.push_back(name);
    else if (i + 1 < arguments.size())
      params.push_back(name + "=" + arguments[++i]);
    else
      throw CLI::ValidationError(fmt::format("cannot use {}: its value is missing", argument));
  }
  return params;
}

/// Options of the commands that ask a running server.
void add_address(CLI::App& command, app::ServerAddress& address) {
  command.add_option("-s,--server", address.server, "Address of the server, with https:// before it for TLS")
      ->capture_default_str();
  command.add_option("--ca-file", address.ca_file, "PEM file of authorities to trust in the system's place")
      ->check(CLI::ExistingFile);
  command
      .add_option("--token-file", address.token_file,
                  "File with a token (default: HOLTER_TOKEN, or that of a server "
                  "on this machine)")
      ->check(CLI::ExistingFile);
  command.add_option("-c,--config", address.config, "Configuration of a server on this machine");
}

int run(int argc, char** argv) {
  CLI::App cli("Holter watches hosts, sites and services without agents, in a memory budget that it does not exceed.");
  cli.require_subcommand(1);
  cli.footer(
      "Examples:\n"
      "  holter serve --config holter.yml       watch what the configuration names\n"
      "  holter check --config holter.yml       is the configuration right?\n"
      "  holter doctor --config holter.yml      is the machine ready for it?\n"
      "  holter probe ping --host 127.0.0.1     one check, step by step\n"
      "  holter status --state DOWN             what is down?\n"
      "  holter alerts                          what fires?\n"
      "  holter apply --dry-run                 what would change?\n"
      "  holter import gatus config.yaml        monitors of another product\n"
      "  holter test rules tests.yml            do alert rules fire as they should?\n"
      "  holter backup holter.db                what users own, while Holter runs");
  int code = 0;

  app::ServeOptions serve;
  std::string run_for;
  auto* serve_command = cli.add_subcommand("serve", "Start watching: schedule, collect, keep, show");
  serve_command->add_option("-c,--config", serve.config, "Configuration file (default: ./holter.yml when it is there)");
  serve_command->add_option("--for", run_for, "End by itself after this time, e.g. 30s");
  serve_command->add_flag("-q,--quiet", serve.quiet, "No status line");
  serve_command->footer("Example: HOLTER_MEMORY_BUDGET=128MiB holter serve -c holter.yml --for 1h");
  serve_command->callback([&] {
    if (!run_for.empty()) {
      auto duration = parse_duration(run_for);
      if (!duration) throw CLI::ValidationError("--for", duration.error().message());
      serve.run_for = *duration;
    }
    code = app::serve(serve);
  });

  std::string config;
  auto* check_command =
      cli.add_subcommand("check", "Validate configuration, definitions and monitors; nothing is started");
  check_command->add_option("-c,--config", config, "Configuration file (default: ./holter.yml when it is there)");
  std::string definitions;
  check_command->add_option("--definitions", definitions,
                            "Only the definitions below this directory, with their test cases");
  bool write_expected = false;
  check_command->add_flag("--write-expected", write_expected,
                          "What the test cases bring becomes what is expected of them: read it before you keep it");
  check_command->footer(
      "Examples:\n"
      "  holter check -c holter.yml             all that a start would read\n"
      "  holter check --definitions ./mine      definition files of your own, a line each");
  check_command->callback([&] {
    code = definitions.empty() ? app::check(config) : app::check_definitions(config, definitions, write_expected);
  });

  bool as_json = false;
  auto* doctor_command =
      cli.add_subcommand("doctor", "Is this machine ready for Holter? What is missing, and what to do about it");
  doctor_command->add_option("-c,--config", config, "Configuration file (default: ./holter.yml when it is there)");
  doctor_command->add_flag("--json", as_json, "Print the findings as JSON");
  doctor_command->footer(
      "Examples:\n"
      "  holter doctor -c holter.yml            a line for each check, with advice where one is needed\n"
      "  sudo -u holter holter doctor -c /etc/holter/holter.yml\n"
      "                                         as the user that serves: rights and limits are that user's\n"
      "  holter doctor --json                   for other programs\n"
      "Exit code 0: no errors, 1: errors, 2: wrong use");
  doctor_command->callback([&] { code = app::doctor(config, as_json); });

  app::DefinitionsOptions definitions_options;
  auto* definitions_command =
      cli.add_subcommand("definitions", "List what can be watched; show, compare and describe definition files");
  definitions_command->add_option("-c,--config", definitions_options.config, "Configuration file");
  definitions_command->add_option("--lang", definitions_options.language, "Language of names and help")
      ->capture_default_str();
  definitions_command->fallthrough();
  definitions_command->footer(
      "Examples:\n"
      "  holter definitions                         all applications\n"
      "  holter definitions show website            its parameters, sets and fields\n"
      "  holter definitions diff website            your file against the one that it replaces\n"
      "  holter definitions diff old.yml new.yml    two files\n"
      "  holter definitions schema > holter.json    JSON Schema, for editors");
  using What = app::DefinitionsOptions::What;
  auto definitions_verb = [&](const char* name, const char* help, What what, int least, int most) {
    auto* verb = definitions_command->add_subcommand(name, help);
    if (most > 0)
      verb->add_option("names", definitions_options.names, "App or file")->required()->expected(least, most);
    verb->callback([&, what] { definitions_options.what = what; });
  };
  definitions_verb("list", "All applications (the default)", What::kList, 0, 0);
  definitions_verb("show", "Parameters, sets and fields of an application", What::kShow, 1, 1);
  definitions_verb("diff", "What two files of an application say differently", What::kDiff, 1, 2);
  definitions_verb("schema", "JSON Schema of a definition file", What::kSchema, 0, 0);
  definitions_command->final_callback([&] { code = app::definitions(definitions_options); });

  app::ProbeOptions probe;
  auto* probe_command = cli.add_subcommand("probe", "Run one check now and show each step with its time");
  probe_command->add_option("app", probe.app, "Application, e.g. ping, port, website")->required();
  probe_command->add_option("-c,--config", probe.config, "Configuration file, for the directory of definitions");
  probe_command->add_option("-p,--param", probe.params, "Parameter as key=value (or as --key value)");
  probe_command->add_option("--set", probe.set, "Only this set of metrics");
  probe_command->add_flag("-x,--explain", probe.explain, "Show the answer, its raw rows and the way of each value");
  probe_command->add_option("--replay", probe.replay,
                            "Read a recorded answer instead of asking: a file, or a directory with <set>.answer");
  probe_command->add_option("--record", probe.record, "Write the answers into this directory, as --replay reads them");
  probe_command->allow_extras();
  probe_command->footer(
      "Examples:\n"
      "  holter probe ping --host 127.0.0.1\n"
      "  holter probe port --host 127.0.0.1 --port 22\n"
      "  holter probe website --host example.org --ssl true --port 443 --uri /");
  probe_command->callback([&] {
    for (auto& param : to_params(probe_command->remaining())) probe.params.push_back(param);
    code = app::probe(probe);
  });

  app::ImportOptions import_options;
  auto* import_command =
      cli.add_subcommand("import", "Make monitors of the export or configuration of another product");
  const std::map<std::string, imports::Product> products{{"hertzbeat", imports::Product::kHertzBeat},
                                                         {"uptime-kuma", imports::Product::kUptimeKuma},
                                                         {"gatus", imports::Product::kGatus},
                                                         {"blackbox", imports::Product::kBlackbox}};
  const std::map<std::string, imports::Format> formats{{"yaml", imports::Format::kYaml},
                                                       {"json", imports::Format::kJson}};
  import_command->add_option("product", import_options.product, "hertzbeat, uptime-kuma, gatus or blackbox")
      ->transform(CLI::CheckedTransformer(products))
      ->type_name("PRODUCT");
  import_command->add_option("file", import_options.file, "Its export (JSON, YAML) or configuration");
  import_command->add_option("--prometheus", import_options.prometheus,
                             "blackbox: the configuration of Prometheus, which has the targets");
  import_command->add_option("-o,--output", import_options.output,
                             "File to write, readable by its owner only (default: standard output)");
  import_command->add_option("--format", import_options.format, "Of the output: yaml or json; Holter reads both")
      ->transform(CLI::CheckedTransformer(formats))
      ->type_name("FORMAT")
      ->default_str("yaml");
  import_command->add_flag("--force", import_options.force, "Replace the output file");
  import_command->add_option("-c,--config", import_options.config, "Configuration file, for the definitions");
  import_command->footer(
      "Examples:\n"
      "  holter import hertzbeat export.json -o monitors/hertzbeat.yml\n"
      "  holter import uptime-kuma backup.json -o monitors/kuma.yml\n"
      "  holter import gatus config.yaml -o monitors/gatus.yml\n"
      "  holter import blackbox blackbox.yml --prometheus prometheus.yml -o monitors/blackbox.yml\n"
      "  holter check                            is the result right?\n"
      "  holter import prometheus-rules rules.yml --dry-run\n"
      "                                          alert rules: holter import prometheus-rules --help\n"
      "What was not taken is told on standard error: the item, the reason, what to do.\n"
      "Exit code 0: all was taken, 1: nothing was written, 2: wrong use, 3: written, but not all was taken");
  auto rule_commands = app::add_rule_commands(cli, *import_command, code, add_address);
  import_command->callback([&] {
    if (!import_command->get_subcommands().empty()) return;  // it has what it needs itself
    if (import_options.file.empty()) throw CLI::RequiredError("product and file");
    if (!import_options.prometheus.empty() && import_options.product != imports::Product::kBlackbox)
      throw CLI::ValidationError("--prometheus", "it belongs to blackbox");
    code = app::import_from(import_options);
  });

  app::StatusOptions status;
  auto* status_command = cli.add_subcommand("status", "Show the monitors of a running server as a table");
  add_address(*status_command, status.address);
  status_command->add_option("--state", status.state, "Only UP, DOWN, UNKNOWN, STALE or PAUSED");
  status_command->add_option("--text", status.text, "Only monitors whose name contains this");
  status_command->add_option("-n,--limit", status.limit, "At most so many rows")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  status_command->callback([&] { code = app::status(status); });

  auto alert_commands = app::add_alert_commands(cli, code, add_address);

  app::ApplyOptions apply;
  auto* apply_command = cli.add_subcommand("apply", "Put the files of monitors in force, and show what that changes");
  add_address(*apply_command, apply.address);
  apply_command->add_flag("-n,--dry-run", apply.dry_run,
                          "Change nothing: only show how the files differ from what runs");
  apply_command->footer(
      "Examples:\n"
      "  holter apply --dry-run      what would change?\n"
      "  holter apply                do it\n"
      "Exit code 0: done, or nothing differs; 2: a dry run that found differences; 1: it failed, and nothing changed");
  apply_command->callback([&] { code = app::apply(apply); });

  app::StressOptions stress;
  std::string stress_budget;
  auto* stress_command =
      cli.add_subcommand("stress", "Bring up servers, load them far beyond their budget, and report pass or fail");
  stress_command->add_flag("--quick", stress.quick, "All scenarios, short: about four minutes");
  stress_command->add_option("--only", stress.only, "Only these scenarios")->delimiter(',');
  stress_command->add_flag("--list", stress.list, "Print the scenarios and end");
  stress_command->add_option("--budget", stress_budget,
                             "Memory budget of the servers, e.g. 64MiB (default: each scenario's)");
  stress_command->add_option("--monitors", stress.monitors, "Monitors of the load (default: each scenario's)")
      ->check(CLI::Range(1, 1'000'000));
  stress_command->add_option("--out", stress.out, "Directory for stress-report.json and the pictures")
      ->capture_default_str();
  stress_command->add_flag("--keep", stress.keep, "Leave the servers' directories (logs, data) in place");
  stress_command->footer(
      "Examples:\n"
      "  holter stress --quick                                  all scenarios, short\n"
      "  holter stress --only overload --budget 96MiB --keep    one of them, with another budget\n"
      "Exit code 0: all passed, 1: one failed, 2: one could not be run. More: docs/stress.md");
  stress_command->callback([&] {
    if (!stress_budget.empty()) {
      auto budget = parse_size(stress_budget);
      if (!budget) throw CLI::ValidationError("--budget", budget.error().message());
      stress.budget = *budget;
    }
    code = app::stress(stress);
  });

  auto keeping = app::add_keeping_commands(cli, code);

  cli.add_subcommand("version", "Print version and libraries")->callback([&] { code = app::version(); });

  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return cli.exit(e) == 0 ? 0 : 2;
  }
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "holter: BUG: %s\n", e.what());
    return 1;
  }
}
