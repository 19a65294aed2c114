#include "collect/protocols/ssl_cert/chain.h"

#include <charconv>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/stream_probe.h"

namespace holter::collect::ssl_cert {
namespace {

using std::chrono::sys_seconds;
constexpr std::size_t kMostCertificates = 16;

std::string time_text(sys_seconds time) {
  auto text = format_time(time);  // ends in ".000Z"
  auto dot = text.rfind('.');
  return text.substr(0, dot) + "Z";
}

Result<sys_seconds> parse_time(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00Z";
  bool fits = text.size() == kForm.size();
  for (std::size_t i = 0; fits && i < text.size(); ++i)
    fits = kForm[i] == '0' ? text[i] >= '0' && text[i] <= '9' : text[i] == kForm[i];
  if (!fits)
    return Error(ErrorCode::kProtocolViolation,
                 fmt::format("cannot read the time '{}': a form like 2026-01-31T12:00:00Z is needed", excerpt(text)));
  auto part = [text](std::size_t at, std::size_t size) {
    int value = 0;
    std::from_chars(text.data() + at, text.data() + at + size, value);
    return value;
  };
  std::chrono::year_month_day date{std::chrono::year(part(0, 4)), std::chrono::month(static_cast<unsigned>(part(5, 2))),
                                   std::chrono::day(static_cast<unsigned>(part(8, 2)))};
  if (!date.ok())
    return Error(ErrorCode::kProtocolViolation, fmt::format("cannot read the time '{}': no such day", excerpt(text)));
  return std::chrono::sys_days(date) + std::chrono::hours(part(11, 2)) + std::chrono::minutes(part(14, 2)) +
         std::chrono::seconds(part(17, 2));
}

Status read_line_into(Chain& chain, std::string_view key, std::string_view value, bool& in_certificate) {
  if (key == "now") {
    TRY(chain.now, parse_time(value));
    return {};
  }
  if (!in_certificate) {
    if (chain.certificates.size() == kMostCertificates)
      return Error(ErrorCode::kTooLarge, fmt::format("cannot read more than {} certificates", kMostCertificates));
    chain.certificates.emplace_back();
    in_certificate = true;
  }
  auto& certificate = chain.certificates.back();
  if (key == "not_before") {
    TRY(certificate.not_before, parse_time(value));
  } else if (key == "not_after") {
    TRY(certificate.not_after, parse_time(value));
  } else if (key == "subject") {
    certificate.subject = value;
  } else if (key == "issuer") {
    certificate.issuer = value;
  } else if (key == "serial") {
    certificate.serial = value;
  } else if (key == "names") {
    certificate.names = value;
  } else {
    return Error(ErrorCode::kProtocolViolation, fmt::format("cannot read the key '{}'", excerpt(key)));
  }
  return {};
}

}  // namespace

std::string write_chain(const Chain& chain) {
  auto text = fmt::format("now: {}\n", time_text(chain.now));
  for (const auto& each : chain.certificates)
    text +=
        fmt::format("subject: {}\nissuer: {}\nserial: {}\nnames: {}\nnot_before: {}\nnot_after: {}\n\n", each.subject,
                    each.issuer, each.serial, each.names, time_text(each.not_before), time_text(each.not_after));
  return text;
}

Result<Chain> parse_chain(std::string_view text) {
  Chain chain;
  bool in_certificate = false;
  while (!text.empty()) {
    auto line = next_line(text);
    if (line.empty()) {
      in_certificate = false;
      continue;
    }
    auto colon = line.find(':');
    if (colon == std::string_view::npos)
      return Error(ErrorCode::kProtocolViolation, fmt::format("cannot read the line '{}': no colon", excerpt(line)));
    auto value = line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    TRY_OK(read_line_into(chain, line.substr(0, colon), value, in_certificate));
  }
  return chain;
}

std::vector<std::pair<std::string_view, std::string>> values_of(const net::PeerCertificate& certificate,
                                                                sys_seconds now) {
  auto ms = [](sys_seconds time) { return std::to_string(time.time_since_epoch().count() * 1000); };
  auto left = std::chrono::floor<std::chrono::days>(certificate.not_after - now).count();
  bool expired = now < certificate.not_before || now > certificate.not_after;
  return {{"subject", certificate.subject},
          {"issuer", certificate.issuer},
          {"serial", certificate.serial},
          {"names", certificate.names},
          {"expired", expired ? "true" : "false"},
          {"days_left", std::to_string(left)},
          {"start_time", time_text(certificate.not_before)},
          {"end_time", time_text(certificate.not_after)},
          {"start_timestamp", ms(certificate.not_before)},
          {"end_timestamp", ms(certificate.not_after)}};
}

}  // namespace holter::collect::ssl_cert
