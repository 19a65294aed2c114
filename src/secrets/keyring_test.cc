#include "secrets/keyring.h"

#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <sys/stat.h>

#include "secrets/test_keys.h"

namespace holter::secrets {
namespace {

using test::kDown;
using test::kUp;

class KeyringTest : public test::KeyFileTest {};

TEST_F(KeyringTest, keys_of_the_environment_need_no_file) {
  auto keyring =
      Keyring::load({.data_dir = root_.path(), .list = SecretText(std::string(kDown) + "," + kUp), .has_sealed = true});
  ASSERT_TRUE(keyring.has_value()) << keyring.error().message();
  EXPECT_EQ((*keyring)->size(), 2U);
  EXPECT_EQ((*keyring)->newest(), SecretKey::from_base64(kDown)->id());
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(KeyringTest, keys_of_a_mounted_file_may_be_readable_but_not_writable_by_others) {
  root_.put("mounted", std::string(kUp) + "\n");
  auto mounted = root_.path() + "mounted";
  ASSERT_EQ(::chmod(mounted.c_str(), 0444), 0);
  auto keyring = Keyring::load({.data_dir = root_.path(), .file = mounted});
  ASSERT_TRUE(keyring.has_value()) << keyring.error().message();
  EXPECT_EQ((*keyring)->newest(), SecretKey::from_base64(kUp)->id());
  ASSERT_EQ(::chmod(mounted.c_str(), 0666), 0);
  auto open = Keyring::load({.data_dir = root_.path(), .file = mounted});
  ASSERT_FALSE(open.has_value());
  EXPECT_EQ(open.error().message(), "HOLTER_SECRET_KEY_FILE: cannot use " + mounted + " for keys: others may write it");
}

TEST_F(KeyringTest, what_is_wrong_in_the_environment_is_refused_rather_than_passed_over) {
  auto rubbish = Keyring::load({.data_dir = root_.path(), .list = SecretText("hunter2hunter2")});
  ASSERT_FALSE(rubbish.has_value());
  EXPECT_TRUE(rubbish.error().message().starts_with("HOLTER_SECRET_KEY: key 1 of the list: cannot take"));
  EXPECT_EQ(rubbish.error().message().find("hunter"), std::string::npos);
  auto missing = Keyring::load({.data_dir = root_.path(), .file = root_.path() + "none"});
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().message(),
            "HOLTER_SECRET_KEY_FILE: cannot read " + root_.path() + "none: No such file or directory");
  auto empty = Keyring::load({.data_dir = root_.path(), .list = SecretText("")});
  ASSERT_FALSE(empty.has_value()) << "a variable that some template left empty makes no new key";
  EXPECT_TRUE(empty.error().message().starts_with("HOLTER_SECRET_KEY: key 1 of the list: cannot take"));
  EXPECT_FALSE(Keyring::load({.data_dir = root_.path(), .file = ""}).has_value());
  auto both = Keyring::load({.data_dir = root_.path(), .list = SecretText(kUp), .file = "somewhere"});
  ASSERT_FALSE(both.has_value());
  EXPECT_EQ(both.error().message(),
            "cannot take keys from both HOLTER_SECRET_KEY and HOLTER_SECRET_KEY_FILE: set one of them");
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(KeyringTest, the_environment_is_emptied_once_it_is_read) {
  ASSERT_EQ(::setenv("HOLTER_SECRET_KEY", kUp, 1), 0);
  ASSERT_EQ(::setenv("HOLTER_SECRET_KEY_FILE", "/run/secrets/holter", 1), 0);
  const char* where = std::getenv("HOLTER_SECRET_KEY");
  KeyringOptions options;
  take_environment(options);
  ASSERT_TRUE(options.list.has_value());
  EXPECT_EQ(options.list->view(), kUp);
  EXPECT_EQ(options.file, "/run/secrets/holter");
  EXPECT_EQ(std::getenv("HOLTER_SECRET_KEY"), nullptr);
  EXPECT_EQ(std::getenv("HOLTER_SECRET_KEY_FILE"), nullptr);
  EXPECT_EQ(std::strlen(where), 0U) << "it is overwritten in place: /proc/<pid>/environ shows that memory";
  KeyringOptions none;
  take_environment(none);
  EXPECT_FALSE(none.list.has_value());
  EXPECT_FALSE(none.file.has_value());
}

}  // namespace
}  // namespace holter::secrets
