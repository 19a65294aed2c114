#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <fmt/format.h>

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

int run(int argc, char** argv) {
  CLI::App cli("Holter watches hosts, sites and services without agents, in a memory budget that it does not exceed.");
  cli.require_subcommand(1);
  cli.footer(
      "Examples:\n"
      "  holter serve --config holter.yml       watch what the configuration names\n"
      "  holter check --config holter.yml       is the configuration right?\n"
      "  holter probe ping --host 127.0.0.1     one check, step by step\n"
      "  holter status --state DOWN             what is down?");
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
  check_command->callback([&] { code = app::check(config); });

  app::ProbeOptions probe;
  auto* probe_command = cli.add_subcommand("probe", "Run one check now and show each step with its time");
  probe_command->add_option("app", probe.app, "Application, e.g. ping, port, website")->required();
  probe_command->add_option("-c,--config", probe.config, "Configuration file, for the directory of definitions");
  probe_command->add_option("-p,--param", probe.params, "Parameter as key=value (or as --key value)");
  probe_command->add_option("--set", probe.set, "Only this set of metrics");
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

  app::StatusOptions status;
  auto* status_command = cli.add_subcommand("status", "Show the monitors of a running server as a table");
  status_command->add_option("-s,--server", status.server, "Address of the server")->capture_default_str();
  status_command->add_option("--state", status.state, "Only UP, DOWN, UNKNOWN, STALE or PAUSED");
  status_command->add_option("--text", status.text, "Only monitors whose name contains this");
  status_command->add_option("-n,--limit", status.limit, "At most so many rows")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  status_command->callback([&] { code = app::status(status); });

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
