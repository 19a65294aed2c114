#include "net/known_hosts.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "testing/openssh.h"

namespace holter::net {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

class KnownHostsTest : public ::testing::Test {
 protected:
  KnownHostsTest() {
    directory_ = "/tmp/holter-known-XXXXXX";
    EXPECT_NE(::mkdtemp(directory_.data()), nullptr);
  }
  ~KnownHostsTest() override { fs::remove_all(directory_); }

  std::string path() const { return directory_ + "/known_hosts"; }
  void put(const std::string& text) const { std::ofstream(path()) << text; }
  std::string file() const {
    std::ostringstream text;
    text << std::ifstream(path()).rdbuf();
    return text.str();
  }
  KnownHosts open(HostKeyPolicy policy = HostKeyPolicy::kAcceptNew) { return {{policy, path()}, account_}; }

  /// Two keys as ssh-keygen makes them; `line_*` is "type base64".
  static std::string line_of(const std::string& arguments) {
    auto open = testing::make_ssh_key(arguments).open;
    return open.substr(0, open.rfind(' '));
  }
  static std::string bytes_of(const std::string& line) { return from_base64(line.substr(line.find(' ') + 1)); }

  static inline const std::string line_a_ = line_of("-t ed25519"), line_b_ = line_of("-t ed25519"),
                                  line_rsa_ = line_of("-t rsa -b 2048");
  const std::string a_ = bytes_of(line_a_), b_ = bytes_of(line_b_), rsa_ = bytes_of(line_rsa_);
  std::string directory_;
  memory::Account account_{"process", nullptr, 64 << 20};
};

TEST_F(KnownHostsTest, remembers_a_new_host_and_refuses_another_key_from_then_on) {
  {
    auto known = open();
    ASSERT_TRUE(known.check("Web.Example", 22, a_));
    ASSERT_TRUE(known.check("web.example", 2222, b_)) << "another port may be another server";
    EXPECT_TRUE(known.check("web.example", 22, a_));
  }
  EXPECT_EQ(file(), "web.example " + line_a_ + "\n[web.example]:2222 " + line_b_ + "\n");
  auto known = open();
  EXPECT_TRUE(known.check("web.example", 22, a_));
  auto changed = known.check("web.example", 22, b_);
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(changed.error().message(), HasSubstr(fingerprint_of(a_)));
  EXPECT_THAT(changed.error().message(), HasSubstr(fingerprint_of(b_)));
  EXPECT_FALSE(known.check("web.example", 22, rsa_)) << "a key of another kind is another key";
  EXPECT_EQ(std::ranges::count(file(), '\n'), 2);
  EXPECT_FALSE(fs::exists(path() + ".new-" + std::to_string(::getpid())));
}

TEST_F(KnownHostsTest, has_fingerprints_as_ssh_keygen_prints_them) {
  put("h " + line_a_ + "\n");
  ASSERT_EQ(std::system(fmt::format("ssh-keygen -lf {0} > {0}.out", path()).c_str()), 0);
  std::ostringstream printed;
  printed << std::ifstream(path() + ".out").rdbuf();
  EXPECT_THAT(printed.str(), HasSubstr(fingerprint_of(a_)));
}

TEST_F(KnownHostsTest, finds_names_that_ssh_keygen_has_hashed) {
  put("web.example " + line_a_ + "\n[web.example]:2222 " + line_b_ + "\n");
  ASSERT_EQ(std::system(fmt::format("ssh-keygen -q -H -f {} > /dev/null 2>&1", path()).c_str()), 0);
  EXPECT_THAT(file(), Not(HasSubstr("web.example")));
  auto known = open(HostKeyPolicy::kStrict);
  EXPECT_TRUE(known.check("web.example", 22, a_));
  EXPECT_TRUE(known.check("web.example", 2222, b_));
  EXPECT_FALSE(known.check("web.example", 22, b_));
  EXPECT_FALSE(known.check("other.example", 22, a_));
}

TEST_F(KnownHostsTest, a_strict_store_takes_no_new_host_and_one_that_is_off_takes_all) {
  auto strict = open(HostKeyPolicy::kStrict);
  auto refused = strict.check("web.example", 22, a_);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("is not known in"));
  auto off = open(HostKeyPolicy::kOff);
  EXPECT_TRUE(off.check("web.example", 22, a_));
  EXPECT_TRUE(off.check("web.example", 22, b_));
  EXPECT_FALSE(fs::exists(path()));
}

TEST_F(KnownHostsTest, reads_the_file_again_when_somebody_has_changed_it) {
  auto known = open();
  ASSERT_TRUE(known.check("web.example", 22, a_));
  ASSERT_FALSE(known.check("web.example", 22, b_));
  put("# the key was changed\nweb.example " + line_b_ + " comment\n");
  EXPECT_TRUE(known.check("web.example", 22, b_));
  fs::remove(path());
  EXPECT_TRUE(known.check("web.example", 22, a_));
  EXPECT_EQ(file(), "web.example " + line_a_ + "\n");
}

TEST_F(KnownHostsTest, a_revoked_key_is_refused_everywhere) {
  put("@revoked * " + line_a_ + "\nweb.example " + line_a_ + "\n@cert-authority * " + line_b_ + "\n");
  auto known = open();
  auto revoked = known.check("web.example", 22, a_);
  ASSERT_FALSE(revoked);
  EXPECT_THAT(revoked.error().message(), HasSubstr("revoked"));
  EXPECT_FALSE(known.check("web.example", 22, b_)) << "an authority's key is no host's";
  EXPECT_TRUE(known.check("other.example", 22, b_));
}

TEST_F(KnownHostsTest, keeps_comments_and_half_a_line_of_others) {
  put("# mine\n\nold.example " + line_a_);  // somebody is writing it
  auto known = open();
  ASSERT_TRUE(known.check("web.example", 22, b_));
  EXPECT_EQ(file(), "# mine\n\nold.example " + line_a_ + "\nweb.example " + line_b_ + "\n");
  EXPECT_FALSE(known.check("old.example", 22, b_));
}

TEST_F(KnownHostsTest, tells_the_types_that_are_known) {
  put("web.example " + line_rsa_ + "\nweb.example,::1 " + line_a_ + "\n");
  auto known = open();
  EXPECT_THAT(known.known_types("WEB.example", 22), ElementsAre("ssh-rsa", "ssh-ed25519"));
  EXPECT_THAT(known.known_types("[::1]", 22), ElementsAre("ssh-ed25519"));
  EXPECT_TRUE(known.known_types("web.example", 23).empty());
}

TEST_F(KnownHostsTest, accepts_nothing_that_it_cannot_remember) {
  KnownHosts nowhere({HostKeyPolicy::kAcceptNew, directory_ + "/none/known_hosts"}, account_);
  auto written = nowhere.check("web.example", 22, a_);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), ErrorCode::kIo);
  auto known = open();
  EXPECT_FALSE(known.check("web.example,other", 22, a_));
  EXPECT_FALSE(known.check("*", 22, a_));
  EXPECT_FALSE(known.check("web.example", 22, "no key"));
  EXPECT_FALSE(fs::exists(path()));
  put(std::string(KnownHosts::kMostBytes + 1, '#'));
  auto large = known.check("web.example", 22, a_);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code(), ErrorCode::kResourceExhausted);
  put(std::string(KnownHosts::kMostBytes - 10, '#') + "\n");
  EXPECT_FALSE(known.check("web.example", 22, a_));
  fs::remove(path());
  fs::create_directory(path());
  EXPECT_FALSE(known.check("web.example", 22, a_));
}

TEST_F(KnownHostsTest, is_charged_and_remembers_nothing_when_it_is_refused) {
  put("web.example " + line_a_ + "\n");
  {
    auto known = open();
    ASSERT_TRUE(known.check("web.example", 22, a_));
    EXPECT_GT(account_.used(), 0U);
  }
  EXPECT_EQ(account_.used(), 0U);
  account_.set_limit(10);
  auto known = open();
  auto refused = known.check("web.example", 22, a_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
  account_.set_limit(64 << 20);
  EXPECT_TRUE(known.check("web.example", 22, a_));
}

TEST(KnownHostsText, matches_patterns_as_openssh_does) {
  EXPECT_TRUE(names_match("a,web.example", "web.example"));
  EXPECT_TRUE(names_match("*.example", "web.example"));
  EXPECT_TRUE(names_match("WEB.Exampl?", "web.example"));
  EXPECT_FALSE(names_match("*.example,!web.example", "web.example"));
  EXPECT_FALSE(names_match("web", "web.example"));
  EXPECT_FALSE(names_match("", "web.example"));
  EXPECT_FALSE(names_match("|1|broken", "web.example"));
  EXPECT_TRUE(names_match("[web.example]:2222", "[web.example]:2222"));
  std::string stars(200, '*'), text(2000, 'a');
  EXPECT_FALSE(names_match("*a" + stars + "*a*b", text));
}

}  // namespace
}  // namespace holter::net
