#include "access/oidc.h"

#include <set>

#include "access/test_access.h"
#include "access/test_provider.h"

namespace holter::access {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

class OidcTest : public AccessFixture {
 protected:
  void SetUp() override {
    AccessFixture::SetUp();
    if (HasFatalFailure()) return;
    use(provider_.options());
  }
  void use(OidcOptions options) { access_->let_in_by(std::move(options)); }
  void make_accounts_of(Role role, OidcOptions::Claim claim = OidcOptions::Claim::kPreferredUsername) {
    auto options = provider_.options();
    options.role = role;
    options.claim = claim;
    use(std::move(options));
  }

  Oidc::Begun begin(const std::string& next = "/", const std::string& address = "192.0.2.1") {
    return run(access_->oidc->begin(next, FakeProvider::kCallback, address, soon()));
  }
  /// The browser of `begun` comes back with a code.
  Oidc::Returned back(const Oidc::Begun& begun, std::string code) {
    return {.state = FakeProvider::parameter(begun.url, "state"),
            .code = std::move(code),
            .issuer = FakeProvider::kIssuer,
            .error = {},
            .error_description = {},
            .browser = begun.browser};
  }
  Oidc::Finished finish(Oidc::Returned returned) {
    return run(access_->oidc->finish(std::move(returned), {"Firefox", "192.0.2.1"}, soon()));
  }
  /// A whole login of somebody who agrees: his account, or the word of the failure.
  std::string log_in_by(const std::string& subject, json::object claims = {}) {
    auto begun = begin();
    if (begun.failure) return std::string(to_string(*begun.failure));
    return outcome(finish(back(begun, provider_.agree(begun.url, subject, std::move(claims)))));
  }
  static std::string outcome(const Oidc::Finished& finished) {
    if (finished.failure) {
      EXPECT_FALSE(finished.in.has_value());
      return std::string(to_string(*finished.failure));
    }
    return finished.in->identity.account();
  }
  void link(const Identity& admin, const std::string& name, const std::string& subject) {
    auto linked = run(access_->admin.link(admin, name, stored(name).version, FakeProvider::kIssuer, subject, soon()));
    ASSERT_TRUE(linked) << text_of(linked);
  }
  std::size_t accounts() {
    return read<std::vector<catalog::Account>>([](catalog::Database& d) { return catalog::read_accounts(d); })->size();
  }

  FakeProvider provider_{clock_};
};
HOLTER_ON_BOTH_ENGINES(OidcTest);

TEST_P(OidcTest, sends_the_browser_to_the_provider_with_state_nonce_and_challenge) {
  auto begun = begin(), other = begin();
  ASSERT_FALSE(begun.failure);
  EXPECT_TRUE(begun.url.starts_with("https://login.example/realms/main/auth?response_type=code&client_id=holter&"))
      << begun.url;
  EXPECT_EQ(FakeProvider::parameter(begun.url, "redirect_uri"),
            "https%3A%2F%2Fholter.example%2Fapi%2Fv1%2Flogin%2Foidc%2Fcallback");
  EXPECT_EQ(FakeProvider::parameter(begun.url, "scope"), "openid%20profile%20email");
  EXPECT_EQ(FakeProvider::parameter(begun.url, "code_challenge_method"), "S256");
  for (const char* name : {"state", "nonce", "code_challenge"}) {
    EXPECT_EQ(FakeProvider::parameter(begun.url, name).size(), 43U) << name;
    EXPECT_NE(FakeProvider::parameter(begun.url, name), FakeProvider::parameter(other.url, name)) << name;
  }
  EXPECT_EQ(begun.browser.size(), 43U);
  EXPECT_FALSE(begun.url.contains(begun.browser)) << "what stays in the browser goes nowhere";
  EXPECT_EQ(provider_.asked["openid-configuration"], 1) << "once an hour is enough";
  clock_.advance(1h);
  begin();
  EXPECT_EQ(provider_.asked["openid-configuration"], 2);
}

TEST_P(OidcTest, lets_in_whoever_is_linked_and_back_to_where_he_was) {
  auto admin = root();
  make(admin, "eva", Role::kOperator);
  link(admin, "eva", "17");
  auto begun = begin("/monitors?text=a");
  auto finished = finish(back(begun, provider_.agree(begun.url, "17", {{"preferred_username", "root"}})));
  ASSERT_EQ(outcome(finished), "eva") << "who somebody is, is his subject and no name";
  EXPECT_EQ(finished.next, "/monitors?text=a");
  EXPECT_EQ(finished.in->identity.role(), Role::kOperator);
  auto found = find(finished.in->token);
  ASSERT_TRUE(found) << text_of(found);
  EXPECT_EQ(found->account(), "eva");
  EXPECT_FALSE(found->csrf().empty());
  auto entry = audit().front();
  EXPECT_EQ(entry.what, "login.oidc");
  EXPECT_EQ(entry.target, "account/eva");
  EXPECT_EQ(entry.after, R"({"issuer":"https://login.example/realms/main","subject":"17"})");
}

TEST_P(OidcTest, redeems_the_code_with_verifier_and_secret) {
  root();
  log_in_by("17");
  ASSERT_EQ(provider_.token_requests.size(), 1U);
  const auto& request = provider_.token_requests[0];
  EXPECT_EQ(request.user, "holter");
  EXPECT_EQ(request.password, "s3cret%3A%25%26") << "RFC 6749, 2.3.1";
  EXPECT_EQ(FakeProvider::parameter(request.form, "grant_type"), "authorization_code");
  EXPECT_EQ(FakeProvider::parameter(request.form, "code_verifier").size(), 43U);
  EXPECT_FALSE(request.form.contains("client_id")) << request.form;
  auto options = provider_.options();
  options.client_secret.clear();
  use(std::move(options));
  log_in_by("17");
  EXPECT_EQ(provider_.token_requests[1].user, "");
  EXPECT_EQ(FakeProvider::parameter(provider_.token_requests[1].form, "client_id"), "holter");
}

TEST_P(OidcTest, nobody_is_made_unless_that_is_wanted) {
  root();
  EXPECT_EQ(log_in_by("17", {{"preferred_username", "eva"}}), "unknown");
  EXPECT_EQ(log_in_by("17", {{"preferred_username", "root"}}), "unknown") << "a name is no identity";
  EXPECT_EQ(accounts(), 1U);
}

TEST_P(OidcTest, a_first_login_makes_an_account_where_that_is_wanted) {
  auto admin = root();
  make_accounts_of(Role::kViewer);
  EXPECT_EQ(log_in_by("17", {{"preferred_username", "eva"}}), "eva");
  EXPECT_EQ(stored("eva").role, "viewer");
  EXPECT_EQ(stored("eva").password_hash, "");
  EXPECT_EQ(answer_to("eva", ""), "cannot log in: wrong name or password");
  auto entries = audit();
  EXPECT_EQ(entries[0].what, "login.oidc");
  EXPECT_EQ(entries[1].what, "account.create");
  EXPECT_EQ(entries[1].who, "access:oidc");
  EXPECT_EQ(log_in_by("17", {{"preferred_username", "eva-maria"}}), "eva") << "the same one, by another name";
  EXPECT_EQ(log_in_by("18", {{"preferred_username", "ada"}}), "ada");
  EXPECT_EQ(accounts(), 3U);
}

TEST_P(OidcTest, the_first_account_of_all_is_not_made_by_a_login) {
  make_accounts_of(Role::kEditor);
  EXPECT_EQ(log_in_by("17", {{"preferred_username", "mallory"}}), "unknown");
  EXPECT_EQ(accounts(), 0U);
  root();
  EXPECT_EQ(log_in_by("17", {{"preferred_username", "mallory"}}), "mallory");
}

TEST_P(OidcTest, an_account_that_is_there_is_not_taken_over) {
  root();
  make_accounts_of(Role::kViewer);
  EXPECT_EQ(log_in_by("17", {{"preferred_username", "root"}}), "taken");
  EXPECT_EQ(log_in_by("17", {{"preferred_username", "eva"}}), "eva");
  EXPECT_EQ(log_in_by("18", {{"preferred_username", "eva"}}), "taken");
}

TEST_P(OidcTest, an_address_names_an_account_when_it_is_verified) {
  root();
  make_accounts_of(Role::kViewer, OidcOptions::Claim::kEmail);
  EXPECT_EQ(log_in_by("17", {{"email", "eva@example.org"}}), "unknown");
  EXPECT_EQ(log_in_by("17", {{"email", "eva@example.org"}, {"email_verified", "true"}}), "unknown");
  EXPECT_EQ(log_in_by("17", {{"email", "eva@example.org"}, {"email_verified", true}}), "eva@example.org");
}

TEST_P(OidcTest, names_that_no_account_may_have_make_none) {
  root();
  make_accounts_of(Role::kViewer);
  for (std::string name :
       {std::string(), std::string("file:x"), std::string("a b"), std::string(65, 'a'), std::string("a\n")})
    EXPECT_EQ(log_in_by("17", {{"preferred_username", name}}), "unknown") << name;
  EXPECT_EQ(accounts(), 1U);
}

TEST_P(OidcTest, who_is_disabled_or_deleted_gets_nowhere) {
  auto admin = root();
  make(admin, "eva");
  link(admin, "eva", "17");
  EXPECT_EQ(log_in_by("17"), "eva");
  AccountChange off{.name = "eva", .version = stored("eva").version, .disabled = true};
  ASSERT_TRUE(run(access_->admin.change(admin, off, soon())));
  EXPECT_EQ(log_in_by("17"), "unknown");
  ASSERT_TRUE(run(access_->admin.remove(admin, "eva", stored("eva").version, soon())));
  EXPECT_EQ(log_in_by("17"), "unknown");
}

TEST_P(OidcTest, a_login_comes_back_once_in_the_browser_that_began_it_within_ten_minutes) {
  auto admin = root();
  link(admin, "root", "17");
  auto begun = begin();
  auto returned = back(begun, provider_.agree(begun.url, "17"));
  EXPECT_EQ(outcome(finish(returned)), "root");
  EXPECT_EQ(outcome(finish(returned)), "stale") << "once";

  auto victim = begin(), attacker = begin();
  auto lure = back(attacker, provider_.agree(attacker.url, "17"));
  lure.browser = victim.browser;
  EXPECT_EQ(outcome(finish(lure)), "stale") << "login CSRF";
  lure.browser = attacker.browser;
  EXPECT_EQ(outcome(finish(lure)), "stale") << "and it is over then";
  for (std::string other : {std::string(), std::string("x"), std::string(43, 'A')}) {
    auto third = begin();
    auto odd = back(third, provider_.agree(third.url, "17"));
    odd.browser = other;
    EXPECT_EQ(outcome(finish(odd)), "stale");
  }
  for (std::string state : {std::string(), std::string(43, 'A'), std::string(100'000, 'x')}) {
    auto odd = back(victim, provider_.agree(victim.url, "17"));
    odd.state = state;
    EXPECT_EQ(outcome(finish(odd)), "stale");
  }
  EXPECT_EQ(outcome(finish(back(victim, provider_.agree(victim.url, "17")))), "root") << "his own is untouched";

  auto slow = begin();
  clock_.advance(10min);
  EXPECT_EQ(outcome(finish(back(slow, provider_.agree(slow.url, "17")))), "stale");
}

TEST_P(OidcTest, the_code_of_another_login_is_worth_nothing) {
  auto admin = root();
  link(admin, "root", "17");
  auto mine = begin(), his = begin();
  auto stolen = provider_.agree(his.url, "17");
  EXPECT_EQ(outcome(finish(back(mine, stolen))), "refused") << "the verifier is another (RFC 7636)";
  // Where the provider does not look at verifiers, the nonce is another.
  auto next = begin();
  auto code = provider_.agree(next.url, "17", {{"nonce", FakeProvider::parameter(his.url, "nonce")}});
  EXPECT_EQ(outcome(finish(back(next, code))), "provider");
  auto replayed = begin();
  auto used = provider_.agree(replayed.url, "17");
  EXPECT_EQ(outcome(finish(back(replayed, used))), "root");
  auto again = begin();
  EXPECT_EQ(outcome(finish(back(again, used))), "refused");
}

TEST_P(OidcTest, an_answer_of_another_issuer_is_refused) {
  auto admin = root();
  link(admin, "root", "17");
  for (std::string issuer :
       {std::string(), std::string("https://evil.example"), std::string(FakeProvider::kIssuer) + "/"}) {
    auto begun = begin();
    auto returned = back(begun, provider_.agree(begun.url, "17"));
    returned.issuer = issuer;
    EXPECT_EQ(outcome(finish(returned)), "provider") << issuer;
  }
  provider_.metadata.erase("authorization_response_iss_parameter_supported");
  clock_.advance(1h);
  auto begun = begin();
  auto returned = back(begun, provider_.agree(begun.url, "17"));
  returned.issuer.clear();
  EXPECT_EQ(outcome(finish(returned)), "root") << "a provider that does not send it";
}

TEST_P(OidcTest, what_the_provider_refuses_is_refused) {
  root();
  auto begun = begin();
  auto returned = back(begun, "");
  returned.error = "access_denied";
  EXPECT_EQ(outcome(finish(returned)), "refused");
  auto empty = begin();
  EXPECT_EQ(outcome(finish(back(empty, ""))), "refused");
}

TEST_P(OidcTest, tokens_that_are_not_what_was_asked_for_let_nobody_in) {
  auto admin = root();
  link(admin, "root", "17");
  EXPECT_EQ(log_in_by("17"), "root");
  EXPECT_EQ(log_in_by("17", {{"iss", "https://evil.example"}}), "provider");
  EXPECT_EQ(log_in_by("17", {{"aud", "other"}}), "provider");
  EXPECT_EQ(log_in_by("17", {{"nonce", "other"}}), "provider");
  EXPECT_EQ(log_in_by("17", {{"exp", epoch_ms(clock_.wall()) / 1000 - 61}}), "provider");
  auto make = provider_.make_token;
  for (const char* algorithm : {"none", "HS256"}) {
    provider_.make_token = [algorithm](const json::object& claims) {
      return jwt({{"alg", algorithm}, {"kid", "k1"}}, claims, [](std::string_view) { return std::string("x"); });
    };
    EXPECT_EQ(log_in_by("17"), "provider") << algorithm;
  }
  for (std::string text : {std::string(), std::string("garbage"), std::string(20'000, 'a')}) {
    provider_.make_token = [text](const json::object&) { return text; };
    EXPECT_EQ(log_in_by("17"), "provider");
  }
  provider_.make_token = make;
  EXPECT_EQ(log_in_by("17"), "root");
}

TEST_P(OidcTest, a_new_key_of_the_provider_is_found_and_an_unknown_one_asked_for_once_a_minute) {
  auto admin = root();
  link(admin, "root", "17");
  EXPECT_EQ(log_in_by("17"), "root");
  EXPECT_EQ(log_in_by("17"), "root");
  EXPECT_EQ(provider_.asked["keys"], 1);
  clock_.advance(1min);
  auto fresh = SigningKey::p256();
  provider_.jwks.push_back(fresh.jwk("k2"));
  provider_.make_token = [&](const json::object& claims) {
    return jwt({{"alg", "ES256"}, {"kid", "k2"}}, claims,
               [&](std::string_view text) { return fresh.sign("ES256", text); });
  };
  EXPECT_EQ(log_in_by("17"), "root");
  EXPECT_EQ(provider_.asked["keys"], 2);
  provider_.make_token = [&](const json::object& claims) {
    return jwt({{"alg", "ES256"}, {"kid", "k3"}}, claims,
               [&](std::string_view text) { return fresh.sign("ES256", text); });
  };
  for (int i = 0; i < 5; ++i) EXPECT_EQ(log_in_by("17"), "provider");
  EXPECT_EQ(provider_.asked["keys"], 2);
  clock_.advance(1min);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(log_in_by("17"), "provider");
  EXPECT_EQ(provider_.asked["keys"], 3);
}

TEST_P(OidcTest, a_key_that_the_provider_has_withdrawn_is_forgotten_after_an_hour) {
  auto admin = root();
  link(admin, "root", "17");
  EXPECT_EQ(log_in_by("17"), "root");
  provider_.jwks.clear();
  provider_.jwks.push_back(SigningKey::p256().jwk("k9"));
  clock_.advance(1h);
  EXPECT_EQ(log_in_by("17"), "provider");
}

TEST_P(OidcTest, a_provider_that_is_not_what_was_configured_is_not_used) {
  root();
  auto with = [&](const char* name, json::value value) {
    auto before = provider_.metadata;
    provider_.metadata[name] = std::move(value);
    use(provider_.options());
    auto begun = begin();
    provider_.metadata = before;
    return begun.failure ? std::string(to_string(*begun.failure)) : "begun";
  };
  EXPECT_EQ(with("issuer", FakeProvider::kIssuer), "begun");
  EXPECT_EQ(with("issuer", "https://login.example/realms/main/"), "provider");
  EXPECT_EQ(with("issuer", nullptr), "provider");
  for (const char* endpoint : {"authorization_endpoint", "token_endpoint", "jwks_uri"})
    for (const json::value& url :
         {json::value("http://login.example/x"), json::value("http://127.0.0.1/x"), json::value("javascript:alert(1)"),
          json::value("https://x/\r\nSet-Cookie: a=b"), json::value(""), json::value(5)})
      EXPECT_EQ(with(endpoint, url), "provider") << endpoint << url;
}

TEST_P(OidcTest, a_provider_that_fails_is_told_and_tried_again) {
  auto admin = root();
  link(admin, "root", "17");
  for (const char* where : {"openid-configuration", "keys", "token"}) {
    use(provider_.options());
    for (int status : {0, 200, 500}) {
      provider_.instead[where] = OidcResponse{status, "not what you want", {}};
      EXPECT_EQ(log_in_by("17"), "provider") << where << status;
    }
    provider_.instead.clear();
    clock_.advance(1min);
    EXPECT_EQ(log_in_by("17"), "root") << where;
  }
}

TEST_P(OidcTest, an_answer_that_does_not_fit_into_memory_lets_nobody_in) {
  root();
  budget_.account("access").child("oidc").set_limit(64 * 1024);
  provider_.instead["openid-configuration"] = OidcResponse{200, "{\"a\":[" + std::string(100'000, '1') + "]}", {}};
  EXPECT_EQ(log_in_by("17"), "error");
}

TEST_P(OidcTest, attempts_have_a_bound_by_address_and_in_all) {
  root();
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(begin().failure) << i;
  EXPECT_EQ(to_string(begin().failure.value()), "later");
  auto first = begin("/", "198.51.100.1");
  std::set<std::string> states;
  for (int i = 0; i < 256; ++i) {
    auto begun = begin("/", fmt::format("203.0.113.{}", i % 250));
    ASSERT_FALSE(begun.failure);
    states.insert(FakeProvider::parameter(begun.url, "state"));
  }
  EXPECT_EQ(states.size(), 256U);
  EXPECT_EQ(outcome(finish(back(first, provider_.agree(first.url, "17")))), "stale") << "the oldest went";
}

TEST_P(OidcTest, identities_are_linked_and_unlinked_by_an_admin) {
  auto admin = root();
  make(admin, "eva", Role::kEditor);
  make(admin, "ada");
  auto eva = log_in("eva").identity;
  auto version = [&](const std::string& name) { return stored(name).version; };
  auto link = [&](const Identity& who, const std::string& name, std::uint64_t v, const std::string& subject) {
    auto linked = run(access_->admin.link(who, name, v, FakeProvider::kIssuer, subject, soon()));
    return linked ? ErrorCode{} : linked.error().code();
  };
  EXPECT_EQ(link(eva, "eva", version("eva"), "17"), ErrorCode::kForbidden) << "who links decides who gets in";
  EXPECT_EQ(link(admin, "eva", version("eva") + 1, "17"), ErrorCode::kConflict);
  EXPECT_EQ(link(admin, "nobody", 1, "17"), ErrorCode::kNotFound);
  EXPECT_EQ(link(admin, "eva", version("eva"), ""), ErrorCode::kInvalidArgument);
  EXPECT_EQ(link(admin, "eva", version("eva"), "17"), ErrorCode{});
  EXPECT_EQ(link(admin, "eva", version("eva"), "17"), ErrorCode{}) << "again is no change";
  EXPECT_EQ(link(admin, "ada", version("ada"), "17"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(log_in_by("17"), "eva");
  auto listed = run(access_->admin.identities(eva, "eva", soon()));
  ASSERT_TRUE(listed);
  EXPECT_EQ(*listed, (std::vector<catalog::OidcIdentity>{{FakeProvider::kIssuer, "17", "eva"}}));
  EXPECT_EQ(run(access_->admin.identities(eva, "ada", soon())).error().code(), ErrorCode::kForbidden);

  auto unlink = [&](const std::string& name, const std::string& subject) {
    auto done = run(access_->admin.unlink(admin, name, version(name), FakeProvider::kIssuer, subject, soon()));
    return done ? ErrorCode{} : done.error().code();
  };
  EXPECT_EQ(unlink("ada", "17"), ErrorCode::kNotFound) << "another's";
  auto begun = begin();
  auto in = finish(back(begun, provider_.agree(begun.url, "17")));
  ASSERT_TRUE(find(in.in->token));
  EXPECT_EQ(unlink("eva", "17"), ErrorCode{});
  EXPECT_FALSE(find(in.in->token)) << "what began by it ends";
  EXPECT_EQ(log_in_by("17"), "unknown");
  EXPECT_EQ(unlink("eva", "17"), ErrorCode::kNotFound);
  std::vector<std::string> done;
  for (const auto& entry : audit())
    if (entry.what.ends_with("link")) done.push_back(entry.what);
  EXPECT_EQ(done, (std::vector<std::string>{"account.unlink", "account.link"}));
}

TEST_P(OidcTest, all_memory_is_given_back) {
  auto admin = root();
  link(admin, "root", "17");
  auto& account = budget_.account("access").child("oidc");
  auto begun = begin();
  auto one = account.held();
  EXPECT_GT(one, 0U);
  EXPECT_EQ(outcome(finish(back(begun, provider_.agree(begun.url, "17")))), "root");
  EXPECT_LT(account.held(), one);
  access_->oidc.reset();
  EXPECT_EQ(account.held(), 0U);
}

}  // namespace
}  // namespace holter::access
