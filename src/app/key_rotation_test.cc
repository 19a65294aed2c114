#include "app/key_rotation.h"

#include <gmock/gmock.h>

#include "app/monitor_store.h"
#include "catalog/monitors.h"
#include "catalog/sealed_params.h"
#include "catalog/sealed_values.h"
#include "catalog/test_catalog.h"
#include "secrets/test_keys.h"

namespace holter::app {
namespace {

using catalog::Engine;
using catalog::engine_name;
using catalog::text_of;
using secrets::test::kDown;
using secrets::test::keyring_of;
using secrets::test::kUp;

class KeyRotation : public catalog::CatalogFixture {
 protected:
  void SetUp() override {
    CatalogFixture::SetUp();
    if (HasFatalFailure()) return;
    database_ = open();
    ASSERT_NE(database_, nullptr);
  }
  /// Monitors with the password "password of <id>", sealed by `keyring`.
  std::vector<MonitorId> create(int count, const secrets::Keyring& keyring) {
    std::vector<catalog::Monitor> monitors(static_cast<std::size_t>(count));
    for (auto& monitor : monitors) {
      monitor.name = fmt::format("m{}", ++named_);
      monitor.app = "website";
      monitor.params = {{"host", "host", "db"}, {"password", "password", "", true}};
    }
    auto seal = [&](catalog::Monitor& monitor) -> Status {
      TRY(monitor.params.back().value, sealed(monitor.id, keyring));
      return {};
    };
    auto made = database_->write<std::vector<MonitorId>>(
        "eva", [&](catalog::Transaction& t) { return catalog::create_monitors(t, monitors, seal); });
    EXPECT_TRUE(made.has_value()) << text_of(made);
    return made.value_or(std::vector<MonitorId>());
  }
  static Result<std::string> sealed(MonitorId id, const secrets::Keyring& keyring) {
    return keyring.seal(fmt::format("password of {}", id.value), sealed_context(id, "password"));
  }
  void put(MonitorId id, const std::string& value) {
    auto monitor = catalog::find_monitor(*database_, id).value();
    monitor.params.back().value = value;
    auto written = database_->write<catalog::Monitor>(
        "other", [&](catalog::Transaction& t) { return catalog::update_monitor(t, monitor); });
    ASSERT_TRUE(written.has_value()) << text_of(written);
  }
  /// All of them, by the newest key alone.
  void expect_all_by(const secrets::Keyring& keyring, const std::vector<MonitorId>& ids) {
    for (auto id : ids) {
      auto monitor = catalog::find_monitor(*database_, id).value();
      auto plain = keyring.open(monitor.params.back().value, sealed_context(id, "password"));
      ASSERT_TRUE(plain.has_value()) << text_of(plain);
      EXPECT_EQ(plain->view(), fmt::format("password of {}", id.value));
    }
  }

  /// A receiver with two secrets, "<field> of a receiver", sealed by `keyring`.
  catalog::AlertObject receiver(const secrets::Keyring& keyring) {
    catalog::AlertObject object;
    object.kind = catalog::AlertObjectKind::kReceiver;
    object.name = fmt::format("r{}", ++named_);
    auto seal = [&](catalog::AlertObject& made) -> Status {
      TRY(auto password, keyring.seal("password of a receiver", sealed_context(made.id, "password")));
      TRY(auto token, keyring.seal("token of a receiver", sealed_context(made.id, "token")));
      made.json = fmt::format(R"({{"url":"http://x","password":"{}","more":[{{"token":"{}"}}]}})",
                              catalog::to_sealed_text(password), catalog::to_sealed_text(token));
      return {};
    };
    auto made = database_->write<catalog::AlertObject>(
        "eva", [&](catalog::Transaction& t) { return catalog::create_alert_object(t, object, seal); });
    EXPECT_TRUE(made.has_value()) << text_of(made);
    return made.value_or(catalog::AlertObject());
  }
  Result<catalog::AlertObject> update(const catalog::AlertObject& object) {
    return database_->write<catalog::AlertObject>(
        "other", [&](catalog::Transaction& t) { return catalog::update_alert_object(t, object); });
  }

  int named_ = 0;
  std::unique_ptr<catalog::Database> database_;
  const std::unique_ptr<secrets::Keyring> old_ = keyring_of(kUp), both_ = keyring_of(fmt::format("{},{}", kDown, kUp)),
                                          new_ = keyring_of(kDown);
};

TEST_P(KeyRotation, seals_all_by_the_newest_key_and_a_second_call_has_nothing_to_do) {
  auto ids = create(static_cast<int>(kTogether) + 50, *old_);
  std::size_t last = 0;
  auto done = reseal_all(*database_, *both_, [&](std::size_t at, std::size_t all) {
    EXPECT_EQ(all, ids.size());
    EXPECT_GT(at, last);
    last = at;
  });
  ASSERT_TRUE(done.has_value()) << text_of(done);
  EXPECT_EQ(done->all, ids.size());
  EXPECT_EQ(done->anew, ids.size());
  EXPECT_EQ(done->failures, 0U);
  EXPECT_EQ(last, ids.size());
  expect_all_by(*new_, ids);
  auto again = reseal_all(*database_, *both_);
  ASSERT_TRUE(again.has_value()) << text_of(again);
  EXPECT_EQ(again->anew, 0U);
}

TEST_P(KeyRotation, goes_on_after_half_of_it) {
  auto ids = create(3, *new_);
  for (auto id : create(4, *old_)) ids.push_back(id);
  auto done = reseal_all(*database_, *both_);
  ASSERT_TRUE(done.has_value()) << text_of(done);
  EXPECT_EQ(done->anew, 4U);
  expect_all_by(*new_, ids);
}

TEST_P(KeyRotation, comes_back_to_what_another_process_has_sealed_by_the_old_key_meanwhile) {
  auto ids = create(static_cast<int>(kTogether) + 5, *old_);
  int calls = 0;
  auto done = reseal_all(*database_, *both_, [&](std::size_t, std::size_t) {
    if (++calls == 1) put(ids.front(), sealed(ids.front(), *old_).value());  // its page has been passed
  });
  ASSERT_TRUE(done.has_value()) << text_of(done);
  EXPECT_EQ(done->anew, ids.size() + 1);
  expect_all_by(*new_, ids);
}

TEST_P(KeyRotation, names_what_cannot_be_opened_without_telling_it_and_seals_the_rest) {
  auto ids = create(20, *old_);
  for (int i = 0; i < 12; ++i) put(ids[static_cast<std::size_t>(i)], "v1.0123456789abcdef.AAAA");
  put(ids[12], sealed(ids[13], *old_).value());  // of another monitor
  auto done = reseal_all(*database_, *both_);
  ASSERT_TRUE(done.has_value()) << text_of(done);
  EXPECT_EQ(done->failures, 13U);
  EXPECT_EQ(done->anew, 7U);
  ASSERT_EQ(done->failed.size(), Resealed::kMostNamed);
  EXPECT_THAT(done->failed.front(), ::testing::StartsWith(fmt::format("monitor {} 'm1': cannot ", ids[0].value)));
  for (const auto& text : done->failed) EXPECT_EQ(text.find("password of"), std::string::npos);
}

TEST_P(KeyRotation, seals_secrets_in_the_documents_of_receivers_anew_and_leaves_the_rest_of_them) {
  auto ids = create(3, *old_);
  constexpr int kReceivers = 5;
  std::vector<catalog::AlertObject> receivers;
  for (int i = 0; i < kReceivers; ++i) receivers.push_back(receiver(*old_));
  auto broken = receiver(*old_);
  auto json = fmt::format(R"({{"password":"{}"}})", catalog::to_sealed_text("v1.0123456789abcdef.AAAA"));
  broken.json = json;
  ASSERT_TRUE(update(broken).has_value());
  auto done = reseal_all(*database_, *both_);
  ASSERT_TRUE(done.has_value()) << text_of(done);
  EXPECT_EQ(done->all, ids.size() + kReceivers * 2 + 1);
  EXPECT_EQ(done->anew, ids.size() + kReceivers * 2);
  EXPECT_EQ(done->failures, 1U);
  EXPECT_THAT(done->failed, ::testing::ElementsAre(::testing::StartsWith(
                                fmt::format("receiver {} '{}': cannot ", broken.id.value, broken.name))));
  expect_all_by(*new_, ids);
  for (const auto& before : receivers) {
    auto now = catalog::find_alert_object(*database_, catalog::AlertObjectKind::kReceiver, before.id).value();
    EXPECT_TRUE(now.json.starts_with(R"({"url":"http://x","password":"sealed:)")) << now.json;
    auto values = catalog::find_sealed_values(now.json).value();
    ASSERT_EQ(values.size(), 2U);
    for (const auto& [field, value] : values) {
      auto plain = new_->open(value, sealed_context(before.id, field));
      ASSERT_TRUE(plain.has_value()) << text_of(plain);
      EXPECT_EQ(plain->view(), field + " of a receiver");
    }
    EXPECT_EQ(update(before).error().code(), ErrorCode::kConflict) << "the old secret cannot be written back";
  }
}

TEST_P(KeyRotation, a_receivers_secret_opens_in_no_other_receiver) {
  auto one = receiver(*old_), other = receiver(*old_);
  other.json = one.json;
  ASSERT_TRUE(update(other).has_value());
  auto done = reseal_all(*database_, *both_);
  ASSERT_TRUE(done.has_value()) << text_of(done);
  EXPECT_EQ(done->failures, 2U);
  EXPECT_EQ(done->anew, 2U);
}

HOLTER_ON_BOTH_ENGINES(KeyRotation);

}  // namespace
}  // namespace holter::app
