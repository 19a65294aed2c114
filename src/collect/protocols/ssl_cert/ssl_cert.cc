#include <memory>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"
#include "collect/protocols/ssl_cert/chain.h"
#include "collect/stream_probe.h"

namespace holter::collect {
namespace {

using boost::asio::awaitable;
using model::ResultCode;

class SslCertProbe final : public StreamProbe {
 public:
  SslCertProbe(const ProbeConfig& config, StreamTarget target) : StreamProbe(config, std::move(target)) {}

  Outcome replay(Attempt& attempt, std::string_view answer) override {
    auto chain = ssl_cert::parse_chain(answer);
    if (!chain) return {ResultCode::kFail, chain.error().message()};
    return add_rows(attempt, *chain, 0);
  }

 private:
  awaitable<Outcome> run(Attempt& attempt) override {
    auto stream = co_await open_stream(&attempt, &target_);
    if (!stream) co_return outcome_of(stream.error());
    auto time_ms = elapsed_ms(attempt);
    ssl_cert::Chain chain{.certificates = (*stream)->peer_certificates(),
                          .now = std::chrono::floor<seconds>(attempt.services().clock.wall())};
    if (attempt.traced()) attempt.note_answer(ssl_cert::write_chain(chain));
    co_return add_rows(attempt, chain, time_ms);
  }

  Outcome add_rows(Attempt& attempt, const ssl_cert::Chain& chain, double time_ms) const {
    if (chain.certificates.empty())
      return {ResultCode::kFail, fmt::format("cannot read the certificate of {}: it sent none", target_.text)};
    for (const auto& certificate : chain.certificates) {
      auto values = ssl_cert::values_of(certificate, chain.now);
      auto outcome =
          add_text_row(attempt, aliases_, time_ms, [&](std::string_view alias) -> std::optional<std::string_view> {
            for (const auto& [key, value] : values)
              if (key == alias) return value;
            return std::nullopt;
          });
      if (outcome.code != ResultCode::kSuccess) return outcome;
    }
    return {};
  }
};

Result<std::unique_ptr<Probe>> compile(const ProbeConfig& config) {
  TRY(auto target, StreamTarget::of(config.block, 443));
  target.tls = true;
  // `ssl` has told here from the first whether to verify; verifyTls, which says so by its name, wins.
  if (config.block.text_or("verifyTls").empty()) target.tls_options.verify = flag_of(config.block, "ssl", true);
  return std::make_unique<SslCertProbe>(config, std::move(target));
}

constexpr KeyInfo kKeys[] = {
    {"host", true, "name or address; the name is sent, too (SNI)"},
    {"port", false, "default 443"},
    {"url", false, "no effect: only the certificates are looked at"},
    {"method", false, "no effect"},
    {"parseType", false, "no effect"},
    {"ssl", false, "false: any certificate will do; else it must be trusted, in date and for this name"},
    {"verifyTls", false, "the same; wins over ssl"},
    {"caFile", false, "PEM file of trusted authorities; default the system's"},
    {"certificateFile", false, "PEM file of the client's certificate"},
    {"keyFile", false, "PEM file of its key"},
    {"timeout", false, "ms, from name resolution to the end of the handshake; default 6000"}};

}  // namespace

const PluginInfo& ssl_cert_plugin() {
  static constexpr PluginInfo kInfo{.name = "ssl_cert", .block = "http", .keys = kKeys, .compile = compile};
  return kInfo;
}

}  // namespace holter::collect
