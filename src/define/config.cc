#include "define/config.h"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <functional>
#include <optional>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/units.h"
#include "base/web_url.h"
#include "define/config_values.h"
#include "define/files.h"
#include "define/map_reader.h"
#include "define/yaml.h"

namespace holter::define {
namespace {

using Setter = std::function<Status(Config&, const std::string&)>;

struct Entry {
  ConfigKey key;
  Setter set;
  std::function<std::vector<std::string*>(Config&)> paths;  ///< of the file: relative ones are so to its directory
  bool list = false;                                        ///< a YAML list is taken, too
  std::string secret_of;                                    ///< the key whose secret is in the file that this one names
};

/// Those that are set.
std::vector<std::string*> set_paths_of(std::initializer_list<std::string*> paths) {
  std::vector<std::string*> all;
  for (auto* path : paths)
    if (!path->empty()) all.push_back(path);
  return all;
}

/// The key "<secret>_file", which names a file with the secret. Its texts live as long as the program.
Entry file_entry(const ConfigKey& secret) {
  static std::deque<std::string> texts;
  auto keep = [](std::string text) { return std::string_view(texts.emplace_back(std::move(text))); };
  std::string key(secret.path);
  return {{keep(key + "_file"), "no file",
           keep(fmt::format("file whose content is {}, instead of that: at most {} KiB, a line end behind it does not "
                            "count; readable by Holter only",
                            key, kMostSecretBytes / 1024))},
          [key](Config& c, const std::string& t) { return set_path(c.secret_files[key], t); },
          [key](Config& c) {
            auto found = c.secret_files.find(key);
            return found == c.secret_files.end() ? std::vector<std::string*>() : set_paths_of({&found->second});
          },
          false,
          key};
}

std::vector<Entry> table();

/// The table, and behind each secret the key of its file.
std::vector<Entry> with_files(std::vector<Entry> entries) {
  std::vector<Entry> all;
  for (auto& entry : entries) {
    auto key = entry.key;
    all.push_back(std::move(entry));
    if (key.secret) all.push_back(file_entry(key));
  }
  return all;
}

const std::vector<Entry>& entries() {
  static const std::vector<Entry> kEntries = with_files(table());
  return kEntries;
}

std::vector<Entry> table() {
  return {
      {{"data_dir", "./data", "where Holter keeps its files"},
       [](Config& c, const std::string& t) { return set_path(c.data_dir, t); },
       [](Config& c) { return std::vector{&c.data_dir}; }},
      {{"monitors", "./monitors, where it is there",
        "a file with monitors, or a directory of such files (*.yml, not deeper); beside them run those of the API"},
       [](Config& c, const std::string& t) { return set_path(c.monitors, t); },
       [](Config& c) { return std::vector{&c.monitors}; }},
      {{"definitions", "./definitions",
        "directories of definition files (*.yml, at any depth); of an app in several, the file in the last one counts"},
       [](Config& c, const std::string& t) { return set_paths(c.definitions, t); },
       [](Config& c) {
         std::vector<std::string*> all;
         for (auto& directory : c.definitions) all.push_back(&directory);
         return all;
       },
       true},
      {{"catalog.postgresql", "SQLite: catalog.db in data_dir",
        "connection string of a PostgreSQL that keeps what users own, instead of SQLite: host=db dbname=holter "
        "user=holter",
        true},
       [](Config& c, const std::string& t) { return set_connection(c.catalog.postgresql, t); }},
      {{"server.listen", "127.0.0.1:2157",
        "address and port of API and page; others than loopback want server.tls, or TLS in front and server.url"},
       [](Config& c, const std::string& t) { return set_listen(c.server.listen, t); }},
      {{"server.url", "by address",
        "how browsers find Holter, such as https://holter.example: the name that it answers to, and the scheme that "
        "cookies are for where something in front speaks TLS"},
       [](Config& c, const std::string& t) { return set_url(c.server.url, t); }},
      {{"server.max_connections", "256", "connections at once; further ones are answered with 503"},
       [](Config& c, const std::string& t) { return set_number(c.server.max_connections, t, 1, 10'000); }},
      {{"server.tls.certificate", "no TLS",
        "PEM file with the certificate of the API and those of its issuers; read again when it changes"},
       [](Config& c, const std::string& t) { return set_path(c.server.tls.certificate, t); },
       [](Config& c) { return set_paths_of({&c.server.tls.certificate}); }},
      {{"server.tls.key", "no TLS", "PEM file with its key, without a pass phrase"},
       [](Config& c, const std::string& t) { return set_path(c.server.tls.key, t); },
       [](Config& c) { return set_paths_of({&c.server.tls.key}); }},
      {{"server.rate_limit", "0", "requests a second of one caller; further ones are answered with 429; 0: no limit"},
       [](Config& c, const std::string& t) { return set_number(c.server.rate_limit, t, 0, 1'000'000); }},
      {{"access.anonymous", "none", "what those may do who do not log in: none, or viewer"},
       [](Config& c, const std::string& t) { return set_word(c.access.anonymous, t, {"none", "viewer"}); }},
      {{"access.audit_retention", "365d", "how long the audit log keeps who changed what"},
       [](Config& c, const std::string& t) {
         return set_duration(c.access.audit_retention, t, std::chrono::hours(24));
       }},
      {{"access.oidc.issuer", "no such login",
        "OpenID Connect provider by which people log in, as it calls itself, such as "
        "https://login.example/realms/main"},
       [](Config& c, const std::string& t) { return set_issuer(c.access.oidc.issuer, t); }},
      {{"access.oidc.client_id", "no such login", "what the provider calls Holter"},
       [](Config& c, const std::string& t) { return set_line(c.access.oidc.client_id, t, 255); }},
      {{"access.oidc.client_secret", "none: a public client", "the secret that the provider gave for it", true},
       [](Config& c, const std::string& t) { return set_secret(c.access.oidc.client_secret, t); }},
      {{"access.oidc.name", "Single sign-on", "text of the button on the page that logs in"},
       [](Config& c, const std::string& t) { return set_line(c.access.oidc.name, t, 60); }},
      {{"access.oidc.scopes", "openid profile email", "what the provider is asked for, with blanks between"},
       [](Config& c, const std::string& t) { return set_scopes(c.access.oidc.scopes, t); }},
      {{"access.oidc.role", "none",
        "role of the account that a first login makes: viewer, operator or editor; none: it makes none, and an admin "
        "links accounts"},
       [](Config& c, const std::string& t) {
         return set_word(c.access.oidc.role, t, {"none", "viewer", "operator", "editor"});
       }},
      {{"access.oidc.claim", "preferred_username",
        "what names such an account: preferred_username, or email, which must be a verified one"},
       [](Config& c, const std::string& t) {
         return set_word(c.access.oidc.claim, t, {"preferred_username", "email"});
       }},
      {{"access.oidc.ca_file", "the system's",
        "PEM file of the authorities that the provider's certificate is checked by"},
       [](Config& c, const std::string& t) { return set_path(c.access.oidc.ca_file, t); },
       [](Config& c) { return set_paths_of({&c.access.oidc.ca_file}); }},
      {{"network.forbidden", "default",
        "blocks of addresses that no monitor may reach, such as 10.0.0.0/8 or 10.1.2.3:80; default: metadata services "
        "of clouds, multicast, broadcast, unspecified"},
       [](Config& c, const std::string& t) { return set_blocks(c.network.forbidden, t, true); },
       nullptr,
       true},
      {{"network.allowed", "none", "blocks of addresses, and Holter's own API, that may be reached all the same"},
       [](Config& c, const std::string& t) { return set_blocks(c.network.allowed, t, false); },
       nullptr,
       true},
      {{"memory.budget", "half of the machine's limit, at most 512MiB",
        "the most memory that the main process may use: a size, or a share of the machine's or container's limit, "
        "1% to 100%"},
       [](Config& c, const std::string& t) { return set_budget(c.memory, t); }},
      {{"memory.shares.monitors", "10%", "guaranteed to loaded monitors, of what the ledger may hold"},
       [](Config& c, const std::string& t) { return set_percent(c.memory.shares.monitors, t, 0, 100); }},
      {{"memory.shares.collect", "15%", "guaranteed to checks in flight, connections and caches"},
       [](Config& c, const std::string& t) { return set_percent(c.memory.shares.collect, t, 0, 100); }},
      {{"memory.shares.critical", "3%", "kept for checks of critical monitors, when the others have no memory left"},
       [](Config& c, const std::string& t) { return set_percent(c.memory.shares.critical, t, 0, 100); }},
      {{"memory.shares.latest", "10%", "guaranteed to the newest state of each monitor"},
       [](Config& c, const std::string& t) { return set_percent(c.memory.shares.latest, t, 0, 100); }},
      {{"memory.shares.batches", "6%", "guaranteed to results on their way"},
       [](Config& c, const std::string& t) { return set_percent(c.memory.shares.batches, t, 0, 100); }},
      {{"memory.shares.history", "6%", "guaranteed to what goes to the history process and comes from it"},
       [](Config& c, const std::string& t) { return set_percent(c.memory.shares.history, t, 0, 100); }},
      {{"memory.shares.api", "6%", "what connections, answers and event streams may take: all of it, and no more"},
       [](Config& c, const std::string& t) { return set_percent(c.memory.shares.api, t, 1, 100); }},
      {{"memory.levels.elevated", "70%", "memory use at which the level elevated begins"},
       [](Config& c, const std::string& t) { return set_percent(c.memory.levels.elevated, t, 1, 100); }},
      {{"memory.levels.high", "80%", "the level high"},
       [](Config& c, const std::string& t) { return set_percent(c.memory.levels.high, t, 1, 100); }},
      {{"memory.levels.critical", "90%", "the level critical"},
       [](Config& c, const std::string& t) { return set_percent(c.memory.levels.critical, t, 1, 100); }},
      {{"memory.levels.emergency", "95%", "the level emergency"},
       [](Config& c, const std::string& t) { return set_percent(c.memory.levels.emergency, t, 1, 100); }},
      {{"memory.hysteresis", "5", "percentage points below its beginning at which a level ends"},
       [](Config& c, const std::string& t) { return set_percent(c.memory.hysteresis, t, 1, 50); }},
      {{"memory.dwell", "10s", "how long memory use must have been so low before a level ends"},
       [](Config& c, const std::string& t) { return set_duration(c.memory.dwell, t, milliseconds(100)); }},
      {{"memory.stretch", "2", "what the action stretch multiplies the interval of low monitors with"},
       [](Config& c, const std::string& t) { return set_number(c.memory.stretch, t, 1, 100); }},
      {{"memory.actions.elevated", "flush,shrink", "what is done from the level elevated on; none: nothing"},
       [](Config& c, const std::string& t) { return set_actions(c.memory.actions.elevated, t); },
       nullptr,
       true},
      {{"memory.actions.high", "stretch,fewer_rounds,refuse_queries,alert", "what is added at the level high"},
       [](Config& c, const std::string& t) { return set_actions(c.memory.actions.high, t); },
       nullptr,
       true},
      {{"memory.actions.critical", "pause", "what is added at the level critical"},
       [](Config& c, const std::string& t) { return set_actions(c.memory.actions.critical, t); },
       nullptr,
       true},
      {{"memory.actions.emergency", "refuse_work", "what is added at the level emergency"},
       [](Config& c, const std::string& t) { return set_actions(c.memory.actions.emergency, t); },
       nullptr,
       true},
      {{"memory.psi", "on",
        "watch the kernel's pressure stall information, which tells of a neighbour's memory hunger"},
       [](Config& c, const std::string& t) { return set_switch(c.memory.psi, t); }},
      {{"collect.shards", "as many as the load needs, at most one per core and 4", "threads that run checks"},
       [](Config& c, const std::string& t) { return set_number(c.collect.shards, t, 1, 64); }},
      {{"collect.max_in_flight", "512", "checks in flight at once, per shard; a ping counts a sixteenth of a check"},
       [](Config& c, const std::string& t) { return set_number(c.collect.max_in_flight, t, 1, 32'768); }},
      {{"collect.min_in_flight", "16", "what the limit of checks in flight is not lowered below"},
       [](Config& c, const std::string& t) { return set_number(c.collect.min_in_flight, t, 1, 32'768); }},
      {{"collect.queue_capacity", "1000", "due checks that wait for a slot, per shard; more wait until one is free"},
       [](Config& c, const std::string& t) { return set_number(c.collect.queue_capacity, t, 1, 1'000'000); }},
      {{"collect.max_per_target", "16", "checks in flight at once to one address"},
       [](Config& c, const std::string& t) { return set_number(c.collect.max_per_target, t, 1, 32'768); }},
      {{"collect.min_interval", "1s", "a monitor with a shorter interval is refused"},
       [](Config& c, const std::string& t) { return set_duration(c.collect.min_interval, t, milliseconds(10)); }},
      {{"script.allow", "off",
        "monitors may run commands on Holter's own machine, with its rights: who may write monitors or definitions may "
        "do what Holter may"},
       [](Config& c, const std::string& t) { return set_switch(c.script.allow, t); }},
      {{"alerts.prometheus_url", "no such rules",
        "server of the HTTP API of Prometheus that alert rules with PromQL are asked of, such as "
        "https://prometheus.example"},
       [](Config& c, const std::string& t) { return set_base_url(c.alerts.prometheus_url, t); }},
      {{"alerts.prometheus_user", "no user", "who Holter is there (HTTP Basic authentication)"},
       [](Config& c, const std::string& t) { return set_line(c.alerts.prometheus_user, t, 255); }},
      {{"alerts.prometheus_password", "no password", "the password of that user", true},
       [](Config& c, const std::string& t) { return set_secret(c.alerts.prometheus_password, t); }},
      {{"alerts.prometheus_token", "no token", "bearer token for that server, instead of user and password", true},
       [](Config& c, const std::string& t) { return set_token(c.alerts.prometheus_token, t); }},
      {{"alerts.prometheus_ca_file", "the system's",
        "PEM file of the authorities that that server's certificate is checked by"},
       [](Config& c, const std::string& t) { return set_path(c.alerts.prometheus_ca_file, t); },
       [](Config& c) { return set_paths_of({&c.alerts.prometheus_ca_file}); }},
      {{"notify.allow_exec", "off",
        "receivers may run commands on Holter's own machine, with its rights: who may write receivers may do what "
        "Holter may"},
       [](Config& c, const std::string& t) { return set_switch(c.notify.allow_exec, t); }},
      {{"history.retention", "30d", "how long history is kept"},
       [](Config& c, const std::string& t) { return set_duration(c.history.retention, t, std::chrono::hours(1)); }},
      {{"history.memory_limit", "32MiB", "memory limit of the history engine, in its own process; at least 16MiB"},
       [](Config& c, const std::string& t) { return set_size(c.history.memory_limit, t, 16 << 20); }},
      {{"ssh.known_hosts", "known_hosts in data_dir", "file with the host keys of SSH servers, in OpenSSH's format"},
       [](Config& c, const std::string& t) { return set_path(c.ssh.known_hosts, t); },
       [](Config& c) { return set_paths_of({&c.ssh.known_hosts}); }},
      {{"ssh.host_keys", "accept-new",
        "an SSH server whose key is not known: accept-new remembers it, strict refuses it, off checks no key at all"},
       [](Config& c, const std::string& t) { return set_host_keys(c.ssh.host_keys, t); }},
      {{"log_level", "info", "debug, info, warning or error"},
       [](Config& c, const std::string& t) { return set_log_level(c.log_level, t); }},
      {{"log_format", "text", "what a line of the log looks like: text, logfmt or json"},
       [](Config& c, const std::string& t) { return set_log_format(c.log_format, t); }},
  };
}

/// The text of a value; a list's items with commas between them, as the environment has it. Null: nothing to set.
std::optional<std::string> text_of(MapReader& reader, const Entry& entry, std::string_view key) {
  if (!entry.list) {
    const auto* text = reader.take_text(key);
    return text == nullptr ? std::nullopt : std::optional(*text);
  }
  const auto* node = reader.take(key);
  if (node == nullptr || node->kind == YamlNode::Kind::kNull) return std::nullopt;
  if (node->kind == YamlNode::Kind::kScalar) return node->text;
  bool names = node->kind == YamlNode::Kind::kList &&
               std::ranges::all_of(node->items, [](const auto& i) { return i.kind == YamlNode::Kind::kScalar; });
  if (!names) {
    reader.error(*node, key, "cannot use this value: a text, or a list of texts such as [a, b], is needed");
    return std::nullopt;
  }
  std::string joined;
  for (const auto& item : node->items) joined += (joined.empty() ? "" : ",") + item.text;
  return node->items.empty() ? "none" : joined;
}

/// What only several keys together can get wrong. `where` stands before the message.
void check_together(const Config& config, const std::string& where, Problems& problems) {
  auto error = [&](std::string key, std::string message) {
    problems.add({Problem::Severity::kError, where, 0, 0, std::move(key), std::move(message)});
  };
  const auto& s = config.memory.shares;
  constexpr double kRounding = 1e-9;
  if (s.sum() > 1 + kRounding)
    error("memory.shares",
          fmt::format("cannot guarantee {:.4g}% of the memory: the shares may add up to 100% (monitors {:.4g}, collect "
                      "{:.4g}, critical {:.4g}, latest {:.4g}, batches {:.4g}, history {:.4g}, api {:.4g})",
                      s.sum() * 100, s.monitors * 100, s.collect * 100, s.critical * 100, s.latest * 100,
                      s.batches * 100, s.history * 100, s.api * 100));
  const auto& l = config.memory.levels;
  if (!(l.elevated < l.high && l.high < l.critical && l.critical < l.emergency))
    error("memory.levels", fmt::format("cannot use levels that do not ascend: elevated {:.4g}%, high {:.4g}%, critical "
                                       "{:.4g}%, emergency {:.4g}%",
                                       l.elevated * 100, l.high * 100, l.critical * 100, l.emergency * 100));
  if (config.memory.hysteresis >= l.elevated)
    error("memory.hysteresis",
          fmt::format("cannot use {:.4g} points: the level elevated, which begins at {:.4g}%, would "
                      "never end",
                      config.memory.hysteresis * 100, l.elevated * 100));
  const auto& tls = config.server.tls;
  if (tls.certificate.empty() != tls.key.empty())
    error("server.tls", "cannot serve TLS: server.tls.certificate and server.tls.key are needed together");
  const auto& oidc = config.access.oidc;
  if (oidc.issuer.empty() != oidc.client_id.empty())
    error("access.oidc",
          "cannot log in by OpenID Connect: access.oidc.issuer and access.oidc.client_id are needed together");
  const auto& alerts = config.alerts;
  if (alerts.prometheus_user.empty() != alerts.prometheus_password.empty())
    error("alerts", "cannot log in: alerts.prometheus_user and alerts.prometheus_password are needed together");
  if (!alerts.prometheus_user.empty() && !alerts.prometheus_token.empty())
    error("alerts", "cannot log in twice: give alerts.prometheus_token, or a user and a password");
  const bool named = !alerts.prometheus_user.empty() || !alerts.prometheus_token.empty();
  if (named && alerts.prometheus_url.empty())
    error("alerts.prometheus_url", "cannot log in without a server: alerts.prometheus_url is needed");
  if (named && !alerts.prometheus_url.empty() && !check_web_url(alerts.prometheus_url))
    problems.add({Problem::Severity::kWarning, where, 0, 0, "alerts.prometheus_url",
                  "cannot be kept secret: password and token go there without TLS"});
  if (config.collect.min_in_flight > config.collect.max_in_flight)
    error("collect.min_in_flight", fmt::format("cannot use {}: collect.max_in_flight is {}",
                                               config.collect.min_in_flight, config.collect.max_in_flight));
}

/// Reads a map whose keys are the entries that begin with `prefix`, and the maps below it.
void read_section(const std::string& file, const YamlNode& node, const std::string& prefix, Config& config,
                  GivenValues& given, Problems& problems) {
  MapReader reader(file, node, prefix.substr(0, prefix.empty() ? 0 : prefix.size() - 1), problems);
  std::vector<std::string> sections;
  for (const auto& entry : entries()) {
    if (!entry.key.path.starts_with(prefix)) continue;
    auto rest = entry.key.path.substr(prefix.size());
    if (auto dot = rest.find('.'); dot != std::string_view::npos) {
      if (sections.empty() || sections.back() != rest.substr(0, dot)) sections.emplace_back(rest.substr(0, dot));
      continue;
    }
    auto text = text_of(reader, entry, rest);
    if (!text) continue;
    if (auto set = entry.set(config, *text); !set) reader.error(*node.find(rest), rest, set.error().message());
    given[std::string(entry.key.path)] = {*text, fmt::format("{}:{}", file, node.find(rest)->line)};
  }
  for (const auto& section : sections) {
    // The entries outlive the reader; its list of known keys needs a view that does, too.
    auto view = std::ranges::find_if(entries(), [&](const Entry& e) {
                  return e.key.path.starts_with(prefix + section + ".");
                })->key.path.substr(prefix.size(), section.size());
    if (const auto* map = reader.take_map(view))
      read_section(file, *map, prefix + section + ".", config, given, problems);
  }
}

void read_environment(std::span<const std::string> environment, Config& config, GivenValues& given,
                      Problems& problems) {
  std::vector<std::string> names;
  for (const auto& entry : entries()) names.push_back(environment_name(entry.key.path));
  for (const auto& variable : environment) {
    auto name = variable.substr(0, variable.find('='));
    if (!name.starts_with("HOLTER_") || name.size() == variable.size()) continue;
    if (name == "HOLTER_SECRET_KEY" || name == "HOLTER_SECRET_KEY_FILE") continue;  // no setting: secrets/keyring.h
    if (name == "HOLTER_TOKEN") continue;  // for commands that ask a server: app/api_client.h
    auto found = std::ranges::find(names, name);
    if (found == names.end()) {
      std::vector<std::string_view> views(names.begin(), names.end());
      auto near = nearest_in(name, views);
      auto hint = near.empty() ? std::string("see docs/configuration.md") : fmt::format("did you mean {}?", near);
      problems.add({Problem::Severity::kWarning, "environment", 0, 0, name,
                    fmt::format("cannot use this variable: no such setting ({})", hint)});
      continue;
    }
    const auto& entry = entries()[static_cast<std::size_t>(found - names.begin())];
    auto text = variable.substr(name.size() + 1);
    if (auto set = entry.set(config, text); !set)
      problems.add({Problem::Severity::kError, "environment", 0, 0, name, set.error().message()});
    given[std::string(entry.key.path)] = {text, name};
  }
}

/// Secrets whose files are named: from there, and not from two places.
void read_secret_files(Config& config, GivenValues& given, Problems& problems) {
  GivenValues from_files;
  for (const auto& entry : entries()) {
    auto named = entry.secret_of.empty() ? given.end() : given.find(entry.key.path);
    if (named == given.end()) continue;
    const auto& path = config.secret_files[entry.secret_of];
    if (path.empty()) continue;  // which has been told
    auto add = [&](Problem::Severity severity, std::string message) {
      problems.add({severity, named->second.where, 0, 0, std::string(entry.key.path), std::move(message)});
    };
    if (auto direct = given.find(entry.secret_of); direct != given.end()) {
      add(Problem::Severity::kError, fmt::format("cannot take {} from two places: it is given itself, too ({})",
                                                 entry.secret_of, direct->second.where));
      continue;
    }
    auto secret = read_secret_file(path);
    if (!secret) {
      add(Problem::Severity::kError, secret.error().message());
      continue;
    }
    if (secret->readable)
      add(Problem::Severity::kWarning,
          fmt::format("cannot be kept secret: every user of this machine may read {}; run chmod o-r", path));
    auto of_secret = std::ranges::find(entries(), entry.secret_of, [](const Entry& e) { return e.key.path; });
    if (auto set = of_secret->set(config, secret->text); !set)
      add(Problem::Severity::kError, fmt::format("{}: {}", path, set.error().message()));
    from_files[entry.secret_of] = {secret->text, std::string(entry.key.path)};
  }
  given.merge(from_files);
}

/// What paths mean, once they are all known; also those that nobody gave.
void note_paths(Config& config, GivenValues& given) {
  for (const auto& entry : entries()) {
    if (!entry.paths) continue;
    std::vector<std::string_view> paths;
    for (const auto* path : entry.paths(config)) paths.emplace_back(*path);
    auto text = fmt::format("{}", fmt::join(paths, ","));
    if (!text.empty()) given.try_emplace(std::string(entry.key.path), "", "default").first->second.text = text;
  }
}

bool sets(std::span<const std::string> environment, std::string_view key) {
  auto prefix = environment_name(key) + "=";
  return std::ranges::any_of(environment, [&](const auto& variable) { return variable.starts_with(prefix); });
}

}  // namespace

std::string environment_name(std::string_view path) {
  std::string name = "HOLTER_";
  for (char c : path) name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

std::vector<ConfigKey> config_keys() {
  std::vector<ConfigKey> keys;
  for (const auto& entry : entries()) keys.push_back(entry.key);
  return keys;
}

Config load_config(const std::string& path, std::span<const std::string> environment, Problems& problems,
                   GivenValues* given_out) {
  Config config;
  GivenValues given;
  bool names_monitors = sets(environment, "monitors");
  if (!path.empty()) {
    within_memory(path, problems, [&] {
      YamlNode root;
      if (!read_yaml({path, {}, false}, {}, problems, root) || root.kind == YamlNode::Kind::kNull) return;
      names_monitors = names_monitors || root.find("monitors") != nullptr;
      read_section(path, root, "", config, given, problems);
    });
    auto directory = std::filesystem::path(path).parent_path();
    for (const auto& entry : entries()) {
      if (!entry.paths) continue;
      for (auto* place : entry.paths(config))
        if (std::filesystem::path(*place).is_relative()) *place = (directory / *place).lexically_normal().string();
    }
  }
  read_environment(environment, config, given, problems);
  read_secret_files(config, given, problems);
  std::error_code unknown;
  if (!names_monitors && !std::filesystem::exists(config.monitors, unknown) && !unknown) config.monitors.clear();
  check_together(config, path.empty() ? "environment" : path, problems);
  if (given_out != nullptr) {
    note_paths(config, given);
    *given_out = std::move(given);
  }
  return config;
}

}  // namespace holter::define
