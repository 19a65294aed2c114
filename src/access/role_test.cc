#include "access/role.h"

#include <gmock/gmock.h>

#include "access/identity.h"

namespace holter::access {
namespace {

using ::testing::HasSubstr;

TEST(RoleTest, has_one_text_each) {
  for (auto role : {Role::kNone, Role::kViewer, Role::kOperator, Role::kEditor, Role::kAdmin})
    EXPECT_EQ(parse_role(to_string(role)).value(), role);
  for (const char* other : {"", "Admin", "admin ", "root", "viewer,admin"})
    EXPECT_EQ(parse_role(other).error().code(), ErrorCode::kInvalidArgument) << other;
}

TEST(RoleTest, rises) {
  EXPECT_LT(Role::kNone, Role::kViewer);
  EXPECT_LT(Role::kViewer, Role::kOperator);
  EXPECT_LT(Role::kOperator, Role::kEditor);
  EXPECT_LT(Role::kEditor, Role::kAdmin);
}

TEST(RoleTest, of_a_token_is_the_greatest_of_its_scopes) {
  EXPECT_EQ(parse_scopes("read").value(), Role::kViewer);
  EXPECT_EQ(parse_scopes("edit read").value(), Role::kEditor);
  EXPECT_EQ(parse_scopes("operate operate").value(), Role::kOperator);
  EXPECT_EQ(parse_scopes("admin").value(), Role::kAdmin);
}

TEST(RoleTest, scopes_of_another_form_are_refused) {
  for (const char* other :
       {"", " ", "read ", " read", "read  edit", "read,edit", "read\tedit", "READ", "none", "viewer"})
    EXPECT_EQ(parse_scopes(other).error().code(), ErrorCode::kInvalidArgument) << "'" << other << "'";
  EXPECT_THAT(parse_scopes("read write").error().message(), HasSubstr("'write' as a scope: there are read, operate"));
}

TEST(IdentityTest, a_folder_is_within_those_above_it_and_not_beside) {
  EXPECT_TRUE(is_within("a/b/c", "a/b"));
  EXPECT_TRUE(is_within("a/b", "a/b"));
  EXPECT_FALSE(is_within("a/bc", "a/b"));
  EXPECT_FALSE(is_within("a", "a/b"));
  EXPECT_FALSE(is_within("", "a"));
  EXPECT_TRUE(is_within("", ""));
  EXPECT_TRUE(is_within("a", ""));
}

class RoleInTest : public ::testing::Test {
 protected:
  catalog::Account account(const char* role) { return {"eva", role}; }
  const std::vector<catalog::Grant> grants_ = {
      {"eva", "dc1", "operator"}, {"eva", "dc1/rack2", "editor"}, {"eva", "x", "viewer"}};
};

TEST_F(RoleInTest, is_the_greater_of_role_and_grants_on_the_way_up) {
  auto eva = Identity::of_session(account("viewer"), grants_).value();
  EXPECT_EQ(eva.role(), Role::kViewer);
  EXPECT_EQ(eva.role_in(""), Role::kViewer);
  EXPECT_EQ(eva.role_in("dc1"), Role::kOperator);
  EXPECT_EQ(eva.role_in("dc1/rack1"), Role::kOperator);
  EXPECT_EQ(eva.role_in("dc1/rack2"), Role::kEditor);
  EXPECT_EQ(eva.role_in("dc1/rack2/u7"), Role::kEditor);
  EXPECT_EQ(eva.role_in("dc1/rack22"), Role::kOperator);
  EXPECT_EQ(eva.role_in("dc10"), Role::kViewer);
  EXPECT_EQ(Identity::of_session(account("admin"), grants_)->role_in("x"), Role::kAdmin)
      << "a grant takes nothing away";
}

TEST_F(RoleInTest, is_none_unless_something_says_otherwise) {
  auto eva = Identity::of_session(account("none"), grants_).value();
  EXPECT_EQ(eva.role(), Role::kNone);
  EXPECT_EQ(eva.role_in("dc2"), Role::kNone);
  EXPECT_EQ(eva.role_in("x/y"), Role::kViewer);
}

TEST_F(RoleInTest, is_never_above_what_a_token_may_do) {
  catalog::ApiToken token{"hash", "ci", "eva", "read operate"};
  auto admin = Identity::of_token(account("admin"), grants_, token).value();
  EXPECT_EQ(admin.role(), Role::kOperator);
  EXPECT_EQ(admin.role_in("dc1/rack2"), Role::kOperator);
  auto viewer = Identity::of_token(account("viewer"), grants_, token).value();
  EXPECT_EQ(viewer.role(), Role::kViewer) << "a scope gives no role";
  EXPECT_EQ(viewer.role_in("dc1/rack2"), Role::kOperator);
}

TEST_F(RoleInTest, a_role_that_there_is_not_gives_nothing) {
  EXPECT_EQ(Identity::of_session(account("superuser"), {}).error().code(), ErrorCode::kCorruption);
  EXPECT_EQ(Identity::of_session(account("viewer"), {{"eva", "a", "all"}}).error().code(), ErrorCode::kCorruption);
  catalog::ApiToken token{"hash", "ci", "eva", "read everything"};
  EXPECT_EQ(Identity::of_token(account("viewer"), {}, token).error().code(), ErrorCode::kCorruption);
}

TEST_F(RoleInTest, what_takes_more_is_forbidden_and_the_message_says_what_it_takes) {
  auto eva = Identity::of_session(account("viewer"), grants_).value();
  EXPECT_TRUE(require_role(eva, Role::kViewer, "see").has_value());
  auto refused = require_role(eva, Role::kAdmin, "make an account");
  EXPECT_EQ(refused.error().code(), ErrorCode::kForbidden);
  EXPECT_EQ(refused.error().message(), "cannot make an account: that takes the role admin, and you have viewer");
  EXPECT_TRUE(require_role_in(eva, Role::kEditor, "dc1/rack2", "make a monitor").has_value());
  EXPECT_EQ(require_role_in(eva, Role::kEditor, "dc1", "make a monitor").error().code(), ErrorCode::kForbidden);
  catalog::ApiToken token{"hash", "ci", "eva", "read"};
  auto by_token = Identity::of_token(account("admin"), {}, token).value();
  EXPECT_THAT(require_role(by_token, Role::kEditor, "x").error().message(), HasSubstr("you have viewer by this token"));
}

}  // namespace
}  // namespace holter::access
