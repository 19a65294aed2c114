#include <memory>
#include <random>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"
#include "collect/hex.h"
#include "collect/protocols/dns/message.h"
#include "collect/stream_probe.h"

namespace holter::collect {
namespace {

using boost::asio::awaitable;
using model::ResultCode;

constexpr std::string_view kSections[] = {"question", "answer", "authority", "additional"};

class DnsProbe final : public StreamProbe {
 public:
  /// `query` has the id 0. `section` is -1 for the set header.
  DnsProbe(const ProbeConfig& config, StreamTarget target, std::string query, int section, bool tcp)
      : StreamProbe(config, std::move(target)), query_(std::move(query)), section_(section), tcp_(tcp) {}

  std::size_t bytes() const override {
    return StreamProbe::bytes() + sizeof(*this) - sizeof(StreamProbe) + query_.capacity();
  }

  Outcome replay(Attempt& attempt, std::string_view answer) override {
    auto bytes = from_hex(answer, net::Datagrams::kMostBytes);
    if (!bytes) return {ResultCode::kFail, bytes.error().message()};
    return add_row(attempt, *bytes, 0);
  }

 private:
  awaitable<Outcome> run(Attempt& attempt) override {
    std::random_device random;
    auto query = query_;
    query[0] = static_cast<char>(random());
    query[1] = static_cast<char>(random());
    // For the longest answer, and what is made of it, which is a few times as long.
    auto charged = attempt.reserve(tcp_ ? 256 * 1024 : 16 * 1024);
    if (!charged) co_return outcome_of(charged.error());
    auto answer = tcp_ ? co_await over_tcp(&attempt, &query) : co_await over_udp(&attempt, &query);
    if (answer && !tcp_ && answer->size() > 2 && (static_cast<unsigned char>((*answer)[2]) & 2) != 0) {
      attempt.step("the answer was cut: asked again over TCP");
      if (!charged->resize(256 * 1024))
        co_return Outcome{ResultCode::kUnavailable, "cannot read a long answer: no memory on the account"};
      answer = co_await over_tcp(&attempt, &query);
    }
    if (!answer) co_return unconnectable(answer.error());
    auto time_ms = elapsed_ms(attempt);
    attempt.note_held(kRunningBytes + charged->bytes());
    if (attempt.traced()) {
      attempt.step(fmt::format("{} bytes came", answer->size()));
      attempt.note_answer(to_hex(*answer));
    }
    co_return add_row(attempt, *answer, time_ms);
  }

  /// An answer repeats the id and the question.
  static bool answers(std::string_view answer, std::string_view query) {
    constexpr std::size_t kHeader = 12;
    if (answer.size() < kHeader || answer.substr(0, 2) != query.substr(0, 2)) return false;
    if ((static_cast<unsigned char>(answer[2]) & 0x80) == 0) return false;
    bool repeats = answer[4] != 0 || answer[5] != 0;  // some servers leave it out when they refuse
    return !repeats || same_text(answer.substr(kHeader, query.size() - kHeader), query.substr(kHeader));
  }

  awaitable<Result<std::string>> over_udp(Attempt* attempt, const std::string* query) const {
    CO_TRY(auto socket, co_await open_datagrams(attempt, &target_));
    CO_TRY_OK(co_await socket.send(*query, attempt->deadline()));
    if (attempt->traced()) attempt->step(fmt::format("asked {} over UDP", socket.peer()));
    std::string buffer(4096, '\0');
    while (true) {
      CO_TRY(auto got, co_await socket.receive(buffer.data(), buffer.size(), attempt->deadline()));
      if (answers(got, *query)) co_return std::string(got);
    }
  }

  awaitable<Result<std::string>> over_tcp(Attempt* attempt, const std::string* query) const {
    CO_TRY(auto stream, co_await open_stream(attempt, &target_));
    auto framed = fmt::format("{}{}", static_cast<char>(query->size() >> 8), static_cast<char>(query->size() & 255));
    framed += *query;
    CO_TRY_OK(co_await stream->write(framed, attempt->deadline(), "send the question to"));
    CO_TRY(auto head, co_await stream->read_exact(2, attempt->deadline(), "read the answer of"));
    auto length = std::size_t{static_cast<unsigned char>(head[0])} << 8 | static_cast<unsigned char>(head[1]);
    CO_TRY(auto answer, co_await stream->read_exact(length, attempt->deadline(), "read the answer of"));
    if (!answers(answer, *query))
      co_return Error(ErrorCode::kProtocolViolation,
                      fmt::format("cannot use what {} sent: it is no answer to the question", stream->peer()));
    co_return std::string(answer);
  }

  Outcome add_row(Attempt& attempt, std::string_view bytes, double time_ms) const {
    auto message = dns::parse_message(bytes);
    if (!message) return {ResultCode::kFail, message.error().message()};
    if (section_ >= 0) return add_section(attempt, message->sections[section_]);
    std::pair<std::string_view, std::string> values[] = {{"opcode", message->opcode},
                                                         {"status", message->status},
                                                         {"flags", message->flags},
                                                         {"questionRowCount", std::to_string(message->counts[0])},
                                                         {"answerRowCount", std::to_string(message->counts[1])},
                                                         {"authorityRowCount", std::to_string(message->counts[2])},
                                                         {"additionalRowCount", std::to_string(message->counts[3])}};
    return add_text_row(attempt, aliases_, time_ms, [&](std::string_view alias) -> std::optional<std::string_view> {
      for (const auto& [key, value] : values)
        if (key == alias) return value;
      return std::nullopt;
    });
  }

  /// Aliases go by their place: the nth has the nth set of records.
  Outcome add_section(Attempt& attempt, const std::vector<dns::RecordSet>& sets) const {
    auto& table = attempt.table();
    if (!table.add_row()) return table_is_full();
    for (std::size_t i = 0; i < std::min(sets.size(), aliases_.size()); ++i)
      if (!table.set(i, dns::text_of(sets[i]))) return table_is_full();
    return {};
  }

  static Outcome unconnectable(const Error& error) {
    auto outcome = outcome_of(error);
    if (error.code() == ErrorCode::kNotFound) outcome.code = ResultCode::kUnconnectable;
    return outcome;
  }

  const std::string query_;
  const int section_;
  const bool tcp_;
};

Result<std::unique_ptr<Probe>> compile(const ProbeConfig& config) {
  const auto& block = config.block;
  auto named = block;
  for (auto& key : named.keys)
    if (key == "dnsServerIP") key = "host";
  TRY(auto target, StreamTarget::of(named, 53));
  int section = -1;
  for (int i = 0; i < 4; ++i)
    if (same_text(config.set, kSections[i])) section = i;
  if (section < 0 && !same_text(config.set, "header"))
    return Error(
        ErrorCode::kInvalidArgument,
        fmt::format("cannot collect the set '{}': the protocol dns has header, question, answer, authority and "
                    "additional",
                    excerpt(config.set)));
  auto or_default = [&block](std::string_view key, std::string_view otherwise) {
    auto text = block.text_or(key);
    return text.empty() ? otherwise : text;
  };
  TRY(auto type, dns::type_of(or_default("recordType", "A")));
  TRY(auto cls, dns::class_of(or_default("queryClass", "IN")));
  if (block.text_or("address").empty())
    return Error(ErrorCode::kInvalidArgument, "cannot collect: 'address', the name to ask for, is empty");
  TRY(auto query, dns::write_query(0, block.text_or("address"), type, cls));
  return std::make_unique<DnsProbe>(config, std::move(target), std::move(query), section, flag_of(block, "tcp", false));
}

constexpr KeyInfo kKeys[] = {{"dnsServerIP", true, "name server: name or address"},
                             {"port", false, "default 53"},
                             {"address", true, "name to ask for, taken as absolute"},
                             {"timeout", false, "ms; default 6000"},
                             {"tcp", false, "true: TCP; else UDP, and TCP for an answer that does not fit"},
                             {"queryClass", false, "IN, CH, HS, ANY or CLASS<n>; default IN"},
                             {"recordType", false, "A, AAAA, MX, NS, SRV, TXT, ANY, TYPE<n>, ...; default A"}};

}  // namespace

const PluginInfo& dns_plugin() {
  static constexpr PluginInfo kInfo{.name = "dns", .block = "dns", .keys = kKeys, .compile = compile};
  return kInfo;
}

}  // namespace holter::collect
