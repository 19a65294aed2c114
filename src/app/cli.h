#pragma once

#include <functional>
#include <memory>

namespace CLI {
class App;
}

namespace holter::app {

/// What commands are asked for; lives as long as the command line is parsed.
struct KeepingCommands;

/// Adds the commands that keep a Holter running: backup, restore, keys, account, config, support-bundle. Their exit
/// code is put into `code`.
std::shared_ptr<KeepingCommands> add_keeping_commands(CLI::App& cli, int& code);

struct ServerAddress;
struct AlertCommands;
/// Adds the options by which a command finds a server.
using AddAddress = std::function<void(CLI::App&, ServerAddress&)>;

/// Adds alerts and silence.
std::shared_ptr<AlertCommands> add_alert_commands(CLI::App& cli, int& code, const AddAddress& add_address);

struct RuleCommands;
/// Adds test rules, and prometheus-rules to `import_command`.
std::shared_ptr<RuleCommands> add_rule_commands(CLI::App& cli, CLI::App& import_command, int& code,
                                                const AddAddress& add_address);

}  // namespace holter::app
