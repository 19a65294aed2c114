#include "collect/protocols/jdbc/target.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/units.h"
#include "collect/block.h"
#include "collect/protocols/jdbc/url.h"
#include "collect/web_request.h"

namespace holter::collect::jdbc {
namespace {

constexpr std::size_t kMaxStatement = 64 << 10;

struct Platform {
  std::string_view name;
  Driver driver;
  std::uint16_t port;
  std::string_view odbc_driver = {};  ///< as the vendor's package names it
};
// Names as in `platform:` and as in the second word of a JDBC URL.
constexpr Platform kPlatforms[] = {{"postgresql", Driver::kPostgresql, 5432},
                                   {"greenplum", Driver::kPostgresql, 5432},
                                   {"pivotal", Driver::kPostgresql, 5432},
                                   {"opengauss", Driver::kPostgresql, 5432},
                                   {"gaussdb", Driver::kPostgresql, 8000},
                                   {"kingbase", Driver::kPostgresql, 54321},
                                   {"kingbase8", Driver::kPostgresql, 54321},
                                   {"vastbase", Driver::kPostgresql, 5432},
                                   {"mysql", Driver::kMysql, 3306},
                                   {"mariadb", Driver::kMysql, 3306},
                                   {"tidb", Driver::kMysql, 4000},
                                   {"oceanbase", Driver::kMysql, 2881},
                                   {"clickhouse", Driver::kClickhouse, 8123},
                                   {"sqlserver", Driver::kOdbc, 1433, "FreeTDS"},
                                   {"oracle", Driver::kOdbc, 1521},
                                   {"db2", Driver::kOdbc, 50000},
                                   {"dm", Driver::kOdbc, 5236},
                                   {"xugu", Driver::kOdbc, 5138},
                                   {"odbc", Driver::kOdbc, 1}};

const Platform* find_platform(std::string_view name) {
  auto found = std::ranges::find_if(kPlatforms, [&](const auto& p) { return same_text(p.name, name); });
  return found == std::end(kPlatforms) ? nullptr : &*found;
}

Error unknown_platform(std::string_view name) {
  std::string known;
  for (const auto& p : kPlatforms) known += (known.empty() ? "" : ", ") + std::string(p.name);
  return {ErrorCode::kInvalidArgument, fmt::format("cannot ask the platform '{}': known are {}", excerpt(name), known)};
}

Status check_database(const Target& target) {
  const std::string_view name = target.database;
  auto letter = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '$'; };
  bool good = name.size() <= 64 && (name.empty() || letter(static_cast<unsigned char>(name.front()))) &&
              std::ranges::all_of(name, [&](unsigned char c) { return letter(c) || c == '.' || c == '-'; });
  if (good) return {};
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("cannot use the database name '{}': at most 64 of letters, digits, '_', '$', '.' and '-' "
                           "are needed, the first no '.' or '-'",
                           excerpt(name)));
}

/// Takes over what the URL says; the platform is the URL's.
Status apply_url(std::string_view text, Target& target) {
  TRY(auto url, parse_url(text));
  const auto* platform = find_platform(url.platform);
  if (platform == nullptr) return unknown_platform(url.platform);
  target.platform = platform->name;
  target.driver = platform->driver;
  target.odbc_text = std::move(url.rest);
  if (!url.host.empty()) target.host = std::move(url.host);
  target.port = url.port != 0 ? url.port : platform->port;
  target.database = std::move(url.database);
  if (url.tls) target.tls = *url.tls;
  if (url.verify_tls) target.verify_tls = *url.verify_tls;
  return {};
}

std::string_view without_comments(std::string_view sql) {
  while (true) {
    auto start = sql.find_first_not_of(" \t\r\n(");
    if (start == std::string_view::npos) return {};
    sql.remove_prefix(start);
    std::string_view end = sql.starts_with("--") ? "\n" : sql.starts_with("/*") ? "*/" : "";
    if (end.empty()) return sql;
    auto at = sql.find(end);
    if (at == std::string_view::npos) return {};
    sql.remove_prefix(at + end.size());
  }
}

}  // namespace

std::string Target::name() const {
  bool bare_v6 = host.find(':') != std::string::npos && !host.starts_with('[');
  return fmt::format(fmt::runtime(bare_v6 ? "[{}]:{}" : "{}:{}"), host, port);
}

std::string Target::session_key() const {
  return fmt::format("{}|{}|{}|{}|{:016x}|{}|{}{}|{}|{}|{}|{}", static_cast<int>(driver), host, port, user,
                     stable_hash(std::string_view(password)), database, tls ? 1 : 0, verify_tls ? 1 : 0, ca_file,
                     odbc_driver + odbc_text, timeout.count(), tunnel ? tunnel->key() : "");
}

std::size_t Target::bytes() const {
  return platform.capacity() + host.capacity() + user.capacity() + password.capacity() + database.capacity() +
         ca_file.capacity() + odbc_driver.capacity() + odbc_text.capacity() + (tunnel ? tunnel->bytes() : 0);
}

Result<Target> target_of(const ProbeConfig& config) {
  const auto& block = config.block;
  Target target;
  const auto* platform = find_platform(block.text_or("platform"));
  auto url = block.text_or("url");
  bool has_url = url.size() >= 4 && same_text(url.substr(0, 4), "jdbc");
  if (platform == nullptr && !has_url) return unknown_platform(block.text_or("platform"));
  target.user = block.text_or("username");
  target.password = block.text_or("password");
  target.tls = web::is_true(block.text_or("ssl"));
  target.verify_tls = block.text_or("verifyTls").empty() || web::is_true(block.text_or("verifyTls"));
  target.ca_file = block.text_or("caFile");
  target.odbc_driver = block.text_or("driver");
  target.timeout = timeout_of(block);
  if (has_url) {
    if (auto host = host_of(block)) target.host = std::move(host->name);
    TRY_OK(apply_url(url, target));
  } else {
    target.platform = platform->name;
    target.driver = platform->driver;
    TRY(auto host, host_of(block));
    target.host = std::move(host.name);
    TRY(target.port, port_of(block, platform->port));
    target.database = block.text_or("database");
  }
  if (target.host.empty() && target.odbc_text.empty())
    return Error(ErrorCode::kInvalidArgument, "cannot collect: 'host' is empty");
  TRY_OK(check_database(target));
  for (const auto* text : {&target.host, &target.user, &target.password, &target.ca_file})
    if (text->find('\0') != std::string::npos)
      return Error(ErrorCode::kInvalidArgument, "cannot use a parameter with a NUL in it");
  TRY(target.tunnel, SshTarget::tunnel_of(config));
  if (target.tunnel && target.driver != Driver::kPostgresql && target.driver != Driver::kMysql)
    return Error(
        ErrorCode::kInvalidArgument,
        fmt::format("cannot use an SSH tunnel to {}: only PostgreSQL, MySQL and their kin can be reached by one",
                    target.platform));
  if (target.driver == Driver::kOdbc && target.odbc_driver.empty() && target.odbc_text.empty()) {
    target.odbc_driver = find_platform(target.platform)->odbc_driver;
    if (target.odbc_driver.empty())
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("cannot ask {} without an ODBC driver: 'driver' must be its name in odbcinst.ini",
                               target.platform));
  }
  return target;
}

Result<std::string> reading_statement(std::string_view sql) {
  if (sql.size() > kMaxStatement)
    return Error(ErrorCode::kInvalidArgument, fmt::format("cannot use a statement of {}: at most {} are allowed",
                                                          format_size(sql.size()), format_size(kMaxStatement)));
  while (!sql.empty() && std::string_view(" \t\r\n;").contains(sql.back())) sql.remove_suffix(1);
  auto start = without_comments(sql);
  auto word = start.substr(
      0, std::ranges::find_if_not(start, [](unsigned char c) { return std::isalpha(c) != 0; }) - start.begin());
  constexpr std::string_view kReading[] = {"select", "show", "with", "values", "explain", "describe", "desc", "table"};
  if (std::ranges::none_of(kReading, [&](auto known) { return same_text(known, word); }))
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot run the statement '{}': only those that read are allowed (SELECT, SHOW, WITH, "
                             "VALUES, TABLE, EXPLAIN, DESCRIBE)",
                             excerpt(sql, 60)));
  return std::string(sql);
}

}  // namespace holter::collect::jdbc
