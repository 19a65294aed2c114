#pragma once

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

}  // namespace holter::app
