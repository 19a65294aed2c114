#include "collect/stream_probe.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"
#include "net/resolver.h"

namespace holter::collect {
namespace {

using boost::asio::awaitable;

/// What TLS sessions of a shard share.
struct SharedTls final : ShardObject {
  void shrink() override { contexts.clear(); }
  net::TlsContexts contexts;
};

}  // namespace

std::string host_and_port(std::string_view host, std::uint16_t port) {
  bool bare_v6 = host.find(':') != std::string_view::npos && !host.starts_with('[');
  return fmt::format(fmt::runtime(bare_v6 ? "[{}]:{}" : "{}:{}"), host, port);
}

std::size_t bytes_of_texts(const std::vector<std::string>& texts) {
  auto total = sizeof(texts);
  for (const auto& text : texts) total += sizeof(text) + text.capacity();
  return total;
}

bool flag_of(const model::Node& block, std::string_view key, bool otherwise) {
  auto text = block.text_or(key);
  if (text.empty()) return otherwise;
  return otherwise ? !same_text(text, "false") : same_text(text, "true");
}

Result<bool> start_tls_of(const model::Node& block) {
  bool wanted = flag_of(block, "startTls", false);
  if (wanted && flag_of(block, "ssl", false))
    return Error(ErrorCode::kInvalidArgument, "cannot collect: ssl and startTls exclude each other");
  return wanted;
}

Result<StreamTarget> StreamTarget::of(const model::Node& block, std::uint16_t port, std::uint16_t tls_port) {
  TRY(auto host, host_of(block));
  bool tls = flag_of(block, "ssl", false);
  TRY(auto number, port_of(block, tls && tls_port != 0 ? tls_port : port));
  StreamTarget target{.host = host.name,
                      .port = number,
                      .text = host_and_port(host.name, number),
                      .timeout = timeout_of(block),
                      .tls = tls,
                      .tls_options = {.verify = flag_of(block, "verifyTls", true),
                                      .server_name = host.name,
                                      .ca_file = std::string(block.text_or("caFile")),
                                      .certificate_file = std::string(block.text_or("certificateFile")),
                                      .key_file = std::string(block.text_or("keyFile"))}};
  if (target.tls_options.certificate_file.empty() != target.tls_options.key_file.empty())
    return Error(ErrorCode::kInvalidArgument, "cannot collect: certificateFile and keyFile are needed together");
  return target;
}

std::size_t StreamTarget::bytes() const {
  return host.capacity() + text.capacity() + tls_options.server_name.capacity() + tls_options.ca_file.capacity() +
         tls_options.certificate_file.capacity() + tls_options.key_file.capacity() + tls_options.ca_text.capacity() +
         tls_options.certificate_text.capacity() + tls_options.key_text.capacity();
}

StreamTarget StreamTarget::at(std::string other, std::uint16_t other_port) const {
  auto target = *this;
  target.tls_options.server_name = other;
  target.text = host_and_port(other, other_port);
  target.host = std::move(other);
  target.port = other_port;
  return target;
}

awaitable<Status> start_tls(Attempt* attempt, net::Stream* stream, const StreamTarget* target, MonoTime deadline) {
  auto& shared = attempt->services().objects.get<SharedTls>([] { return std::make_unique<SharedTls>(); });
  CO_TRY(auto context, shared.contexts.get(target->tls_options));
  CO_TRY_OK(co_await stream->start_tls(std::move(context), target->tls_options, deadline));
  if (attempt->traced())
    attempt->step(fmt::format("TLS: {}{}", stream->tls_version(),
                              target->tls_options.verify ? "" : ", the certificate was not verified"));
  co_return Status{};
}

awaitable<Result<std::unique_ptr<net::Stream>>> open_stream(Attempt* attempt, const StreamTarget* target,
                                                            MonoTime deadline) {
  const auto& services = attempt->services();
  CO_TRY(auto addresses, co_await services.resolver.resolve(target->host, target->port, deadline));
  if (attempt->traced()) attempt->step(fmt::format("resolved {} to {}", target->host, addresses.front().to_string()));
  CO_TRY(auto charged, attempt->reserve(net::Stream::bytes_of(target->tls)));
  CO_TRY(auto stream, co_await net::Stream::connect(services.executor, std::move(addresses), target->port,
                                                    std::move(charged), deadline));
  if (attempt->traced())
    attempt->step(fmt::format("connected to {} after {:.3f} ms", stream->peer(),
                              static_cast<double>(stream->connect_time().count()) / 1e6));
  if (target->tls) CO_TRY_OK(co_await start_tls(attempt, stream.get(), target, deadline));
  attempt->note_held(CoroProbe::kRunningBytes + stream->charged_bytes());
  co_return stream;
}

awaitable<Result<net::Datagrams>> open_datagrams(Attempt* attempt, const StreamTarget* target) {
  const auto& services = attempt->services();
  CO_TRY(auto addresses, co_await services.resolver.resolve(target->host, target->port, attempt->deadline()));
  if (attempt->traced()) attempt->step(fmt::format("resolved {} to {}", target->host, addresses.front().to_string()));
  co_return net::Datagrams::open(services.executor, addresses.front(), target->port);
}

double elapsed_ms(const Attempt& attempt) {
  return static_cast<double>((attempt.services().clock.mono() - attempt.started()).count()) / 1e6;
}

Outcome table_is_full() {
  return {model::ResultCode::kUnavailable, "cannot keep the result: the memory account for rounds is full"};
}

Outcome add_text_row(Attempt& attempt, const std::vector<std::string>& aliases, std::optional<double> time_ms,
                     const FindText& find) {
  auto& table = attempt.table();
  if (!table.add_row()) return table_is_full();
  for (std::size_t i = 0; i < aliases.size(); ++i) {
    if (time_ms && same_text(aliases[i], "responseTime"))
      table.set(i, *time_ms);
    else if (auto text = find(aliases[i]); text && !table.set(i, *text))
      return table_is_full();
  }
  return {};
}

LineTalk::LineTalk(Attempt* attempt, net::Stream* stream)
    : attempt_(attempt), stream_(stream), heard_(attempt->services().answers, kMostHeard, attempt->reserve_account()) {}

awaitable<Status> LineTalk::send(std::string line, std::string_view what) {
  line += "\r\n";
  CO_TRY_OK(co_await stream_->write(line, attempt_->deadline(), what));
  co_return Status{};
}

awaitable<Result<std::string>> LineTalk::line(std::string_view what) {
  CO_TRY(auto view, co_await stream_->read_line(kMostLine, attempt_->deadline(), what));
  std::string line(view);
  if (heard_.size() + line.size() + 2 > kMostHeard)
    co_return Error(ErrorCode::kTooLarge, fmt::format("cannot {} {}: more than {} came in all", what, stream_->peer(),
                                                      format_size(kMostHeard)));
  CO_TRY_OK(heard_.append(line));
  CO_TRY_OK(heard_.append("\r\n"));
  co_return line;
}

awaitable<Result<LineTalk::Reply>> LineTalk::reply(std::string_view what) {
  auto digit = [](char c) { return c >= '0' && c <= '9'; };
  std::string first;
  while (true) {
    CO_TRY(auto text, co_await line(what));
    bool numbered = text.size() >= 3 && digit(text[0]) && digit(text[1]) && digit(text[2]) &&
                    (text.size() == 3 || text[3] == ' ' || text[3] == '-');
    if (first.empty()) {
      if (!numbered)
        co_return Error(ErrorCode::kProtocolViolation, fmt::format("cannot {} {}: no code of three digits in '{}'",
                                                                   what, stream_->peer(), excerpt(text)));
      first = text.substr(0, 3);
    }
    // FTP lets lines between the first and the last look like anything.
    bool last = numbered && text.compare(0, 3, first) == 0 && (text.size() == 3 || text[3] == ' ');
    if (!last) continue;
    if (attempt_->traced()) attempt_->step(fmt::format("{}: {}", what, excerpt(text)));
    co_return Reply{100 * (text[0] - '0') + 10 * (text[1] - '0') + (text[2] - '0'),
                    text.size() > 4 ? text.substr(4) : std::string()};
  }
}

std::string_view next_line(std::string_view& text) {
  auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool has_line_break(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

std::size_t StreamProbe::bytes() const {
  auto total = sizeof(*this);
  if (shared_target_.own) total += sizeof(StreamTarget) + target_.bytes();
  if (shared_aliases_.own) total += bytes_of_texts(aliases_);
  return total;
}

boost::asio::awaitable<Outcome> LineProbe::run(Attempt& attempt) {
  auto stream = co_await open_stream(&attempt, &target_);
  if (!stream) co_return failure(stream.error());
  LineTalk talk(&attempt, stream->get());
  auto time_ms = co_await converse(&attempt, &talk, stream->get());
  if (!time_ms) co_return failure(time_ms.error());
  talk.note_answer();
  // A server that is gone by now has answered.
  (void)co_await talk.send(std::string(goodbye_), "say good-bye to");
  co_return parse(attempt, talk.heard(), *time_ms);
}

Outcome mail_failure(const Error& error) {
  auto outcome = outcome_of(error);
  if (error.code() != ErrorCode::kResourceExhausted && error.code() != ErrorCode::kUnavailable &&
      error.code() != ErrorCode::kTimeout)
    outcome.code = model::ResultCode::kFail;
  return outcome;
}

}  // namespace holter::collect
