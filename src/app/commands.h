#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "app/api_client.h"
#include "import/import.h"

namespace holter::app {

// Each command returns the process's exit code: 0 good, 1 a failure that the message names, 2 wrong use; import: 3
// done, but not all of it.

struct ServeOptions {
  std::string config;
  std::chrono::milliseconds run_for{0};  ///< 0: until interrupted
  bool quiet = false;                    ///< no status line
};
int serve(const ServeOptions& options);

/// Validates configuration, definitions and monitors, and says what was found.
int check(const std::string& config);

/// Says what a start needs of this machine, whether it is there, and what to do where it is not; also of configuration,
/// definitions and monitors. Nothing is started or changed. Exit code 1 with errors; warnings alone are 0.
int doctor(const std::string& config, bool as_json);

/// Reads every definition below the directory and runs its test cases: a line per file, what was found, a summary. Exit
/// code 1 when a file cannot be used or a case fails. With `write_expected`, what a case brings becomes what is
/// expected of it.
int check_definitions(const std::string& config, const std::string& directory, bool write_expected);

struct DefinitionsOptions {
  enum class What : std::uint8_t { kList, kShow, kDiff, kSchema } what = What::kList;
  std::string config;
  std::vector<std::string> names;  ///< of kShow: the app; of kDiff: an app, a file, or two files
  std::string language = "en-US";
};
/// Lists, shows or compares definitions, or prints the JSON Schema of their files. Exit code of kDiff: 1 when they
/// differ.
int definitions(const DefinitionsOptions& options);

struct ProbeOptions {
  std::string app;
  std::string config;               ///< for the directory of definitions
  std::vector<std::string> params;  ///< "key=value"
  std::string set;                  ///< only this one; empty: all
  std::string replay;               ///< file or directory of recorded answers, read instead of asking
  std::string record;               ///< directory to write the answers to
  bool explain = false;             ///< also the answers, raw rows and the way of each value
};
/// Runs one check, printing each step with its time; exit code 1 when a deciding set failed.
int probe(const ProbeOptions& options);

struct ImportOptions {
  imports::Product product = imports::Product::kHertzBeat;
  imports::Format format = imports::Format::kYaml;
  std::string config;      ///< for definitions and the least interval
  std::string file;        ///< to read
  std::string prometheus;  ///< of kBlackbox: the configuration beside `file`; empty: none
  std::string output;      ///< empty: standard output
  bool force = false;      ///< replace an output that is there
};
/// Writes monitors made of the export or configuration of another product, and tells on standard error what was not
/// taken. Exit code 3 when something was not, though the output is written.
int import_from(const ImportOptions& options);

struct RuleImportOptions {
  std::vector<std::string> files;
  imports::Format format = imports::Format::kYaml;
  std::string output;           ///< empty: standard output
  bool force = false;           ///< replace an output that is there
  std::string interval = "1m";  ///< of groups that have none, as parse_duration() reads it
  bool apply = false;           ///< store them in a running server
  bool dry_run = false;         ///< only ask it
  ServerAddress address;
};
/// Writes alert rules made of rule files of Prometheus, or stores them in a running server: all of them or, when it
/// fails in between, what it says. Exit code as import_from().
int import_rules(const RuleImportOptions& options);

struct TestRulesOptions {
  std::string config;              ///< for the directory of definitions
  std::vector<std::string> files;  ///< of tests
};
/// Runs unit tests of alert rules (docs/alerts.md, Testing rules), and shows what was expected where one fails. Exit
/// code 1 when a test fails, or a file cannot be used.
int test_rules(const TestRulesOptions& options);

struct StatusOptions {
  ServerAddress address;
  std::string state;  ///< only monitors in this state
  std::string text;   ///< only monitors whose name contains it
  std::size_t limit = 50;
};
/// Prints a table of a running server's monitors; exit code 1 when the server cannot be asked.
int status(const StatusOptions& options);

struct AlertsOptions {
  ServerAddress address;
  bool all = false;      ///< also those that have ended
  std::string severity;  ///< only of this one
  std::string text;      ///< only with this in a label, "name=value"
  std::size_t limit = 50;
  bool json = false;
};
/// Prints the incidents of a running server; exit code 1 when it cannot be asked.
int alerts(const AlertsOptions& options);

struct SilenceOptions {
  ServerAddress address;
  std::vector<std::string> matchers;
  std::string length;  ///< as parse_duration() reads it
  std::string comment, name;
  std::uint64_t id = 0;
  bool json = false;
};
/// Exit code 0: done, 1: it could not be done, 2: wrong use.
int add_silence(const SilenceOptions& options);
int list_silences(const SilenceOptions& options);
int end_silence(const SilenceOptions& options);

struct ApplyOptions {
  ServerAddress address;
  bool dry_run = false;
};
/// Has a running server read its files again, and shows what that adds, changes and removes. Exit code 0: done, or
/// nothing to do; 2: a dry run that found differences; 1: it could not be done, and nothing has changed.
int apply(const ApplyOptions& options);

struct StressOptions {
  bool quick = false, list = false, keep = false;
  std::vector<std::string> only;  ///< scenarios; empty: all
  std::uint64_t budget = 0;       ///< bytes; 0: as each scenario says
  std::size_t monitors = 0;       ///< 0: as each scenario says
  std::string out = "stress";     ///< directory of report and pictures
};
/// Brings up servers of this program and tries to break them (docs/stress.md). Exit code 0: all scenarios passed, 1:
/// one failed, 2: one could not be run.
int stress(const StressOptions& options);

struct BackupOptions {
  std::string config;
  std::string file;       ///< to write; must not be there
  bool with_key = false;  ///< also the key file, as "<file>.key"
  bool json = false;
};
/// Writes what users own to a file, also while `serve` runs, and says which key it needs.
int backup(const BackupOptions& options);

struct RestoreOptions {
  std::string config;
  std::string file;
  bool json = false;
};
/// Puts such a file in the catalog's place; refused while `serve` runs. Exit code 3: restored, but keys are missing.
int restore(const RestoreOptions& options);

struct KeysOptions {
  std::string config;
  bool json = false;
};
/// Which keys there are, since when, and how many passwords each has sealed.
int show_keys(const KeysOptions& options);
/// Makes a new key, seals all passwords by it, and drops the old ones; goes on where an earlier call was interrupted.
/// Of keys of the environment: seals by the newest and says which are not needed any more. Refused while `serve` runs.
int rotate_keys(const KeysOptions& options);

struct AccountOptions {
  std::string config;
  std::string name;  ///< of reset
  bool json = false;
};
int list_accounts(const AccountOptions& options);
/// Prints a link by which the account's password is set anew.
int reset_account(const AccountOptions& options);

struct ConfigOptions {
  std::string config;
  bool defaults = false;  ///< all keys with their defaults, as a file to begin with
};
/// Prints the configuration in force as YAML, with where each value comes from; secrets masked.
int show_config(const ConfigOptions& options);

struct SupportBundleOptions {
  std::string config;
  std::string file;  ///< to write; must not be there
  std::string log;   ///< whose last lines are taken along; empty: none
};
/// Writes what somebody who helps needs to know of this Holter, without secrets, as a .tar.gz.
int support_bundle(const SupportBundleOptions& options);

int version();
/// What version() prints.
std::string version_text();

}  // namespace holter::app
