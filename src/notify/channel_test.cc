#include "notify/channel.h"

#include <array>

#include <gmock/gmock.h>

namespace holter::notify {
namespace {

using ::testing::HasSubstr;
using Given = std::map<std::string, std::string, std::less<>>;

constexpr std::array<std::string_view, 2> kSizes{"small", "large"};
constexpr std::array kFields{
    Field{.name = "name", .required = true},
    Field{.name = "link", .type = Field::Type::kUrl},
    Field{.name = "count", .type = Field::Type::kNumber, .otherwise = "3"},
    Field{.name = "loud", .type = Field::Type::kBoolean, .otherwise = "true"},
    Field{.name = "size", .type = Field::Type::kChoice, .choices = kSizes},
    Field{.name = "people", .type = Field::Type::kLines},
    Field{.name = "token", .type = Field::Type::kPassword},
    Field{.name = "inner", .by_server = true},
};
Status no_bob(const Settings& settings) {
  if (settings.get("name") == "bob")
    return Error(ErrorCode::kInvalidArgument, "cannot use the receiver: 'name' is bob");
  return {};
}
constexpr PluginInfo kChannel{.name = "sample", .fields = kFields, .check = &no_bob};

std::string refused(const Given& given) {
  auto settings = check_settings(kChannel, given);
  if (settings) return "";
  EXPECT_EQ(settings.error().code(), ErrorCode::kInvalidArgument);
  return settings.error().message();
}

TEST(Channel, fills_in_defaults) {
  auto settings = check_settings(kChannel, Given{{"name", "ann"}, {"count", ""}, {"people", "a\r\nb"}}).value();
  EXPECT_EQ(settings.get("name"), "ann");
  EXPECT_EQ(settings.get("count"), "3");
  EXPECT_TRUE(settings.is_true("loud"));
  EXPECT_EQ(settings.get("link"), "");
  EXPECT_EQ(settings.get("people"), "a\r\nb");
  EXPECT_EQ(settings.get("inner"), "");
  settings.set("inner", "x");
  EXPECT_EQ(settings.get("inner"), "x");
}

TEST(Channel, names_the_field_that_is_wrong) {
  EXPECT_EQ(refused({}), "cannot use the receiver: 'name' is missing");
  EXPECT_THAT(refused({{"name", "a"}, {"cuont", "1"}}),
              HasSubstr("'cuont' is no field of channel sample (did you mean 'count'?)"));
  EXPECT_THAT(refused({{"name", "a"}, {"inner", "1"}}), HasSubstr("'inner' is no field"));
  EXPECT_THAT(refused({{"name", "a\nb"}}), HasSubstr("'name' has control characters"));
  EXPECT_THAT(refused({{"name", "\xc3"}}), HasSubstr("'name' is not UTF-8"));
  EXPECT_THAT(refused({{"name", std::string(4097, 'x')}}), HasSubstr("'name' has 4097 bytes; 4096 is the most"));
  EXPECT_THAT(refused({{"name", "a"}, {"count", "1x"}}), HasSubstr("'count' is not a whole number"));
  EXPECT_THAT(refused({{"name", "a"}, {"loud", "yes"}}), HasSubstr("'loud' is neither true nor false"));
  EXPECT_THAT(refused({{"name", "a"}, {"size", "tiny"}}), HasSubstr("'size' is none of: small, large"));
  EXPECT_THAT(refused({{"name", "a"}, {"people", "a\x07"}}), HasSubstr("'people' has control characters"));
  for (const char* url : {"h.example", "http://", "https:///x", "https://:80", "https://a b.example", "javascript:x"})
    EXPECT_THAT(refused({{"name", "a"}, {"link", url}}), HasSubstr("'link' is not a URL")) << url;
  EXPECT_EQ(refused({{"name", "a"}, {"link", "https://h.example:8443/x?y=z@w"}}), "");
  EXPECT_THAT(refused({{"name", "bob"}}), HasSubstr("'name' is bob"));
}

TEST(Channel, tells_no_secret_in_an_error) {
  EXPECT_THAT(refused({{"name", "a"}, {"token", "hunter2\n"}}), Not(HasSubstr("hunter2")));
  EXPECT_THAT(refused({{"name", "a"}, {"link", "http://ann:hunter2@h.example"}}), Not(HasSubstr("hunter2")));
}

TEST(Channel, finds_channels_by_name_and_each_is_well_made) {
  EXPECT_EQ(find_plugin("nothing"), nullptr);
  for (const char* name : {"webhook", "email", "exec", "alertmanager"}) EXPECT_NE(find_plugin(name), nullptr) << name;
  for (auto factory : all_plugins()) {
    const auto& plugin = factory();
    EXPECT_EQ(find_plugin(plugin.name), &plugin) << plugin.name;
    EXPECT_NE(plugin.send, nullptr) << plugin.name;
    EXPECT_FALSE(plugin.title_en.empty() || plugin.title_zh.empty()) << plugin.name;
    for (const auto& field : plugin.fields) {
      EXPECT_FALSE(field.name.empty()) << plugin.name;
      if (!field.by_server) EXPECT_FALSE(field.title_en.empty() || field.title_zh.empty()) << plugin.name << field.name;
      if (field.type == Field::Type::kChoice) EXPECT_FALSE(field.choices.empty()) << plugin.name << field.name;
    }
  }
}

}  // namespace
}  // namespace holter::notify
