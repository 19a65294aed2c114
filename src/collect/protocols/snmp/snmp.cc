#include "net/snmp.h"

#include <functional>
#include <memory>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/coro_probe.h"
#include "collect/protocols/snmp/ask.h"
#include "collect/protocols/snmp/columns.h"
#include "collect/protocols/snmp/record.h"
#include "collect/protocols/snmp/target.h"
#include "collect/stream_probe.h"
#include "net/resolver.h"

namespace holter::collect {
namespace {

using boost::asio::awaitable;
using model::ResultCode;
using snmp::Columns;
using snmp::Target;

/// What a shard has for SNMP: sockets, and the engines of version 3.
struct Shared final : ShardObject {
  explicit Shared(const Services& services)
      : account(services.answers.child("snmp")), engine(services.executor, services.clock, account) {}
  void shrink() override { engine.shrink(); }
  static Shared& of(const Services& services) {
    return services.objects.get<Shared>([&] { return std::make_unique<Shared>(services); });
  }

  memory::Account& account;
  net::SnmpEngine engine;
};

class SnmpProbe final : public CoroProbe {
 public:
  explicit SnmpProbe(Target target) : target_(std::move(target)) {}

  std::string_view target() const override { return target_.text; }
  milliseconds timeout() const override { return target_.timeout; }
  std::size_t bytes() const override { return sizeof(*this) + target_.bytes(); }

  Outcome replay(Attempt& attempt, std::string_view answer) override {
    auto bindings = snmp::read_bindings(answer);
    if (!bindings) return {ResultCode::kFail, bindings.error().message()};
    Columns columns(target_.columns.size(), attempt, attempt.services().answers);
    bool cut = false;
    for (const auto& [name, type, content] : *bindings)
      for (std::size_t i = 0; i < target_.columns.size(); ++i) {
        const auto& oid = target_.columns[i].oid;
        if (target_.walk ? !net::is_below(name, oid) || name.size() == oid.size() : name != oid) continue;
        if (columns.rows(i) == Columns::kMostRows) {
          cut = true;
          continue;
        }
        auto index = net::OidView(name).subspan(oid.size());
        if (auto added = columns.add(i, index, type, content); !added) return outcome_of(added.error());
      }
    return fill(attempt, columns, cut, 0);
  }

 private:
  awaitable<Outcome> run(Attempt& attempt) override {
    const auto& services = attempt.services();
    auto addresses = co_await services.resolver.resolve(target_.host, target_.port, attempt.deadline());
    if (!addresses) co_return outcome_of(addresses.error());
    if (attempt.traced()) attempt.step(fmt::format("resolved {} to {}", target_.host, addresses->front().to_string()));
    auto& shared = Shared::of(services);
    net::SnmpSession session(shared.engine, {.address = addresses->front(),
                                             .port = target_.port,
                                             .credentials = &target_.credentials,
                                             .account = &shared.account,
                                             .reserve = attempt.reserve_account(),
                                             .watch = watcher(attempt)});
    Columns columns(target_.columns.size(), attempt, shared.account);
    auto asked = target_.walk ? co_await snmp::walk(&session, &target_, &attempt, &columns)
                              : co_await snmp::get(&session, &target_, &attempt, &columns);
    if (!asked) co_return outcome_of(asked.error());
    auto time_ms = elapsed_ms(attempt);
    attempt.note_held(kRunningBytes + columns.bytes());
    if (attempt.traced()) {
      attempt.step(fmt::format("{} column{}, {} of values, by {} question{}", target_.columns.size(),
                               target_.columns.size() == 1 ? "" : "s", format_size(columns.bytes()), asked->questions,
                               asked->questions == 1 ? "" : "s"));
      attempt.note_answer(asked->recorded);
    }
    co_return fill(attempt, columns, asked->cut, time_ms);
  }

  static std::function<void(std::string_view)> watcher(Attempt& attempt) {
    if (!attempt.traced()) return {};
    constexpr int kMostSteps = 100;  // a walk of ten thousand rows asks a thousand times
    return [&attempt, steps = 0](std::string_view what) mutable {
      if (++steps < kMostSteps)
        attempt.step(what);
      else if (steps == kMostSteps)
        attempt.step("and so on");
    };
  }

  /// Rows of the table, from what came.
  Outcome fill(Attempt& attempt, const Columns& columns, bool cut, double time_ms) const {
    // A row of a table that few columns know is not one of its rows.
    auto least = target_.walk ? target_.columns.size() / 2 : 0;
    Columns::Rows rows(columns);
    bool more = rows.next();
    if (!target_.walk && !more) return {ResultCode::kSuccess, "the agent has none of the objects"};
    for (; more; more = rows.next()) {
      if (rows.cells() < least) continue;
      if (!attempt.table().add_row()) return table_is_full();
      for (std::size_t i = 0; i < target_.aliases.size(); ++i) {
        if (target_.aliases[i] < 0) continue;
        auto column = static_cast<std::size_t>(target_.aliases[i]);
        const auto* cell = rows.cell(column);
        if (cell != nullptr &&
            !snmp::put_value(attempt.table(), i, cell->type, rows.content(*cell), target_.columns[column].form))
          return table_is_full();
      }
      if (!set_figures(attempt.table(), time_ms, rows)) return table_is_full();
    }
    if (cut) return {ResultCode::kSuccess, fmt::format("only the first {} rows are kept", Columns::kMostRows)};
    return {};
  }

  bool set_figures(RawTable& table, double time_ms, const Columns::Rows& rows) const {
    for (std::size_t i = 0; i < target_.aliases.size(); ++i) {
      if (target_.aliases[i] == Target::kResponseTime) table.set(i, time_ms);
      if (target_.aliases[i] == Target::kIndex && !table.set(i, std::string_view(rows.index()))) return false;
    }
    return true;
  }

  const Target target_;
};

Result<std::unique_ptr<Probe>> compile(const ProbeConfig& config) {
  TRY(auto target, Target::of(config));
  return std::make_unique<SnmpProbe>(std::move(target));
}

constexpr KeyInfo kKeys[] = {
    {"host", true, "name or address"},
    {"port", false, "default 161"},
    {"timeout", false, "ms, from name resolution to the last answer; default 6000"},
    {"version", false, "0 or v1, 1 or v2c (the default), 3 or v3"},
    {"community", false, "of versions 1 and 2c; default public"},
    {"operation", false, "get (the default): one row; walk: a table, a row for each index"},
    {"oids", true, "map of aliases to OIDs; 'as number' or 'as hex' may follow one"},
    {"username", false, "of version 3"},
    {"contextName", false, "of version 3"},
    {"authPassphrase", false, "of version 3; none: no authentication"},
    {"authPasswordEncryption", false, "0 or MD5 (the default), 1 or SHA, SHA-224, SHA-256, SHA-384, SHA-512"},
    {"privPassphrase", false, "of version 3; none: no encryption"},
    {"privPasswordEncryption", false, "0 or DES (the default), 1 or AES, AES-192, AES-256, AES-192-C, AES-256-C"},
    {"maxRepetitions", false, "most rows of one answer; default: as many as fit 1400 bytes"}};

}  // namespace

const PluginInfo& snmp_plugin() {
  // In flight it holds no descriptor, and about what four pings do.
  static constexpr PluginInfo kInfo{.name = "snmp", .block = "snmp", .keys = kKeys, .weight = 4, .compile = compile};
  return kInfo;
}

}  // namespace holter::collect
