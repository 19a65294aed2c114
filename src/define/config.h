#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "define/problem.h"

namespace holter::define {

/// What can be done when memory is short; what each does: docs/memory.md.
inline constexpr std::array<std::string_view, 8> kMemoryActions = {
    "flush", "shrink", "stretch", "fewer_rounds", "refuse_queries", "alert", "pause", "refuse_work"};

/// holter.yml: all keys optional. Every key can be overridden by the environment: server.listen is
/// HOLTER_SERVER_LISTEN. The list of keys with defaults stands in docs/configuration.md, held true by a test. A key
/// that is a secret has another beside it that names a file with it, "catalog.postgresql_file".
struct Config {
  std::string data_dir = "./data";
  /// A file, or a directory of *.yml (not deeper). Empty: no files; so it is where the key is not given and the default
  /// is not there.
  std::string monitors = "./monitors";
  /// Directories of <category>/<app>.yml; of the same app in several, that of the last counts.
  std::vector<std::string> definitions = {"./definitions"};
  struct Catalog {
    std::string postgresql;  ///< connection string of libpq, perhaps with a password; empty: SQLite in data_dir
    bool operator==(const Catalog&) const = default;
  } catalog;
  struct Server {
    std::string listen = "127.0.0.1:2157";
    std::string url;  ///< how browsers find it, "https://holter.example"; empty: by its address
    std::size_t max_connections = 256;
    struct Tls {
      std::string certificate, key;  ///< PEM files; both, or none: then the API speaks HTTP without TLS
      bool operator==(const Tls&) const = default;
    } tls;
    unsigned rate_limit = 0;  ///< requests a second of one address; 0: no limit
    bool operator==(const Server&) const = default;
  } server;
  struct Access {
    std::string anonymous = "none";  ///< role of who does not log in: "none" or "viewer"
    std::chrono::milliseconds audit_retention = std::chrono::days(365);
    /// Login by an OpenID Connect provider. No issuer: there is none.
    struct Oidc {
      std::string issuer, client_id;
      std::string client_secret;            ///< none: a public client
      std::string name = "Single sign-on";  ///< text of the button
      std::string scopes = "openid profile email";
      std::string role = "none";                 ///< of accounts that a first login makes; none: it makes none
      std::string claim = "preferred_username";  ///< names such accounts: that, or "email"
      std::string ca_file;                       ///< PEM file of authorities; empty: the system's
      bool operator==(const Oidc&) const = default;
    } oidc;
    bool operator==(const Access&) const = default;
  } access;
  /// What probes may reach. Texts as parse_ip_block() takes them, and "default" among the forbidden.
  struct Network {
    std::vector<std::string> forbidden = {"default"}, allowed;
    bool operator==(const Network&) const = default;
  } network;
  struct Alerts {
    /// Server that PromQL rules are asked of, "https://prometheus.example/prefix"; empty: there are none.
    std::string prometheus_url;
    std::string prometheus_user, prometheus_password;  ///< HTTP Basic authentication; both, or none
    std::string prometheus_token;                      ///< or a bearer token
    std::string prometheus_ca_file;                    ///< PEM file of authorities; empty: the system's
    bool operator==(const Alerts&) const = default;
  } alerts;
  struct Notify {
    bool allow_exec = false;  ///< receivers may run commands of this machine
    bool operator==(const Notify&) const = default;
  } notify;
  struct Memory {
    std::uint64_t budget = 0;  ///< bytes; 0: see budget_share
    double budget_share = 0;   ///< of the machine's or container's limit (1.0: all); 0: half, at most 512 MiB
    /// What is guaranteed to each part, of the ledger's limit (1.0: all). Together at most 1.0.
    struct Shares {
      double monitors = 0.10, collect = 0.15, critical = 0.03, latest = 0.10, batches = 0.06, history = 0.06,
             api = 0.06;
      double sum() const { return monitors + collect + critical + latest + batches + history + api; }
      bool operator==(const Shares&) const = default;
    } shares;
    /// Where each level begins (1.0: all of what is allowed). Ascending.
    struct Levels {
      double elevated = 0.70, high = 0.80, critical = 0.90, emergency = 0.95;
      bool operator==(const Levels&) const = default;
    } levels;
    double hysteresis = 0.05;                 ///< a level ends this far below its beginning
    std::chrono::milliseconds dwell{10'000};  ///< and not before it has been so for this long
    unsigned stretch = 2;                     ///< factor of the interval of low monitors
    /// Names out of kMemoryActions; what a level does, the levels above do, too.
    struct Actions {
      std::vector<std::string> elevated = {"flush", "shrink"};
      std::vector<std::string> high = {"stretch", "fewer_rounds", "refuse_queries", "alert"};
      std::vector<std::string> critical = {"pause"};
      std::vector<std::string> emergency = {"refuse_work"};
      bool operator==(const Actions&) const = default;
    } actions;
    bool psi = true;  ///< watch the kernel's pressure stall information
    bool operator==(const Memory&) const = default;
  } memory;
  struct Collect {
    unsigned shards = 0;                ///< 0: as many as the load needs, at most one per core and 4
    std::size_t max_in_flight = 512;    ///< rounds that hold a connection, per shard; a ping counts a sixteenth
    std::size_t min_in_flight = 16;     ///< the limit is not lowered below this; at most max_in_flight
    std::size_t queue_capacity = 1000;  ///< due work that waits for a slot, per shard; the rest waits in the wheel
    std::size_t max_per_target = 16;    ///< rounds in flight to one address
    std::chrono::milliseconds min_interval{1000};
    bool operator==(const Collect&) const = default;
  } collect;
  struct Script {
    bool allow = false;  ///< monitors may run commands on this machine
    bool operator==(const Script&) const = default;
  } script;
  struct History {
    std::chrono::milliseconds retention{std::chrono::hours(24 * 30)};
    std::uint64_t memory_limit = 32ULL << 20;  ///< bytes, of the history engine
    bool operator==(const History&) const = default;
  } history;
  struct Ssh {
    std::string known_hosts;               ///< file with the keys of SSH servers; empty: known_hosts in data_dir
    std::string host_keys = "accept-new";  ///< accept-new, strict, off: what is done with a key that is not known
    bool operator==(const Ssh&) const = default;
  } ssh;
  std::string known_hosts_file() const { return ssh.known_hosts.empty() ? data_dir + "/known_hosts" : ssh.known_hosts; }
  std::string log_level = "info";   ///< debug, info, warning, error
  std::string log_format = "text";  ///< text, logfmt, json
  /// Files whose content is the secret of that key: "catalog.postgresql" -> path. They are read with the rest.
  std::map<std::string, std::string, std::less<>> secret_files;
  bool operator==(const Config&) const = default;
};

/// What was given for a key, and where.
struct GivenValue {
  std::string text;   ///< as it was written; of paths what they mean; of a secret the secret
  std::string where;  ///< "holter.yml:3", "HOLTER_SERVER_LISTEN", the key of a secret's file; of paths also "default"
};
/// By key. What is not among them has its default.
using GivenValues = std::map<std::string, GivenValue, std::less<>>;

/// Reads holter.yml (`path` empty: defaults) and the overrides in `environment` ("NAME=value", other names ignored;
/// an unknown HOLTER_* name is a warning). Relative paths in it are relative to the file's directory.
/// With errors in `problems` the returned value must not be used. `given`, where there is one, is filled in.
Config load_config(const std::string& path, std::span<const std::string> environment, Problems& problems,
                   GivenValues* given = nullptr);

/// A key as documentation and `holter check` show it.
struct ConfigKey {
  std::string_view path;       ///< "memory.budget"
  std::string_view otherwise;  ///< the default, as one would write it
  std::string_view description;
  bool secret = false;  ///< is or may hold a password: never shown
};
/// All keys, in the order of the documentation.
std::vector<ConfigKey> config_keys();
/// "memory.budget" -> "HOLTER_MEMORY_BUDGET"
std::string environment_name(std::string_view path);

}  // namespace holter::define
