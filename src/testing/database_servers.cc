#include "testing/database_servers.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "base/check.h"
#include "testing/scripted_peer.h"

namespace holter::testing {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAsUser = "/usr/bin/setpriv";  // servers of databases refuse to be root

/// Arguments of kAsUser to run a program as `user`; the program itself when there is no root to drop.
std::vector<std::string> as_user(const std::string& user) {
  if (::geteuid() != 0) return {"--no-new-privs"};
  return {"--reuid=" + user, "--regid=" + user, "--clear-groups"};
}

void shell(const std::string& user, const std::string& command) {
  std::string line = kAsUser;
  for (const auto& argument : as_user(user)) line += " " + argument;
  auto status = std::system(fmt::format("cd / && {} sh -c '{}'", line, command).c_str());
  if (status != 0) fmt::print(stderr, "'{}' ended with {}\n", command, status);
}

void own(const std::string& user, const fs::path& path) {
  if (::geteuid() != 0) return;
  auto status = std::system(fmt::format("chown -R {0}:{0} {1}", user, path.string()).c_str());
  CHECK(status == 0);
}

void put(const fs::path& path, const std::string& text) {
  std::ofstream(path) << text;
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
}

std::string postgresql_programs() {
  std::error_code none;
  for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", none))
    if (fs::exists(version.path() / "bin/postgres")) return version.path() / "bin";
  return {};
}

std::vector<std::string> with(std::vector<std::string> first, std::vector<std::string> more) {
  first.insert(first.end(), more.begin(), more.end());
  return first;
}

}  // namespace

std::unique_ptr<RealServer> start_postgresql(const Certificate* tls) {
  const auto bin = postgresql_programs();
  if (bin.empty()) return std::make_unique<RealServer>("/none", nullptr);
  auto server = std::make_unique<RealServer>(kAsUser, [&](const std::string& directory, std::uint16_t port) {
    const auto data = directory + "/data";
    if (!fs::exists(data)) {
      shell("postgres", fmt::format("{}/initdb -D {} -A trust -U postgres -E UTF8 --locale=C >/dev/null", bin, data));
      put(directory + "/users.sql",
          "CREATE ROLE monitor LOGIN PASSWORD 'secret';\nGRANT pg_monitor TO monitor;\n"
          "CREATE ROLE owner LOGIN CREATEDB PASSWORD 'secret';\n");
      own("postgres", directory + "/users.sql");
      shell("postgres",
            fmt::format("{}/postgres --single -D {} postgres < {}/users.sql >/dev/null 2>&1", bin, data, directory));
      put(data + "/pg_hba.conf", "host all all 127.0.0.1/32 scram-sha-256\nhost all all ::1/128 scram-sha-256\n");
      if (tls != nullptr) {
        put(data + "/server.crt", tls->certificate);
        put(data + "/server.key", tls->key);
      }
      own("postgres", data);
    }
    auto arguments = with(as_user("postgres"), {bin + "/postgres", "-D", data, "-p", std::to_string(port), "-c",
                                                "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c",
                                                "fsync=off", "-c", "shared_buffers=16MB", "-c", "max_connections=50"});
    if (tls != nullptr) arguments = with(std::move(arguments), {"-c", "ssl=on"});
    return arguments;
  });
  // It accepts connections before it lets anybody in.
  if (server->running())
    shell("postgres", fmt::format("for i in $(seq 200); do {}/pg_isready -q -h 127.0.0.1 -p {} && exit 0; "
                                  "sleep 0.05; done; exit 1",
                                  bin, server->port()));
  return server;
}

std::unique_ptr<RealServer> start_mariadb(const Certificate* tls) {
  constexpr const char* kServer = "/usr/sbin/mariadbd";
  if (!fs::exists(kServer)) return std::make_unique<RealServer>("/none", nullptr);
  return std::make_unique<RealServer>(kAsUser, [&](const std::string& directory, std::uint16_t port) {
    const auto data = directory + "/data";
    if (!fs::exists(data)) {
      shell("mysql", fmt::format("mariadb-install-db --no-defaults --datadir={} --skip-test-db "
                                 "--auth-root-authentication-method=normal >/dev/null 2>&1",
                                 data));
      put(directory + "/init.sql",
          "CREATE DATABASE IF NOT EXISTS shop;\nCREATE OR REPLACE USER monitor@'%' IDENTIFIED BY 'secret';\n"
          "GRANT SELECT, PROCESS, REPLICATION CLIENT, SLAVE MONITOR ON *.* TO monitor@'%';\n");
      if (tls != nullptr) {
        put(directory + "/cert.pem", tls->certificate);
        put(directory + "/key.pem", tls->key);
      }
      own("mysql", directory);
    }
    auto arguments =
        with(as_user("mysql"),
             {kServer, "--no-defaults", "--datadir=" + data, fmt::format("--port={}", port), "--bind-address=127.0.0.1",
              fmt::format("--socket={}/socket", directory), fmt::format("--pid-file={}/pid", directory),
              fmt::format("--init-file={}/init.sql", directory), "--skip-name-resolve", "--innodb-buffer-pool-size=8M",
              "--innodb-flush-method=fsync", "--lc-messages-dir=/usr/share/mysql"});
    if (tls != nullptr)
      arguments = with(std::move(arguments), {fmt::format("--ssl-cert={}/cert.pem", directory),
                                              fmt::format("--ssl-key={}/key.pem", directory)});
    return arguments;
  });
}

std::unique_ptr<RealServer> start_clickhouse() {
  constexpr const char* kServer = "/usr/sbin/clickhouse-server";
  return std::make_unique<RealServer>(kServer, [&](const std::string& directory, std::uint16_t port) {
    std::ofstream(directory + "/config.xml") << fmt::format(
        R"(<yandex><logger><level>error</level><log>{0}/log</log><errorlog>{0}/err</errorlog></logger>
<http_port>{1}</http_port><tcp_port>{2}</tcp_port><listen_host>127.0.0.1</listen_host><path>{0}/data/</path>
<tmp_path>{0}/tmp/</tmp_path><users_config>{0}/users.xml</users_config><default_profile>default</default_profile>
<default_database>default</default_database><mark_cache_size>1048576</mark_cache_size></yandex>)",
        directory, port, unused_port());
    std::ofstream(directory + "/users.xml") << R"(<yandex>
<profiles><default/><readonly><readonly>1</readonly></readonly></profiles><quotas><default/></quotas><users>
<monitor><password>secret</password><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota></monitor>
<reader><password>secret</password><networks><ip>::/0</ip></networks><profile>readonly</profile><quota>default</quota></reader>
</users></yandex>)";
    return std::vector<std::string>{"--config-file=" + directory + "/config.xml"};
  });
}

}  // namespace holter::testing
