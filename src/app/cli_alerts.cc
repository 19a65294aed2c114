#include <CLI/CLI.hpp>

#include "app/cli.h"
#include "app/commands.h"

namespace holter::app {

struct AlertCommands {
  AlertsOptions alerts;
  SilenceOptions silence;
};

std::shared_ptr<AlertCommands> add_alert_commands(CLI::App& cli, int& code, const AddAddress& add_address) {
  auto all = std::make_shared<AlertCommands>();
  auto* alerts_command = cli.add_subcommand("alerts", "Show what fires");
  auto& alerts_options = all->alerts;
  add_address(*alerts_command, alerts_options.address);
  alerts_command->add_flag("--all", alerts_options.all, "Also incidents that have ended");
  alerts_command->add_option("--severity", alerts_options.severity, "Only info, warning, critical or emergency");
  alerts_command->add_option("--text", alerts_options.text, "Only those with this in a label (name=value)");
  alerts_command->add_option("-n,--limit", alerts_options.limit, "At most so many rows")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  alerts_command->add_flag("--json", alerts_options.json, "Print the answer as JSON");
  alerts_command->footer(
      "Examples:\n"
      "  holter alerts                          what is open, newest first\n"
      "  holter alerts --severity critical --text monitor=web");
  alerts_command->callback([all, &code] { code = alerts(all->alerts); });

  auto* silence = cli.add_subcommand("silence", "Silences: who is not to be told of what, until when");
  silence->require_subcommand(1);
  silence->footer(
      "Examples:\n"
      "  holter silence add 'monitor=~\"web.*\"' --for 2h --comment 'new kernel'\n"
      "  holter silence list\n"
      "  holter silence end 17");
  auto* add = silence->add_subcommand("add", "Tell nobody of alerts that all matchers match");
  add->add_option("matcher", all->silence.matchers, "As in Alertmanager: name=value, !=, =~, !~")->required();
  add->add_option("--for", all->silence.length, "How long: 30m, 2h, 1d")->required();
  add->add_option("--comment", all->silence.comment, "Why");
  add->add_option("--name", all->silence.name, "Name (default: the matchers and the time)");
  auto* list = silence->add_subcommand("list", "Silences, and how much each catches now");
  auto* end = silence->add_subcommand("end", "End a silence");
  end->add_option("id", all->silence.id, "As holter silence list shows it")->required();
  for (auto* command : {add, list, end}) {
    add_address(*command, all->silence.address);
    command->add_flag("--json", all->silence.json, "Print the answer as JSON");
  }
  add->callback([all, &code] { code = add_silence(all->silence); });
  list->callback([all, &code] { code = list_silences(all->silence); });
  end->callback([all, &code] { code = end_silence(all->silence); });
  return all;
}

}  // namespace holter::app
