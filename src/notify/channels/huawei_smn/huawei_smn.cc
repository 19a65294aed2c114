#include <array>

#include <fmt/format.h>

#include "base/percent.h"
#include "notify/channel_tools.h"
#include "notify/http_outcome.h"
#include "notify/plugin.h"
#include "notify/request_signing.h"

namespace holter::notify {
namespace {

using Type = Field::Type;

constexpr std::array kFields{
    Field{.name = "access_key", .required = true, .title_en = "Access key (AK)", .title_zh = "访问密钥 AK"},
    Field{.name = "secret_key",
          .type = Type::kPassword,
          .required = true,
          .title_en = "Secret key (SK)",
          .title_zh = "访问密钥 SK"},
    Field{.name = "project_id", .required = true, .title_en = "Project", .title_zh = "项目 ID"},
    Field{.name = "topic_urn",
          .required = true,
          .title_en = "Topic",
          .title_zh = "主题 URN",
          .help_en = "urn:smn:region:project:name; its subscribers are told.",
          .help_zh = "urn:smn:区域:项目:名称，消息发送给主题的订阅者。"},
    Field{.name = "region",
          .required = true,
          .title_en = "Region",
          .title_zh = "区域",
          .help_en = "Such as cn-north-4.",
          .help_zh = "例如 cn-north-4。",
          .otherwise = "cn-north-4"},
    Field{.name = "api_url",
          .type = Type::kUrl,
          .title_en = "API address",
          .title_zh = "接口地址",
          .help_en = "Empty: https://smn.<region>.myhuaweicloud.com.",
          .help_zh = "留空则使用 https://smn.<区域>.myhuaweicloud.com。",
          .decides_peer = true},
};

/// SMS subscribers get less; SMN cuts for them itself.
constexpr Limit kMostText = bytes(200'000), kMostSubject = bytes(500);

constexpr std::array kCodes{
    retry_code("APIG.0308", seconds(60)),  // too many requests
    retry_code("APIG.0201", seconds(10)),  // the gateway waited too long
    retry_code("SMN.0000", seconds(30)),   // an error inside
    give_up_code("APIG.0301"),             // the signature, or no such key
    give_up_code("APIG.0303"),             // likewise
    give_up_code("APIG.0307"),             // the token
    give_up_code("SMN.0011"),              // no right to this topic
    give_up_code("SMN.0003"),              // no such project
};

/// Success has a message_id; errors have code and message, those of the gateway in front error_code and error_msg.
Outcome judge(const HttpAnswer& answer, WallTime now) {
  auto object = parse_object(answer.body);
  if (is_success(answer) && object)
    if (auto id = member_text(*object, "message_id"); !id.empty())
      return Outcome::delivered(fmt::format("HTTP {}, message {}", answer.status, one_line(id, 60)));
  bool gateway = object && object->contains("error_code");
  auto style = gateway ? CodeStyle{"error_code", "error_msg", ""} : CodeStyle{"code", "message", ""};
  return outcome_of_code(answer, now, style, kCodes);
}

/// PublishMessage of SMN v2, signed by SDK-HMAC-SHA256 (Huawei Cloud, "AK/SK signing and authentication algorithm").
Result<HttpCall> call_of(const Message& message, const Settings& settings, WallTime now) {
  auto other = fmt::format("https://smn.{}.myhuaweicloud.com", settings.get("region"));
  auto base = settings.get("api_url").empty() ? std::string_view(other) : settings.get("api_url");
  auto path = fmt::format("/v2/{}/notifications/topics/{}/publish", percent_encoded(settings.get("project_id")),
                          percent_encoded(settings.get("topic_urn")));
  auto call = json_call(join_url(base, path),
                        {{"subject", cut(message.title, kMostSubject)}, {"message", plain_text(message, kMostText)}});
  CanonicalRequest request;
  request.path = path + "/";  // as the algorithm wants it, whatever the address has
  request.headers = {{"host", authority_of(base)}, {"x-sdk-date", compact_utc(now)}};
  TRY(request.body_hash, sha256_hex(call.body));
  TRY(auto hash, sha256_hex(request.text()));
  TRY(auto mac,
      hmac_sha256(settings.get("secret_key"), fmt::format("SDK-HMAC-SHA256\n{}\n{}", compact_utc(now), hash)));
  call.headers.emplace_back("X-Sdk-Date", compact_utc(now));
  call.headers.emplace_back("X-Project-Id", settings.get("project_id"));
  call.headers.emplace_back("Authorization",
                            fmt::format("SDK-HMAC-SHA256 Access={}, SignedHeaders={}, Signature={}",
                                        settings.get("access_key"), request.signed_headers(), to_hex(mac)));
  return call;
}

boost::asio::awaitable<Outcome> send(const Message& message, const Settings& settings, Wire& wire) {
  auto call = call_of(message, settings, wire.now());
  if (!call) co_return outcome_of(call.error());
  co_return co_await deliver(std::move(*call), Secrets(kFields, settings), wire, judge);
}

constexpr PluginInfo kPlugin{.name = "huawei_smn",
                             .title_en = "Huawei Cloud SMN",
                             .title_zh = "华为云消息通知",
                             .fields = kFields,
                             .format = BodyFormat::kText,
                             .most_text = 100'000,
                             .send = send};

}  // namespace

const PluginInfo& huawei_smn_plugin() {
  return kPlugin;
}

}  // namespace holter::notify
