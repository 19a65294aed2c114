#include "define/config_values.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ip_block.h"
#include "base/proc_file.h"
#include "base/units.h"
#include "base/utf8.h"
#include "base/web_url.h"

namespace holter::define {
namespace {

/// More than any machine has; a ledger counts up to 2^56.
constexpr std::uint64_t kMostBudget = 16ULL << 40;

Error invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

Status set_path(std::string& place, const std::string& text) {
  if (text.empty()) return invalid("cannot use an empty path");
  place = text;
  return {};
}

Status set_connection(std::string& place, const std::string& text) {
  if (text.empty()) return invalid("cannot use an empty connection string: leave the key out for SQLite");
  place = text;
  return {};
}

Result<SecretFile> read_secret_file(const std::string& path) {
  auto refuse = [&](std::string_view why) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("cannot take a secret from {}: {}", path, why));
  };
  auto failed = [&] { return Error(ErrorCode::kIo, fmt::format("cannot read {}: {}", path, std::strerror(errno))); };
  Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // a pipe in its place is not waited for
  if (!fd) return failed();
  struct stat about{};
  if (::fstat(fd.get(), &about) != 0 || !S_ISREG(about.st_mode)) return refuse("it is no regular file");
  SecretFile secret{.text = std::string(kMostSecretBytes + 3, '\0'), .readable = (about.st_mode & S_IROTH) != 0};
  std::size_t size = 0;
  while (size < secret.text.size()) {
    auto n = ::read(fd.get(), secret.text.data() + size, secret.text.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed();
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  secret.text.resize(size);
  if (secret.text.ends_with('\n')) secret.text.pop_back();
  if (secret.text.ends_with('\r')) secret.text.pop_back();
  if (secret.text.size() > kMostSecretBytes) return refuse(fmt::format("it has more than {} bytes", kMostSecretBytes));
  if (secret.text.empty()) return refuse("it is empty");
  if (secret.text.find('\0') != std::string::npos) return refuse("there is a NUL in it");
  return secret;
}

Status set_paths(std::vector<std::string>& places, const std::string& text) {
  std::vector<std::string> paths;
  for (std::size_t at = 0; at <= text.size();) {
    auto end = std::min(text.find(',', at), text.size());
    TRY_OK(set_path(paths.emplace_back(), std::string(trimmed(std::string_view(text).substr(at, end - at)))));
    at = end + 1;
  }
  places = std::move(paths);
  return {};
}

std::uint64_t parse_number(const std::string& text, std::uint64_t least, std::uint64_t most, Status& status) {
  std::uint64_t value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || value < least || value > most)
    status = invalid(fmt::format("cannot use '{}': a number from {} to {} is needed", excerpt(text), least, most));
  return value;
}

Status set_size(std::uint64_t& place, const std::string& text, std::uint64_t least) {
  TRY(auto size, parse_size(text));
  if (size < least)
    return invalid(fmt::format("cannot use '{}': at least {} is needed", excerpt(text), format_size(least)));
  place = size;
  return {};
}

Status set_duration(std::chrono::milliseconds& place, const std::string& text, std::chrono::milliseconds least) {
  TRY(auto value, parse_duration(text));
  if (value < least)
    return invalid(fmt::format("cannot use '{}': at least {} is needed", excerpt(text), format_duration(least)));
  place = value;
  return {};
}

Status set_log_format(std::string& place, const std::string& text) {
  constexpr std::string_view kFormats[] = {"text", "logfmt", "json"};
  if (std::ranges::find(kFormats, text) == std::end(kFormats))
    return invalid(fmt::format("cannot use '{}': text, logfmt or json is needed", excerpt(text)));
  place = text;
  return {};
}

Status set_log_level(std::string& place, const std::string& text) {
  constexpr std::string_view kLevels[] = {"debug", "info", "warning", "error"};
  if (std::ranges::find(kLevels, text) == std::end(kLevels))
    return invalid(fmt::format("cannot use '{}': debug, info, warning or error is needed", excerpt(text)));
  place = text;
  return {};
}

Status set_host_keys(std::string& place, const std::string& text) {
  if (text != "accept-new" && text != "strict" && text != "off")
    return invalid(fmt::format("cannot use '{}': accept-new, strict or off is needed", excerpt(text)));
  place = text;
  return {};
}

Status set_listen(std::string& place, const std::string& text) {
  auto colon = text.rfind(':');
  auto address = std::string_view(text).substr(0, colon);
  bool bracketed = address.size() > 2 && address.front() == '[' && address.back() == ']';
  std::uint16_t port = 0;
  if (colon == std::string::npos || address.empty() || (address.find(':') != std::string::npos && !bracketed) ||
      !set_number(port, text.substr(colon + 1), 0, 65'535))
    return invalid(fmt::format("cannot listen on '{}': address and port are needed, e.g. 127.0.0.1:2157 or [::1]:2157",
                               excerpt(text)));
  place = text;
  return {};
}

Status set_url(std::string& place, const std::string& text) {
  if (auto origin = parse_web_origin(text); !origin) return std::move(origin).error();
  place = text;
  return {};
}

Status set_issuer(std::string& place, const std::string& text) {
  TRY_OK(check_web_url(text));
  if (text.contains('?'))
    return invalid(fmt::format("cannot use the issuer '{}': it has a query ('?')", excerpt(text)));
  place = text;
  return {};
}

Status set_base_url(std::string& place, const std::string& text) {
  auto refuse = [&](std::string_view why) { return invalid(fmt::format("cannot use '{}': {}", excerpt(text), why)); };
  std::string_view rest = text;
  if (rest.starts_with("https://"))
    rest.remove_prefix(8);
  else if (rest.starts_with("http://"))
    rest.remove_prefix(7);
  else
    return refuse("http:// or https:// is needed");
  if (text.size() > 1000) return refuse("at most 1000 bytes are possible");
  if (rest.empty() || rest.starts_with('/')) return refuse("a host is needed");
  if (rest.find_first_of("?#@") != std::string_view::npos)
    return refuse("it has a user, a query or a fragment ('@', '?', '#')");
  if (!std::ranges::all_of(rest, [](unsigned char c) { return c > 0x20 && c < 0x7f; }))
    return refuse("it has other bytes than printable ASCII");
  place = text;
  while (place.ends_with('/')) place.pop_back();
  return {};
}

Status set_secret(std::string& place, const std::string& text) {
  constexpr std::size_t kMost = 1000;
  if (text.empty() || text.size() > kMost)
    return invalid(fmt::format("cannot use a secret of {} bytes: 1 to {} are needed", text.size(), kMost));
  place = text;
  return {};
}

Status set_token(std::string& place, const std::string& text) {
  if (!std::ranges::all_of(text, [](unsigned char c) { return c > 0x20 && c < 0x7f; }))
    return invalid("cannot use a token with other bytes than printable ASCII");
  return set_secret(place, text);
}

Status set_line(std::string& place, const std::string& text, std::size_t most) {
  std::string scratch;
  bool clean = as_utf8(text, scratch).data() == text.data() &&
               std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (text.empty() || text.size() > most || !clean)
    return invalid(fmt::format("cannot use '{}': one line of 1 to {} bytes is needed", excerpt(text), most));
  place = text;
  return {};
}

Status set_scopes(std::string& place, const std::string& text) {
  std::string line;
  TRY_OK(set_line(line, text, 500));
  auto padded = " " + text + " ";
  // scope-token: printable ASCII without blank, '"' and '\\'.
  bool clean = std::ranges::all_of(text, [](unsigned char c) { return c < 0x7f && c != '"' && c != '\\'; });
  if (!clean || padded.contains("  ") || !padded.contains(" openid "))
    return invalid(
        fmt::format("cannot use the scopes '{}': openid and others, with single blanks between", excerpt(text)));
  place = std::move(line);
  return {};
}

Status set_word(std::string& place, const std::string& text, std::initializer_list<std::string_view> words) {
  if (std::ranges::find(words, text) == words.end())
    return invalid(fmt::format("cannot use '{}': {} is needed", excerpt(text), fmt::join(words, " or ")));
  place = text;
  return {};
}

Status set_switch(bool& place, const std::string& text) {
  bool on = text == "on" || text == "true";
  if (!on && text != "off" && text != "false")
    return invalid(fmt::format("cannot use '{}': on or off is needed", excerpt(text)));
  place = on;
  return {};
}

Status set_percent(double& place, const std::string& text, double least, double most) {
  std::string_view digits = trimmed(text);
  if (digits.ends_with('%')) digits = trimmed(digits.substr(0, digits.size() - 1));
  // from_chars would take "1e1", "inf" and "-1", too.
  bool plain = !digits.empty() && digits.find_first_not_of("0123456789.") == std::string_view::npos;
  double value = 0;
  auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (!plain || failure != std::errc{} || end != digits.data() + digits.size() || value < least || value > most)
    return invalid(fmt::format("cannot use '{}': a percentage from {}% to {}% is needed", excerpt(text), least, most));
  place = value / 100;
  return {};
}

Status set_budget(Config::Memory& memory, const std::string& text) {
  if (trimmed(text).ends_with('%')) {
    double share = 0;
    if (!set_percent(share, text, 1, 100))
      return invalid(fmt::format("cannot use '{}': a share of the machine's or container's memory is from 1% to 100%",
                                 excerpt(text)));
    memory.budget = 0;
    memory.budget_share = share;
    return {};
  }
  auto size = parse_size(text);
  if (!size) return invalid(size.error().message() + "; or give a share of the machine's memory, e.g. 50%");
  if (*size == 0)
    return invalid(fmt::format(
        "cannot use '{}': a budget above zero is needed; leave memory.budget out for the default", excerpt(text)));
  if (*size > kMostBudget)
    return invalid(fmt::format("cannot use '{}': at most {} is possible", excerpt(text), format_size(kMostBudget)));
  memory.budget = *size;
  memory.budget_share = 0;
  return {};
}

Status set_blocks(std::vector<std::string>& place, const std::string& text, bool usual) {
  std::vector<std::string> blocks;
  for (std::string_view rest = text; trimmed(text) != "none";) {
    auto comma = rest.find(',');
    auto block = trimmed(rest.substr(0, comma));
    if (!usual || block != "default") TRY_OK(parse_ip_block(block));
    blocks.emplace_back(block);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  place = std::move(blocks);
  return {};
}

Status set_actions(std::vector<std::string>& place, const std::string& text) {
  std::vector<std::string> actions;
  for (std::string_view rest = text; trimmed(text) != "none";) {
    auto comma = rest.find(',');
    auto name = trimmed(rest.substr(0, comma));
    if (std::ranges::find(kMemoryActions, name) == kMemoryActions.end()) {
      auto near = nearest_in(name, kMemoryActions);
      return invalid(fmt::format("cannot use the action '{}': {}known are {}, or none", excerpt(name),
                                 near.empty() ? "" : fmt::format("did you mean {}? ", near),
                                 fmt::join(kMemoryActions, ", ")));
    }
    if (std::ranges::find(actions, name) != actions.end())
      return invalid(fmt::format("cannot use the action '{}' twice at one level", name));
    actions.emplace_back(name);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  place = std::move(actions);
  return {};
}

}  // namespace holter::define
