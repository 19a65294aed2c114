#include "app/accounts.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"
#include "catalog/audit.h"
#include "net/http.h"
#include "net/resolver.h"

namespace holter::app {
namespace {

using boost::asio::awaitable;

constexpr milliseconds kWriteEach = std::chrono::minutes(1), kPurgeEach = std::chrono::hours(1);
constexpr milliseconds kPatience = std::chrono::seconds(10);
constexpr std::size_t kMostAudit = 1'000'000;  // rows
constexpr std::size_t kPurgeAtOnce = 10'000;

}  // namespace

struct Accounts::ProviderClient {
  ProviderClient(const Parts& parts)
      : clock(parts.clock),
        ca_file(parts.config.access.oidc.ca_file),
        resolver({}, parts.control, parts.clock, parts.account.child("http")),
        http({}, parts.control, parts.clock, resolver, parts.account.child("http")) {
    resolver.policy().set({});
  }

  awaitable<Result<access::OidcResponse>> fetch(access::OidcRequest asked, MonoTime deadline) {
    net::HttpRequest request{.url = std::move(asked.url),
                             .headers = {{"Accept", "application/json"}},
                             .user = std::move(asked.user),
                             .password = std::move(asked.password),
                             .ca_file = ca_file,
                             .max_redirects = 0,
                             .max_body_bytes = access::kMostOidcAnswer};
    if (!request.user.empty()) request.auth = net::HttpRequest::Auth::kBasic;
    if (!asked.form.empty()) {
      request.method = "POST";
      request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
      request.body = std::move(asked.form);
    }
    CO_TRY(auto response, co_await http.fetch(std::move(request), std::min(deadline, clock.mono() + kPatience)));
    co_return access::OidcResponse{response.status, std::move(response.body), std::move(response.reserved)};
  }

  const Clock& clock;
  const std::string ca_file;
  net::Resolver resolver;
  net::HttpClient http;
};

Accounts::Accounts(Parts parts)
    : parts_(std::move(parts)),
      hasher_({.account = &parts_.hashes, .cost = secrets::cost_for(parts_.budget)}),
      access_({parts_.catalog, hasher_, parts_.clock, parts_.account}),
      tasks_(parts_.control) {}

Accounts::~Accounts() = default;

Status Accounts::open_provider() {
  const auto& config = parts_.config.access.oidc;
  if (config.issuer.empty()) return {};
  TRY(auto role, access::parse_role(config.role));
  provider_ = std::make_unique<ProviderClient>(parts_);
  using Claim = access::OidcOptions::Claim;
  access_.let_in_by({.issuer = config.issuer,
                     .client_id = config.client_id,
                     .client_secret = config.client_secret,
                     .name = config.name,
                     .scopes = config.scopes,
                     .role = role,
                     .claim = config.claim == "email" ? Claim::kEmail : Claim::kPreferredUsername,
                     .fetch = [this](access::OidcRequest request, MonoTime deadline) {
                       return provider_->fetch(std::move(request), deadline);
                     }});
  return {};
}

awaitable<Status> Accounts::start() {
  CO_TRY_OK(open_provider());
  CO_TRY(auto local, LocalToken::make(parts_.config.data_dir));
  local_.emplace(std::move(local));
  auto anonymous = parts_.config.access.anonymous == "viewer" ? access::Role::kViewer : access::Role::kNone;
  gate_.emplace(access_, api::GateOptions{anonymous, local_->hash()});
  CO_TRY(setup_, co_await access_.setup.offer(parts_.clock.mono() + kPatience));
  auto now = parts_.clock.mono();
  next_write_ = now + kWriteEach;
  next_purge_ = now + kWriteEach;
  co_return Status();
}

void Accounts::look() {
  if (writing_ || !gate_ || parts_.clock.mono() < next_write_) return;
  writing_ = true;
  tasks_.spawn(write_down());
}

awaitable<void> Accounts::write_down() {
  struct Ended {
    bool& writing;
    ~Ended() { writing = false; }
  } ended{writing_};
  auto now = parts_.clock.mono();
  next_write_ = now + kWriteEach;
  auto deadline = now + kPatience;
  auto tell = [](const Status& done) {
    if (!done) log::warning("access", "{}", done.error().message());
  };
  tell(co_await access_.sessions.write_uses(deadline));
  tell(co_await access_.tokens.write_uses(deadline));
  if (now < next_purge_) co_return;
  next_purge_ = now + kPurgeEach;
  tell(co_await purge_audit());
}

awaitable<Status> Accounts::purge_audit() {
  auto oldest = parts_.clock.wall() - parts_.config.access.audit_retention;
  for (std::size_t deleted = kPurgeAtOnce; deleted == kPurgeAtOnce;) {
    auto work = [oldest](catalog::Transaction& transaction) {
      return catalog::purge_audit(transaction, oldest, kMostAudit, kPurgeAtOnce);
    };
    CO_TRY(deleted, co_await parts_.catalog.write<std::size_t>(
                        "access:audit", work, {"purge the audit log", parts_.clock.mono() + kPatience}));
  }
  co_return Status();
}

awaitable<void> Accounts::close() {
  co_await tasks_.close();
  if (!gate_) co_return;
  auto deadline = parts_.clock.mono() + std::chrono::milliseconds(500);
  (void)co_await access_.sessions.write_uses(deadline);  // at worst a session ends a few minutes earlier
  (void)co_await access_.tokens.write_uses(deadline);
}

}  // namespace holter::app
