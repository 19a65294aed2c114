#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include "notify/channel_tools.h"
#include "notify/http_outcome.h"
#include "notify/plugin.h"
#include "notify/request_signing.h"

namespace holter::notify {
namespace {

using Type = Field::Type;

constexpr std::array kFields{
    Field{.name = "secret_id", .required = true, .title_en = "SecretId", .title_zh = "SecretId"},
    Field{.name = "secret_key",
          .type = Type::kPassword,
          .required = true,
          .title_en = "SecretKey",
          .title_zh = "SecretKey"},
    Field{.name = "sdk_app_id", .required = true, .title_en = "SDK AppID", .title_zh = "短信应用 SDK AppID"},
    Field{.name = "sign_name",
          .required = true,
          .title_en = "Signature",
          .title_zh = "短信签名",
          .help_en = "The contents of the signature that was approved.",
          .help_zh = "审核通过的签名内容。"},
    Field{.name = "template_id",
          .required = true,
          .title_en = "Template",
          .title_zh = "模板 ID",
          .help_en = "Number of a template that was approved.",
          .help_zh = "审核通过的模板 ID。"},
    Field{.name = "template_params",
          .type = Type::kTextarea,
          .title_en = "The template's variables",
          .title_zh = "模板变量",
          .help_en =
              "One a line, in their order; {{title}}, {{text}}, {{status}}, {{severity}}, {{monitor}}, {{count}} and "
              "{{url}} are filled in.",
          .help_zh =
              "按顺序每行一个；可用 {{title}}、{{text}}、{{status}}、{{severity}}、{{monitor}}、{{count}}、{{url}}。",
          .otherwise = "{{title}}"},
    Field{.name = "most_characters",
          .type = Type::kNumber,
          .title_en = "Most characters of a variable",
          .title_zh = "单个变量的最大字符数",
          .otherwise = "12"},
    Field{.name = "phones",
          .type = Type::kLines,
          .required = true,
          .title_en = "Phones",
          .title_zh = "手机号",
          .help_en = "With the country's code (E.164), such as +8613800138000; one a line, at most 200.",
          .help_zh = "带国家代码（E.164），如 +8613800138000，每行一个，最多 200 个。"},
    Field{.name = "region", .title_en = "Region", .title_zh = "地域", .otherwise = "ap-guangzhou"},
    api_url_field("https://sms.tencentcloudapi.com"),
};

constexpr std::size_t kMostPhones = 200;

constexpr std::array kCodes{
    retry_code("RequestLimitExceeded", seconds(10)),
    retry_code("InternalError", seconds(30)),
    retry_code("InternalError.Timeout", seconds(30)),
    retry_code("InternalError.RequestTimeException", seconds(30)),
    retry_code("LimitExceeded.DeliveryFrequencyLimit", seconds(60)),
    retry_code("LimitExceeded.PhoneNumberThirtySecondLimit", seconds(30)),
    retry_code("LimitExceeded.PhoneNumberOneHourLimit", seconds(3600)),
    retry_code("LimitExceeded.PhoneNumberSameContentDailyLimit", seconds(3600)),
    give_up_code("LimitExceeded.PhoneNumberDailyLimit"),
    give_up_code("FailedOperation.InsufficientBalanceInSmsPackage"),
    give_up_code("FailedOperation.SignatureIncorrectOrUnapproved"),
    give_up_code("FailedOperation.TemplateIncorrectOrUnapproved"),
    give_up_code("FailedOperation.PhoneNumberInBlacklist"),
    give_up_code("InvalidParameterValue.IncorrectPhoneNumber"),
    give_up_code("UnauthorizedOperation.SmsSdkAppIdVerifyFail"),
    give_up_code("AuthFailure.SignatureFailure"),
    give_up_code("AuthFailure.SecretIdNotFound"),
};

/// Of one phone, or of the request as a whole.
Outcome judge_code(const boost::json::object& object, int status, WallTime now) {
  return outcome_of_code({.status = status, .headers = {}, .body = boost::json::serialize(object)}, now,
                         {"Code", "Message", "Ok"}, kCodes);
}

/// Response.Error where the request failed, else Response.SendStatusSet with an entry for each phone, in their order.
void judge(const HttpAnswer& answer, WallTime now, const std::vector<std::string_view>& phones,
           Recipients& recipients) {
  auto object = parse_object(answer.body);
  const auto* response = object ? object->if_contains("Response") : nullptr;
  const auto* inside = response != nullptr ? response->if_object() : nullptr;
  const auto* error = inside != nullptr ? inside->if_contains("Error") : nullptr;
  const auto* set = inside != nullptr ? inside->if_contains("SendStatusSet") : nullptr;
  const auto* entries = set != nullptr ? set->if_array() : nullptr;
  for (std::size_t i = 0; i < phones.size(); ++i) {
    const auto* entry = entries != nullptr && i < entries->size() ? (*entries)[i].if_object() : nullptr;
    if (entry != nullptr)
      recipients.add(phones[i], judge_code(*entry, answer.status, now));
    else if (error != nullptr && error->is_object())
      recipients.add(phones[i], judge_code(error->get_object(), answer.status, now));
    else
      recipients.add(phones[i], is_success(answer) ? unreadable(answer) : outcome_of(answer, now));
  }
}

boost::json::object body_of(const Message& message, const Settings& settings,
                            const std::vector<std::string_view>& phones) {
  auto most = characters(static_cast<std::size_t>(number_of(settings, "most_characters")));
  auto values = placeholders_of(message);
  boost::json::array params;
  for (auto line : split_lines(settings.get("template_params")))
    params.emplace_back(cut(filled(line, values, [](std::string_view v) { return std::string(v); }), most));
  return {{"PhoneNumberSet", to_array(phones)},
          {"SmsSdkAppId", boost::json::string(settings.get("sdk_app_id"))},
          {"SignName", boost::json::string(settings.get("sign_name"))},
          {"TemplateId", boost::json::string(settings.get("template_id"))},
          {"TemplateParamSet", std::move(params)}};
}

/// SendSms of 2021-01-11, signed by TC3-HMAC-SHA256 (Tencent Cloud API, "Signature v3").
Status sign(HttpCall& call, const Settings& settings, WallTime now) {
  auto host = authority_of(settings.get("api_url"));
  auto date = extended_utc(now).substr(0, std::string_view("2019-02-25").size());
  auto scope = fmt::format("{}/sms/tc3_request", date), time = fmt::format("{}", epoch_ms(now) / 1000);
  CanonicalRequest request;
  request.headers = {{"content-type", call.headers.front().second}, {"host", host}, {"x-tc-action", "sendsms"}};
  TRY(request.body_hash, sha256_hex(call.body));
  TRY(auto hash, sha256_hex(request.text()));
  TRY(auto of_date, hmac_sha256(fmt::format("TC3{}", settings.get("secret_key")), date));
  TRY(auto of_service, hmac_sha256(of_date, "sms"));
  TRY(auto key, hmac_sha256(of_service, "tc3_request"));
  TRY(auto mac, hmac_sha256(key, fmt::format("TC3-HMAC-SHA256\n{}\n{}\n{}", time, scope, hash)));
  call.headers.insert(
      call.headers.end(),
      {{"X-TC-Action", "SendSms"},
       {"X-TC-Version", "2021-01-11"},
       {"X-TC-Timestamp", time},
       {"X-TC-Region", std::string(settings.get("region"))},
       {"Authorization", fmt::format("TC3-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                                     settings.get("secret_id"), scope, request.signed_headers(), to_hex(mac))}});
  return {};
}

boost::asio::awaitable<Outcome> send(const Message& message, const Settings& settings, Wire& wire) {
  Recipients recipients("tencent_sms", message, wire);
  auto phones = split_list(settings.get("phones"));
  std::erase_if(phones, [&](auto phone) { return recipients.told(phone); });
  if (phones.empty()) co_return recipients.total();
  auto call = json_call(join_url(settings.get("api_url"), "/"), body_of(message, settings, phones));
  if (auto done = sign(call, settings, wire.now()); !done) co_return outcome_of(done.error());
  Secrets secrets(kFields, settings);
  auto answer = co_await exchange(std::move(call), secrets, wire);
  if (!answer) co_return secrets.masked(outcome_of(answer.error()));
  judge(*answer, wire.now(), phones, recipients);
  co_return secrets.masked(recipients.total());
}

Status check(const Settings& settings) {
  if (number_of(settings, "most_characters") < 1)
    return Error(ErrorCode::kInvalidArgument, "cannot use 'most_characters': 1 is the least");
  if (split_list(settings.get("phones")).size() > kMostPhones)
    return Error(ErrorCode::kInvalidArgument, fmt::format("cannot use 'phones': {} is the most", kMostPhones));
  return {};
}

constexpr PluginInfo kPlugin{.name = "tencent_sms",
                             .title_en = "SMS by Tencent Cloud",
                             .title_zh = "腾讯云短信",
                             .fields = kFields,
                             .format = BodyFormat::kText,
                             .most_text = 500,
                             .send = send,
                             .check = check};

}  // namespace

const PluginInfo& tencent_sms_plugin() {
  return kPlugin;
}

}  // namespace holter::notify
