#include <CLI/CLI.hpp>

#include "app/cli.h"
#include "app/commands.h"

namespace holter::app {

struct KeepingCommands {
  BackupOptions backup;
  RestoreOptions restore;
  KeysOptions keys;
  AccountOptions account;
  ConfigOptions config;
  SupportBundleOptions bundle;
};

namespace {

void add_config(CLI::App& command, std::string& config) {
  command.add_option("-c,--config", config, "Configuration file (default: ./holter.yml when it is there)");
}

void add_json(CLI::App& command, bool& json) {
  command.add_flag("--json", json, "Print the outcome as JSON");
}

void add_backup(CLI::App& cli, KeepingCommands& all, int& code) {
  auto* command = cli.add_subcommand("backup", "Write what users own to a file, also while Holter runs");
  command->add_option("file", all.backup.file, "File to write; must not be there yet")->required();
  add_config(*command, all.backup.config);
  command->add_flag("--with-key", all.backup.with_key, "Also write the key of the passwords, as FILE.key (mode 0600)");
  add_json(*command, all.backup.json);
  command->footer(
      "Monitors, folders, definitions, accounts, settings and the audit log; not what was measured, nor the files of "
      "the\n"
      "configuration. Passwords in it are sealed by a key that is not in it.\n"
      "Examples:\n"
      "  holter backup -c /etc/holter/holter.yml /backup/holter-$(date +%F).db\n"
      "  holter backup --with-key holter.db     also holter.db.key: keep the two apart\n"
      "PostgreSQL (catalog.postgresql): pg_dump --format=custom");
  command->callback([&] { code = backup(all.backup); });

  command = cli.add_subcommand("restore", "Put such a file in the catalog's place, while Holter does not run");
  command->add_option("file", all.restore.file, "File of holter backup")->required();
  add_config(*command, all.restore.config);
  add_json(*command, all.restore.json);
  command->footer(
      "The file is checked first; the catalog of before is kept beside the new one, under a name with the time.\n"
      "Examples:\n"
      "  systemctl stop holter && holter restore -c /etc/holter/holter.yml /backup/holter-2026-11-30.db\n"
      "PostgreSQL (catalog.postgresql): pg_restore --clean\n"
      "Exit code 0: restored, 1: nothing was changed, 2: wrong use, 3: restored, but keys of passwords are missing");
  command->callback([&] { code = restore(all.restore); });
}

void add_keys(CLI::App& cli, KeepingCommands& all, int& code) {
  auto* command = cli.add_subcommand("keys", "The keys that seal the passwords of monitors");
  command->require_subcommand(1);
  command->footer(
      "Examples:\n"
      "  holter keys show                       which keys there are, since when, and what each has sealed\n"
      "  systemctl stop holter && holter keys rotate\n"
      "                                         a new key, all passwords sealed by it, the old keys dropped");
  auto* show = command->add_subcommand("show", "Which keys there are, since when, and how many passwords each sealed");
  auto* rotate = command->add_subcommand("rotate", "Make a new key, seal all by it, drop the old ones");
  rotate->footer(
      "While Holter does not run. What is interrupted is gone on with by the next call. Where HOLTER_SECRET_KEY or\n"
      "HOLTER_SECRET_KEY_FILE has the keys, put the new one first there: all is sealed by it, and you are told which\n"
      "ones are not needed any more. Backups from before need the keys from before.\n"
      "Example: systemctl stop holter && holter keys rotate -c /etc/holter/holter.yml && systemctl start holter");
  for (auto* verb : {show, rotate}) {
    add_config(*verb, all.keys.config);
    add_json(*verb, all.keys.json);
  }
  show->callback([&] { code = show_keys(all.keys); });
  rotate->callback([&] { code = rotate_keys(all.keys); });
}

void add_account(CLI::App& cli, KeepingCommands& all, int& code) {
  auto* command = cli.add_subcommand("account", "Accounts: who there is, and a way back in");
  command->require_subcommand(1);
  command->footer(
      "Examples:\n"
      "  holter account list\n"
      "  holter account reset anna              a link by which anna sets a new password, for an hour");
  auto* list = command->add_subcommand("list", "All accounts, with role and state");
  auto* reset = command->add_subcommand("reset", "Print a link by which an account's password is set anew");
  reset->add_option("name", all.account.name, "Account")->required();
  reset->footer(
      "Also while Holter runs. The link works once and for an hour; a newer one takes its place.\n"
      "Example: holter account reset -c /etc/holter/holter.yml anna");
  for (auto* verb : {list, reset}) {
    add_config(*verb, all.account.config);
    add_json(*verb, all.account.json);
  }
  list->callback([&] { code = list_accounts(all.account); });
  reset->callback([&] { code = reset_account(all.account); });
}

void add_show_config(CLI::App& cli, KeepingCommands& all, int& code) {
  auto* command = cli.add_subcommand("config", "The configuration in force, and all there is to configure");
  command->require_subcommand(1);
  auto* show = command->add_subcommand("show", "Print it as YAML, with where each value comes from");
  add_config(*show, all.config.config);
  show->add_flag("--defaults", all.config.defaults, "Print all keys with their defaults, as a file to begin with");
  show->footer(
      "Secrets are not shown.\n"
      "Examples:\n"
      "  holter config show -c holter.yml       file and line, variable, or default of each value\n"
      "  holter config show --defaults > holter.yml");
  show->callback([&] { code = show_config(all.config); });
}

void add_support_bundle(CLI::App& cli, KeepingCommands& all, int& code) {
  auto* command = cli.add_subcommand("support-bundle", "Write what somebody who helps needs to know, without secrets");
  command->add_option("file", all.bundle.file, "File to write (.tar.gz); must not be there yet")->required();
  add_config(*command, all.bundle.config);
  command->add_option("--log", all.bundle.log, "Also the last lines of this log file");
  command->footer(
      "Versions, the configuration with secrets masked, what doctor finds, limits and kernel, sizes of the data\n"
      "directory's files; of a running server its summary, memory, schedule and metrics. No monitor's parameters, no\n"
      "passwords, nothing that was measured. Look into it before you hand it on: names of monitors and hosts are in "
      "it.\n"
      "Examples:\n"
      "  holter support-bundle -c /etc/holter/holter.yml holter-support.tar.gz\n"
      "  journalctl -u holter -n 2000 > holter.log && holter support-bundle --log holter.log holter-support.tar.gz");
  command->callback([&] { code = support_bundle(all.bundle); });
}

}  // namespace

std::shared_ptr<KeepingCommands> add_keeping_commands(CLI::App& cli, int& code) {
  auto all = std::make_shared<KeepingCommands>();
  add_backup(cli, *all, code);
  add_keys(cli, *all, code);
  add_account(cli, *all, code);
  add_show_config(cli, *all, code);
  add_support_bundle(cli, *all, code);
  return all;
}

}  // namespace holter::app
