#include "collect/protocols/snmp/target.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"
#include "collect/stream_probe.h"

namespace holter::collect::snmp {
namespace {

using net::UsmAuth;
using net::UsmPrivacy;

/// "SHA-256", "sha256": letters and digits only, in lower case.
std::string bare(std::string_view text) {
  std::string out;
  for (char c : text)
    if (c != '-' && c != '_' && c != ' ') out += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return out;
}
bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}
Error no_such(std::string_view key, std::string_view text, std::string_view names) {
  return {ErrorCode::kInvalidArgument, fmt::format("cannot use '{}' as {}: it must be {}", excerpt(text), key, names)};
}

Result<UsmAuth> auth_of(const model::Node& block) {
  auto text = block.text_or("authPasswordEncryption");
  static constexpr std::pair<std::string_view, UsmAuth> kNames[] = {
      {"", UsmAuth::kMd5},          {"md5", UsmAuth::kMd5},       {"1", UsmAuth::kSha1},
      {"sha", UsmAuth::kSha1},      {"sha1", UsmAuth::kSha1},     {"sha224", UsmAuth::kSha224},
      {"sha256", UsmAuth::kSha256}, {"sha384", UsmAuth::kSha384}, {"sha512", UsmAuth::kSha512}};
  auto found = std::ranges::find(kNames, bare(text), [](const auto& name) { return std::string(name.first); });
  if (found != std::end(kNames)) return found->second;
  if (is_number(text)) return UsmAuth::kMd5;
  return no_such("authPasswordEncryption", text, "0 (MD5), 1 (SHA), MD5, SHA, SHA-224, SHA-256, SHA-384 or SHA-512");
}

Result<UsmPrivacy> privacy_of(const model::Node& block) {
  auto text = block.text_or("privPasswordEncryption");
  static constexpr std::pair<std::string_view, UsmPrivacy> kNames[] = {{"", UsmPrivacy::kDes},
                                                                       {"des", UsmPrivacy::kDes},
                                                                       {"1", UsmPrivacy::kAes128},
                                                                       {"aes", UsmPrivacy::kAes128},
                                                                       {"aes128", UsmPrivacy::kAes128},
                                                                       {"aes192", UsmPrivacy::kAes192},
                                                                       {"aes256", UsmPrivacy::kAes256},
                                                                       {"aes192c", UsmPrivacy::kAes192Cisco},
                                                                       {"aes256c", UsmPrivacy::kAes256Cisco}};
  auto found = std::ranges::find(kNames, bare(text), [](const auto& name) { return std::string(name.first); });
  if (found != std::end(kNames)) return found->second;
  if (is_number(text)) return UsmPrivacy::kDes;
  return no_such("privPasswordEncryption", text,
                 "0 (DES), 1 (AES), DES, AES, AES-192, AES-256, AES-192-C or AES-256-C");
}

Result<net::SnmpCredentials> credentials_of(const model::Node& block) {
  net::SnmpCredentials credentials;
  auto version = block.text_or("version");
  if (version == "0" || same_text(version, "v1")) credentials.version = net::SnmpVersion::kV1;
  if (version == "3" || same_text(version, "v3")) credentials.version = net::SnmpVersion::kV3;
  if (credentials.version != net::SnmpVersion::kV3) {
    credentials.community = std::string(block.text_or("community", "public"));
    return credentials;
  }
  auto& user = credentials.user;
  user.name = std::string(block.text_or("username"));
  user.context = std::string(block.text_or("contextName"));
  user.auth_passphrase = std::string(block.text_or("authPassphrase"));
  user.privacy_passphrase = std::string(block.text_or("privPassphrase"));
  if (user.name.empty() || user.name.size() > 32 || user.context.size() > 255)  // RFC 3414 and RFC 3415
    return Error(ErrorCode::kInvalidArgument,
                 "cannot use SNMPv3: a username of 1 to 32 bytes is needed, and a contextName of at most 255");
  if (!user.auth_passphrase.empty()) {
    TRY(user.auth, auth_of(block));
  }
  if (!user.privacy_passphrase.empty()) {
    if (user.auth_passphrase.empty())
      return Error(ErrorCode::kInvalidArgument, "cannot use SNMPv3: privPassphrase needs authPassphrase, too");
    TRY(user.privacy, privacy_of(block));
  }
  credentials.finish();
  return credentials;
}

/// "1.3.6.1.2.1.1.3.0", perhaps followed by "as number" or "as hex".
Result<Target::Column> column_of(std::string_view alias, std::string_view text) {
  Target::Column column;
  auto blank = text.find(' ');
  auto oid = net::parse_oid(text.substr(0, blank));
  if (!oid) return std::move(oid).error().with_context(fmt::format("cannot use oids: {}", excerpt(alias)));
  column.oid = std::move(*oid);
  if (blank == std::string_view::npos) return column;
  auto form = text.substr(blank + 1);
  if (form == "as number")
    column.form = Form::kNumber;
  else if (form == "as hex")
    column.form = Form::kHex;
  else
    return no_such("form of an OID", form, "'as number' or 'as hex'");
  return column;
}

}  // namespace

Result<Target> Target::of(const ProbeConfig& config) {
  const auto& block = config.block;
  Target target;
  TRY(auto host, host_of(block));
  TRY(target.port, port_of(block, 161));
  target.text = host_and_port(host.name, target.port);
  target.host = std::move(host.name);
  target.timeout = timeout_of(block);
  TRY(target.credentials, credentials_of(block));
  auto operation = block.text_or("operation", "get");
  target.walk = same_text(operation, "walk");
  if (!target.walk && !same_text(operation, "get")) return no_such("operation", operation, "get or walk");
  if (auto most = block.text_or("maxRepetitions"); !most.empty()) {
    auto [end, failure] = std::from_chars(most.data(), most.data() + most.size(), target.most_repetitions);
    if (failure != std::errc() || end != most.data() + most.size() || target.most_repetitions < 1 ||
        target.most_repetitions > 1000)
      return no_such("maxRepetitions", most, "a number of 1 to 1000");
  }
  const auto* oids = block.find("oids");
  if (oids == nullptr || oids->kind != model::Node::Kind::kMap)
    return Error(ErrorCode::kInvalidArgument, "cannot collect: oids, a map of aliases and OIDs, is needed");
  for (const auto& alias : config.aliases) {
    const auto* oid = oids->find(alias);
    if (oid == nullptr) {
      target.aliases.push_back(same_text(alias, "responseTime") ? kResponseTime : alias == "index" ? kIndex : kNothing);
      continue;
    }
    TRY(auto column, column_of(alias, oid->text));
    target.aliases.push_back(static_cast<int>(target.columns.size()));
    target.columns.push_back(std::move(column));
  }
  if (target.columns.empty())
    return Error(ErrorCode::kInvalidArgument, "cannot collect: oids names none of the set's aliases");
  if (target.columns.size() > kMostColumns)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot collect: {} OIDs; a set may have {}", target.columns.size(), kMostColumns));
  return target;
}

std::size_t Target::bytes() const {
  const auto& user = credentials.user;
  auto total = host.capacity() + text.capacity() + credentials.community.capacity() +
               credentials.fingerprint.capacity() + user.name.capacity() + user.auth_passphrase.capacity() +
               user.privacy_passphrase.capacity() + user.context.capacity() + aliases.capacity() * sizeof(int) +
               columns.capacity() * sizeof(Column);
  for (const auto& column : columns) total += column.oid.capacity() * sizeof(std::uint32_t);
  return total;
}

}  // namespace holter::collect::snmp
