#include "secrets/key_file.h"

#include <filesystem>

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/proc_file.h"
#include "secrets/test_keys.h"

namespace holter::secrets {
namespace {

using test::kDown;
using test::KeyFileTest;
using test::kUp;

Keys keys_of(const std::string& list) {
  auto keys = parse_key_list(list);
  if (!keys) ADD_FAILURE() << keys.error().message();
  return keys.value_or(Keys());
}

TEST(KeyFileText, is_read_as_it_was_written) {
  auto text = print_keys(keys_of(std::string(kDown) + "," + kUp));
  auto keys = parse_keys(text.view());
  ASSERT_TRUE(keys.has_value()) << keys.error().message();
  ASSERT_EQ(keys->size(), 2U);
  EXPECT_EQ(keys->front()->to_base64().view(), kDown);
  EXPECT_EQ(keys->back()->to_base64().view(), kUp);
}

TEST(KeyFileText, of_the_most_keys_is_within_its_bound) {
  Keys keys;
  for (std::size_t i = 0; i < kMostKeys; ++i) ASSERT_TRUE(append(keys, *SecretKey::random()).has_value());
  auto text = print_keys(keys);
  EXPECT_LE(text.size(), kMostKeyFileBytes);
  EXPECT_EQ(parse_keys(text.view()).value().size(), kMostKeys);
}

TEST(KeyFileText, torn_anywhere_it_is_refused) {
  auto text = print_keys(keys_of(std::string(kDown) + "," + kUp));
  for (std::size_t size = 0; size < text.size(); ++size) {
    auto keys = parse_keys(text.view().substr(0, size));
    ASSERT_FALSE(keys.has_value()) << size;
    EXPECT_EQ(keys.error().code(), ErrorCode::kCorruption);
  }
}

TEST(KeyFileText, with_any_byte_changed_it_is_refused_without_telling_a_key) {
  auto text = print_keys(keys_of(std::string(kDown) + "," + kUp));
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (char bit : {1, 4, 64}) {
      std::string changed(text.view());
      changed[i] = static_cast<char>(changed[i] ^ bit);
      auto keys = parse_keys(changed);
      ASSERT_FALSE(keys.has_value()) << i;
      EXPECT_EQ(keys.error().message().find("AwQF"), std::string::npos);
      EXPECT_EQ(keys.error().message().find("HBsa"), std::string::npos);
    }
  }
}

TEST(KeyFileText, what_others_write_is_refused) {
  auto text = std::string(print_keys(keys_of(kUp)).view());
  for (const std::string& other :
       {std::string(), std::string("\n"), std::string(kUp), text + "\n", text + text, "\n" + text, text.substr(14),
        std::string(4096, 'x'), std::string(print_keys(Keys()).view())})
    EXPECT_FALSE(parse_keys(other).has_value()) << other;
}

TEST_F(KeyFileTest, is_made_at_first_start_for_its_owner_only) {
  auto keyring = loaded();
  EXPECT_EQ(keyring->size(), 1U);
  struct stat about{};
  ASSERT_EQ(::stat(path_.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, 0600U);
  EXPECT_EQ(about.st_nlink, 1U);
  EXPECT_FALSE(std::filesystem::exists(path_ + ".tmp"));
  EXPECT_EQ(loaded()->newest(), keyring->newest()) << "the next start finds it";
}

TEST_F(KeyFileTest, a_wide_umask_does_not_open_it_to_others) {
  auto before = ::umask(0);
  auto keyring = load();
  ::umask(before);
  ASSERT_TRUE(keyring.has_value());
  struct stat about{};
  ASSERT_EQ(::stat(path_.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, 0600U);
}

TEST_F(KeyFileTest, is_not_made_anew_where_something_is_sealed) {
  auto keyring = load(/*has_sealed=*/true);
  ASSERT_FALSE(keyring.has_value());
  EXPECT_EQ(keyring.error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(keyring.error().message(),
            "cannot find " + path_ +
                ", but there are sealed passwords that only its keys open: put it back from a backup, or set "
                "HOLTER_SECRET_KEY");
  EXPECT_FALSE(std::filesystem::exists(path_));
  loaded();
  EXPECT_TRUE(load(/*has_sealed=*/true).has_value());
}

TEST_F(KeyFileTest, that_others_may_use_is_refused_and_says_what_to_do) {
  loaded();
  for (::mode_t mode : {0640U, 0604U, 0620U, 0602U, 0610U, 0601U, 0644U}) {
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    auto keyring = load();
    ASSERT_FALSE(keyring.has_value()) << mode;
    EXPECT_EQ(keyring.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(keyring.error().message().find("run chmod 600 " + path_), std::string::npos) << keyring.error().message();
  }
  ASSERT_EQ(::chmod(path_.c_str(), 0400), 0);
  EXPECT_TRUE(load().has_value());
}

TEST_F(KeyFileTest, of_another_user_is_refused) {
  if (::geteuid() != 0) {  // only root can give a file away; another user's file is there without
    auto other = KeyFile("/proc/1/environ").read();
    ASSERT_FALSE(other.has_value());
    return;
  }
  loaded();
  ASSERT_EQ(::chown(path_.c_str(), 12345, 12345), 0);
  auto keyring = load();
  ASSERT_FALSE(keyring.has_value());
  EXPECT_NE(keyring.error().message().find("it belongs to user 12345, this process is user 0"), std::string::npos)
      << keyring.error().message();
}

TEST_F(KeyFileTest, torn_is_refused_and_stays_as_it_is) {
  loaded();
  auto whole = text();
  put(whole.substr(0, whole.size() / 2));
  auto keyring = load();
  ASSERT_FALSE(keyring.has_value());
  EXPECT_EQ(keyring.error().code(), ErrorCode::kCorruption);
  EXPECT_TRUE(keyring.error().message().starts_with(path_ + ": cannot understand it as a file of keys: "));
  EXPECT_TRUE(keyring.error().message().ends_with(
      "; put it back from a backup, or, if nothing has been sealed by it, remove it"))
      << keyring.error().message();
  EXPECT_EQ(text(), whole.substr(0, whole.size() / 2));
  put(std::string(1 << 20, 'x'));
  EXPECT_NE(load().error().message().find("it is longer than 2048 bytes"), std::string::npos);
}

TEST_F(KeyFileTest, that_is_no_regular_file_is_refused_and_not_waited_for) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_NE(load().error().message().find("it is no regular file"), std::string::npos);
  ASSERT_EQ(::unlink(path_.c_str()), 0);
  root_.put("elsewhere", "");
  std::filesystem::create_symlink(root_.path() + "elsewhere", path_);
  EXPECT_NE(load().error().message().find("it is a symbolic link"), std::string::npos);
}

TEST_F(KeyFileTest, is_never_replaced_by_create) {
  KeyFile file(path_);
  ASSERT_TRUE(file.create(keys_of(kUp)).has_value());
  auto before = text();
  auto again = file.create(keys_of(kDown));
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(again.error().message(), "cannot create " + path_ + ": it is there already");
  EXPECT_EQ(text(), before);
  EXPECT_FALSE(std::filesystem::exists(path_ + ".tmp"));
}

TEST_F(KeyFileTest, a_change_on_an_older_state_is_refused) {
  KeyFile file(path_);
  ASSERT_TRUE(file.create(keys_of(kUp)).has_value());
  auto both = keys_of(std::string(kDown) + "," + kUp);
  ASSERT_TRUE(file.replace(keys_of(kUp), both).has_value());
  EXPECT_EQ(file.read().value()->size(), 2U);
  auto stale = file.replace(keys_of(kUp), keys_of(kUp));
  ASSERT_FALSE(stale.has_value());
  EXPECT_EQ(stale.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(file.read().value()->size(), 2U);
}

TEST_F(KeyFileTest, one_process_at_a_time_changes_it) {
  KeyFile file(path_);
  ASSERT_TRUE(file.create(keys_of(kUp)).has_value());
  Descriptor folder(::open(root_.path().c_str(), O_RDONLY | O_DIRECTORY));
  ASSERT_EQ(::flock(folder.get(), LOCK_EX | LOCK_NB), 0);
  auto changed = file.replace(keys_of(kUp), keys_of(kDown));
  ASSERT_FALSE(changed.has_value());
  EXPECT_EQ(changed.error().message(), "cannot write " + path_ + ": another process does");
  ASSERT_EQ(::flock(folder.get(), LOCK_UN), 0);
  EXPECT_TRUE(file.replace(keys_of(kUp), keys_of(kDown)).has_value());
}

TEST_F(KeyFileTest, without_its_folder_is_an_error_that_names_it) {
  auto keyring = Keyring::load({.data_dir = root_.path() + "none"});
  ASSERT_FALSE(keyring.has_value());
  EXPECT_EQ(keyring.error().code(), ErrorCode::kIo);
  EXPECT_NE(keyring.error().message().find("none/secret.key: No such file or directory"), std::string::npos);
}

TEST_F(KeyFileTest, of_root_belongs_to_the_owner_of_the_folder) {
  ASSERT_EQ(::geteuid(), 0U) << "this test runs as root";
  auto keyring = loaded();
  ASSERT_EQ(::chown(root_.path().c_str(), 12345, 12346), 0);
  ASSERT_TRUE(keyring->add_new().has_value());
  struct stat about{};
  ASSERT_EQ(::stat(path_.c_str(), &about), 0);
  EXPECT_EQ(about.st_uid, 12345U);
  EXPECT_EQ(about.st_gid, 12346U);
  EXPECT_EQ(about.st_mode & 07777, 0600U);
  EXPECT_EQ(loaded()->size(), 2U) << "which root reads";
}

}  // namespace
}  // namespace holter::secrets
