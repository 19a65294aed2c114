#include "collect/protocols/ntp/packet.h"

#include <charconv>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/hex.h"
#include "collect/stream_probe.h"

namespace holter::collect::ntp {
namespace {

constexpr std::size_t kOriginate = 24, kReceive = 32, kTransmit = 40;
constexpr std::int64_t kFrom1900To1970 = 2'208'988'800;

std::uint64_t number_at(std::string_view packet, std::size_t at, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | static_cast<unsigned char>(packet[at + i]);
  return value;
}

/// Since 1970. The era is the one that begins in 1968 (RFC 4330, section 3), which ends in 2104.
nanoseconds time_at(std::string_view packet, std::size_t at) {
  auto whole = static_cast<std::int64_t>(number_at(packet, at, 4));
  if (whole < 0x80000000) whole += 0x100000000;
  auto part = number_at(packet, at + 4, 4) * 1'000'000'000 >> 32;
  return std::chrono::seconds(whole - kFrom1900To1970) + nanoseconds(part);
}

std::string seconds_text(nanoseconds time) {
  return fmt::format("{}.{:09}", time.count() / 1'000'000'000, time.count() % 1'000'000'000);
}

Result<nanoseconds> parse_seconds(std::string_view text) {
  std::int64_t whole = 0, part = 0;
  auto dot = text.find('.');
  auto digits = dot == std::string_view::npos ? std::string_view() : text.substr(dot + 1);
  auto first = text.substr(0, dot);
  auto [end, failure] = std::from_chars(first.data(), first.data() + first.size(), whole);
  bool good = failure == std::errc{} && end == first.data() + first.size() && digits.size() <= 9 && whole >= 0 &&
              whole < 10'000'000'000 / 2;
  if (good && !digits.empty()) {
    std::string padded(digits);
    padded.resize(9, '0');
    auto [part_end, part_failure] = std::from_chars(padded.data(), padded.data() + 9, part);
    good = part_failure == std::errc{} && part_end == padded.data() + 9 && part >= 0;
  }
  if (!good) return Error(ErrorCode::kInvalidArgument, fmt::format("cannot read the seconds '{}'", excerpt(text)));
  return std::chrono::seconds(whole) + nanoseconds(part);
}

std::string ms_text(nanoseconds time) {
  return fmt::format("{:.3f}", static_cast<double>(time.count()) / 1e6);
}

std::string date_text(nanoseconds time) {
  std::chrono::sys_time<nanoseconds> at(time);
  auto day = std::chrono::floor<std::chrono::days>(at);
  std::chrono::year_month_day date(day);
  std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(at - day));
  return fmt::format("{:04}/{:02}/{:02} {:02}:{:02}:{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count());
}

}  // namespace

std::string write_request(std::uint64_t nonce) {
  std::string packet(kPacketBytes, '\0');
  packet[0] = 0x1b;  // no leap warning, version 3, mode 3: client
  for (std::size_t i = 0; i < 8; ++i) packet[kTransmit + i] = static_cast<char>(nonce >> (56 - 8 * i));
  return packet;
}

bool is_answer(std::string_view packet, std::uint64_t nonce) {
  return packet.size() >= kPacketBytes && number_at(packet, kOriginate, 8) == nonce;
}

std::string write_recording(const Exchange& exchange) {
  return fmt::format("sent: {}\nreceived: {}\npacket: {}", seconds_text(exchange.sent), seconds_text(exchange.received),
                     to_hex(exchange.packet));
}

Result<Exchange> parse_recording(std::string_view text) {
  constexpr std::size_t kMost = 1024;
  constexpr std::string_view kPacket = "packet:";
  auto after = [](std::string_view line, std::string_view key) {
    line.remove_prefix(std::min(line.size(), key.size()));
    return line.starts_with(' ') ? line.substr(1) : line;
  };
  Exchange exchange;
  auto sent = next_line(text);
  auto received = next_line(text);
  if (!sent.starts_with("sent:") || !received.starts_with("received:") || !text.starts_with(kPacket))
    return Error(ErrorCode::kInvalidArgument, "cannot read the recording: lines sent, received and packet are needed");
  TRY(exchange.sent, parse_seconds(after(sent, "sent:")));
  TRY(exchange.received, parse_seconds(after(received, "received:")));
  TRY(exchange.packet, from_hex(text.substr(kPacket.size()), kMost));
  return exchange;
}

Result<Values> values_of(const Exchange& exchange) {
  std::string_view packet = exchange.packet;
  if (packet.size() < kPacketBytes)
    return Error(ErrorCode::kProtocolViolation,
                 fmt::format("cannot read an NTP packet of {} bytes: {} are the least", packet.size(), kPacketBytes));
  auto first = static_cast<unsigned char>(packet[0]);
  int mode = first & 7, version = first >> 3 & 7, stratum = static_cast<unsigned char>(packet[1]);
  if (mode != 4)
    return Error(ErrorCode::kProtocolViolation,
                 fmt::format("cannot use an NTP packet of mode {}: 4 is a server's", mode));
  if (stratum == 0)
    return Error(ErrorCode::kProtocolViolation,
                 fmt::format("cannot use the answer: the server sends the code {}", excerpt(packet.substr(12, 4))));
  auto arrived = time_at(packet, kReceive), left = time_at(packet, kTransmit);
  auto offset = ((arrived - exchange.sent) + (left - exchange.received)) / 2;
  auto delay = (exchange.received - exchange.sent) - (left - arrived);
  return Values{{"time", std::to_string(left.count() / 1'000'000)},
                {"date", date_text(left)},
                {"offset", ms_text(offset)},
                {"delay", ms_text(delay)},
                {"version", std::to_string(version)},
                {"mode", std::to_string(mode)},
                {"stratum", std::to_string(stratum)},
                {"leap", std::to_string(first >> 6)},
                {"referenceId", std::to_string(static_cast<std::int32_t>(number_at(packet, 12, 4)))},
                {"precision", std::to_string(static_cast<signed char>(packet[3]))}};
}

}  // namespace holter::collect::ntp
