#include "access/admin.h"

#include "access/test_access.h"

namespace holter::access {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;

class AdminTest : public AccessFixture {
 protected:
  void SetUp() override {
    AccessFixture::SetUp();
    if (HasFatalFailure()) return;
    admin_.emplace(root());
  }
  Result<AccountView> change(const Identity& who, const AccountChange& change) {
    return run(access_->admin.change(who, change, soon()));
  }
  Result<AccountView> set_password(const Identity& who, const std::string& name, std::uint64_t version,
                                   std::string_view old, std::string_view fresh) {
    return run(access_->admin.set_password(who, {name, version, secret(old), secret(fresh)}, soon()));
  }
  Status remove(const Identity& who, const std::string& name, std::uint64_t version) {
    return run(access_->admin.remove(who, name, version, soon()));
  }
  Result<AccountView> grant(const Identity& who, const std::string& name, std::uint64_t version,
                            const std::string& folder, Role role) {
    return run(access_->admin.grant(who, name, version, folder, role, soon()));
  }
  void folder(const std::string& path) {
    ASSERT_TRUE(write<catalog::Folder>([path](catalog::Transaction& t) { return catalog::create_folder(t, path); }));
  }
  std::optional<Identity> admin_;
};
HOLTER_ON_BOTH_ENGINES(AdminTest);

TEST_P(AdminTest, makes_accounts_that_can_log_in) {
  auto eva = make(*admin_, "eva", Role::kOperator);
  EXPECT_EQ(eva.role, Role::kOperator);
  EXPECT_EQ(eva.created_by, "root");
  EXPECT_TRUE(eva.has_password);
  EXPECT_EQ(log_in("eva").identity.role(), Role::kOperator);
  auto again = run(access_->admin.create(*admin_, "eva", Role::kAdmin, secret(kPassword), soon()));
  EXPECT_EQ(again.error().code(), ErrorCode::kConflict);
  auto weak = run(access_->admin.create(*admin_, "ada", Role::kViewer, secret("short"), soon()));
  EXPECT_EQ(weak.error().code(), ErrorCode::kInvalidArgument);
  auto without = run(access_->admin.create(*admin_, "ada", Role::kViewer, std::nullopt, soon()));
  ASSERT_TRUE(without.has_value()) << text_of(without);
  EXPECT_FALSE(without->has_password);
  EXPECT_EQ(answer_to("ada", ""), "cannot log in: wrong name or password");
  auto list = run(access_->admin.list(*admin_, soon()));
  EXPECT_THAT(list.value(), ElementsAre(Field(&AccountView::name, "ada"), Field(&AccountView::name, "eva"),
                                        Field(&AccountView::name, "root")));
}

TEST_P(AdminTest, lets_nobody_else_change_an_account) {
  make(*admin_, "eva", Role::kEditor);
  auto mallory = make(*admin_, "mallory", Role::kEditor);
  auto in = log_in("mallory").identity;
  auto forbidden = [](const auto& result) { return !result && result.error().code() == ErrorCode::kForbidden; };
  EXPECT_TRUE(forbidden(run(access_->admin.create(in, "x", Role::kViewer, secret(kPassword), soon()))));
  EXPECT_TRUE(forbidden(change(in, {.name = "mallory", .version = mallory.version, .role = Role::kAdmin})));
  EXPECT_TRUE(forbidden(set_password(in, "eva", 1, "", "another horse battery")));
  EXPECT_TRUE(forbidden(remove(in, "eva", 1)));
  EXPECT_TRUE(forbidden(grant(in, "mallory", 1, "", Role::kEditor)));
  EXPECT_TRUE(forbidden(run(access_->admin.revoke(in, "eva", 1, "", soon()))));
  EXPECT_TRUE(forbidden(run(access_->admin.list(in, soon()))));
  EXPECT_TRUE(forbidden(run(access_->admin.grants(in, "eva", soon()))));
  EXPECT_TRUE(run(access_->admin.grants(in, "mallory", soon())).has_value()) << "his own";
  auto token = make_token(*admin_, "root", "ci", "edit");
  auto by_token = find(token->token).value();
  EXPECT_TRUE(forbidden(remove(by_token, "eva", 1))) << "an admin, but by a token that is none";
}

TEST_P(AdminTest, a_change_of_what_was_changed_meanwhile_is_refused) {
  auto eva = make(*admin_, "eva");
  auto first = change(*admin_, {.name = "eva", .version = eva.version, .role = Role::kEditor});
  ASSERT_TRUE(first.has_value()) << text_of(first);
  EXPECT_EQ(first->version, 2u);
  EXPECT_EQ(change(*admin_, {.name = "eva", .version = eva.version, .disabled = true}).error().code(),
            ErrorCode::kConflict);
  EXPECT_EQ(set_password(*admin_, "eva", eva.version, "", "another horse battery").error().code(),
            ErrorCode::kConflict);
  EXPECT_EQ(remove(*admin_, "eva", eva.version).error().code(), ErrorCode::kConflict);
  EXPECT_EQ(grant(*admin_, "eva", eva.version, "", Role::kEditor).error().code(), ErrorCode::kConflict);
  EXPECT_EQ(stored("eva").role, "editor");
  EXPECT_FALSE(stored("eva").disabled);
  EXPECT_EQ(change(*admin_, {.name = "nobody", .version = 1, .disabled = true}).error().code(), ErrorCode::kNotFound);
}

TEST_P(AdminTest, a_change_that_changes_nothing_makes_no_version_and_ends_no_session) {
  auto eva = make(*admin_, "eva");
  auto in = log_in("eva");
  auto same = change(*admin_, {.name = "eva", .version = eva.version, .role = Role::kViewer, .disabled = false});
  ASSERT_TRUE(same.has_value());
  EXPECT_EQ(same->version, eva.version);
  EXPECT_TRUE(find(in.token).has_value());
}

TEST_P(AdminTest, whoever_has_another_role_or_password_or_is_disabled_or_deleted_has_no_session_any_more) {
  auto eva = make(*admin_, "eva");
  auto ended = [&](const std::function<Result<AccountView>()>& work) {
    auto in = log_in("eva");
    EXPECT_TRUE(find(in.token).has_value());
    auto done = work();
    EXPECT_TRUE(done.has_value()) << text_of(done);
    eva = done.value_or(eva);
    auto found = find(in.token);
    return !found && found.error().code() == ErrorCode::kUnauthenticated;
  };
  EXPECT_TRUE(ended([&] { return change(*admin_, {.name = "eva", .version = eva.version, .role = Role::kEditor}); }));
  EXPECT_TRUE(ended([&] { return set_password(*admin_, "eva", eva.version, "", kPassword); }));
  EXPECT_TRUE(ended([&] { return change(*admin_, {.name = "eva", .version = eva.version, .disabled = true}); }));
  auto on = change(*admin_, {.name = "eva", .version = eva.version, .disabled = false});
  ASSERT_TRUE(on.has_value());
  eva = *on;
  EXPECT_TRUE(ended([&]() -> Result<AccountView> {
    TRY_OK(remove(*admin_, "eva", eva.version));
    return eva;
  }));
}

TEST_P(AdminTest, the_last_admin_stays_one) {
  auto root = stored("root");
  EXPECT_EQ(remove(*admin_, "root", root.version).error().code(), ErrorCode::kConflict);
  EXPECT_EQ(change(*admin_, {.name = "root", .version = root.version, .disabled = true}).error().code(),
            ErrorCode::kConflict);
  auto demoted = change(*admin_, {.name = "root", .version = root.version, .role = Role::kEditor});
  EXPECT_THAT(text_of(demoted), HasSubstr("there is no other admin"));
  auto eva = make(*admin_, "eva", Role::kAdmin);
  auto off = change(*admin_, {.name = "eva", .version = eva.version, .disabled = true});
  ASSERT_TRUE(off.has_value());
  EXPECT_FALSE(remove(*admin_, "root", root.version).has_value()) << "an admin who is disabled is no other";
  ASSERT_TRUE(change(*admin_, {.name = "eva", .version = off->version, .disabled = false}).has_value());
  EXPECT_TRUE(remove(*admin_, "root", root.version).has_value());
}

TEST_P(AdminTest, ones_own_password_takes_the_old_one_and_a_session) {
  auto eva = make(*admin_, "eva");
  auto in = log_in("eva").identity;
  EXPECT_EQ(set_password(in, "eva", eva.version, "wrong", "another horse battery").error().code(),
            ErrorCode::kUnauthenticated);
  EXPECT_EQ(set_password(in, "eva", eva.version, kPassword, "short").error().code(), ErrorCode::kInvalidArgument);
  auto token = make_token(in, "eva", "ci", "admin");
  auto by_token = find(token->token).value();
  EXPECT_EQ(set_password(by_token, "eva", eva.version, kPassword, "another horse battery").error().code(),
            ErrorCode::kForbidden);
  auto done = set_password(in, "eva", eva.version, kPassword, "another horse battery");
  ASSERT_TRUE(done.has_value()) << text_of(done);
  EXPECT_EQ(stored("eva").failed_logins, 0u);
  EXPECT_EQ(answer_to("eva", "another horse battery"), "logged in");
  EXPECT_EQ(answer_to("eva", kPassword), "cannot log in: wrong name or password");
  auto own = stored("root");
  EXPECT_EQ(set_password(*admin_, "root", own.version, "", "another horse battery").error().code(),
            ErrorCode::kUnauthenticated)
      << "an admin, too";
}

TEST_P(AdminTest, the_old_password_cannot_be_guessed_by_a_stolen_session) {
  auto eva = make(*admin_, "eva");
  auto in = log_in("eva").identity;
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(set_password(in, "eva", eva.version, "wrong", "another horse battery").error().code(),
              ErrorCode::kUnauthenticated);
  auto locked = set_password(in, "eva", eva.version, kPassword, "another horse battery");
  EXPECT_EQ(text_of(locked), "resource_exhausted: cannot check your password: try again in 1 s");
}

TEST_P(AdminTest, a_right_old_password_is_no_failure_whatever_comes_after_it) {
  auto eva = make(*admin_, "eva");
  auto in = log_in("eva").identity;
  for (int i = 0; i < 6; ++i)
    EXPECT_EQ(set_password(in, "eva", eva.version + 7, kPassword, "another horse battery").error().code(),
              ErrorCode::kConflict);
  EXPECT_EQ(answer_to("eva", kPassword), "logged in");
}

TEST_P(AdminTest, grants_belong_to_the_account_and_hold_at_once) {
  folder("dc1");
  auto eva = make(*admin_, "eva", Role::kNone);
  auto in = log_in("eva");
  EXPECT_EQ(find(in.token)->role_in("dc1"), Role::kNone);
  auto granted = grant(*admin_, "eva", eva.version, "dc1", Role::kEditor);
  ASSERT_TRUE(granted.has_value()) << text_of(granted);
  EXPECT_EQ(granted->version, eva.version + 1);
  EXPECT_EQ(find(in.token)->role_in("dc1"), Role::kEditor) << "the session goes on";
  for (auto role : {Role::kNone, Role::kAdmin})
    EXPECT_EQ(grant(*admin_, "eva", granted->version, "dc1", role).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(grant(*admin_, "eva", granted->version, "dc9", Role::kViewer).error().code(), ErrorCode::kNotFound);
  auto less = grant(*admin_, "eva", granted->version, "dc1", Role::kViewer);
  ASSERT_TRUE(less.has_value()) << text_of(less);
  EXPECT_EQ(find(in.token)->role_in("dc1"), Role::kViewer);
  EXPECT_THAT(run(access_->admin.grants(in.identity, "eva", soon())).value(),
              ElementsAre(catalog::Grant{"eva", "dc1", "viewer"}));
  auto revoked = run(access_->admin.revoke(*admin_, "eva", less->version, "dc1", soon()));
  ASSERT_TRUE(revoked.has_value()) << text_of(revoked);
  EXPECT_EQ(find(in.token)->role_in("dc1"), Role::kNone);
  EXPECT_EQ(run(access_->admin.revoke(*admin_, "eva", revoked->version, "dc1", soon())).error().code(),
            ErrorCode::kNotFound);
}

TEST_P(AdminTest, grants_of_one_account_are_bounded) {
  auto eva = make(*admin_, "eva");
  auto filled = write<void>([](catalog::Transaction& t) -> Status {
    for (std::size_t i = 0; i <= Admin::kMostGrants; ++i) {
      TRY(auto made, catalog::create_folder(t, fmt::format("f{}", i)));
      if (i < Admin::kMostGrants) TRY_OK(catalog::set_grant(t, {"eva", made.path, "viewer"}));
    }
    return {};
  });
  ASSERT_TRUE(filled.has_value()) << text_of(filled);
  EXPECT_EQ(grant(*admin_, "eva", eva.version, fmt::format("f{}", Admin::kMostGrants), Role::kViewer).error().code(),
            ErrorCode::kResourceExhausted);
  EXPECT_TRUE(grant(*admin_, "eva", eva.version, "f0", Role::kEditor).has_value()) << "in place of another";
}

TEST_P(AdminTest, each_change_is_audited_with_before_and_after_and_without_hashes) {
  folder("dc1");
  auto eva = make(*admin_, "eva");
  eva = change(*admin_, {.name = "eva", .version = eva.version, .role = Role::kEditor}).value();
  eva = grant(*admin_, "eva", eva.version, "dc1", Role::kEditor).value();
  eva = run(access_->admin.revoke(*admin_, "eva", eva.version, "dc1", soon())).value();
  eva = set_password(*admin_, "eva", eva.version, "", "another horse battery").value();
  ASSERT_TRUE(remove(*admin_, "eva", eva.version).has_value());
  EXPECT_FALSE(remove(*admin_, "eva", eva.version).has_value());
  auto entries = audit();
  const std::string viewer = R"({"name":"eva","role":"viewer","disabled":false,"has_password":true})";
  const std::string editor = R"({"name":"eva","role":"editor","disabled":false,"has_password":true})";
  const std::string granted = R"({"folder":"dc1","role":"editor"})";
  auto is = [](const char* what, const std::string& before, const std::string& after) {
    return ::testing::AllOf(Field(&catalog::AuditEntry::what, what), Field(&catalog::AuditEntry::before, before),
                            Field(&catalog::AuditEntry::after, after), Field(&catalog::AuditEntry::who, "root"),
                            Field(&catalog::AuditEntry::target, "account/eva"));
  };
  ASSERT_EQ(entries.size(), 7u) << "what failed left no entry";
  entries.pop_back();  // root's
  EXPECT_THAT(entries, ElementsAre(is("account.delete", editor, ""), is("account.password", editor, editor),
                                   is("account.grant", granted, ""), is("account.grant", "", granted),
                                   is("account.update", viewer, editor), is("account.create", "", viewer)));
}

}  // namespace
}  // namespace holter::access
