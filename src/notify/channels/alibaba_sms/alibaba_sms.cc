#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>

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
    Field{.name = "access_key_id", .required = true, .title_en = "AccessKey ID", .title_zh = "AccessKey ID"},
    Field{.name = "access_key_secret",
          .type = Type::kPassword,
          .required = true,
          .title_en = "AccessKey secret",
          .title_zh = "AccessKey Secret"},
    Field{.name = "sign_name",
          .required = true,
          .title_en = "Signature",
          .title_zh = "短信签名",
          .help_en = "The sender's name that was approved.",
          .help_zh = "审核通过的短信签名。"},
    Field{.name = "template_code",
          .required = true,
          .title_en = "Template",
          .title_zh = "模板 CODE",
          .help_en = "SMS_... of a template that was approved.",
          .help_zh = "审核通过的模板，SMS_ 开头。"},
    Field{.name = "template_param",
          .type = Type::kTextarea,
          .title_en = "The template's variables",
          .title_zh = "模板变量",
          .help_en =
              "A JSON object of texts; {{title}}, {{text}}, {{status}}, {{severity}}, {{monitor}}, {{count}} and "
              "{{url}} are filled in.",
          .help_zh = "值为文本的 JSON 对象；可用 "
                     "{{title}}、{{text}}、{{status}}、{{severity}}、{{monitor}}、{{count}}、{{url}}。",
          .otherwise = R"({"content":"{{title}}"})"},
    Field{.name = "most_characters",
          .type = Type::kNumber,
          .title_en = "Most characters of a variable",
          .title_zh = "单个变量的最大字符数",
          .otherwise = "35"},
    Field{.name = "phones",
          .type = Type::kLines,
          .required = true,
          .title_en = "Phones",
          .title_zh = "手机号",
          .help_en = "One a line, at most 1000.",
          .help_zh = "每行一个，最多 1000 个。"},
    api_url_field("https://dysmsapi.aliyuncs.com"),
};

constexpr std::size_t kMostPhones = 1000;

constexpr std::array kCodes{
    retry_code("isv.BUSINESS_LIMIT_CONTROL", seconds(60)),  // 1 a minute, 5 an hour, 10 a day to one phone
    retry_code("isp.SYSTEM_ERROR", seconds(30)),
    retry_code("isp.UNKNOWN_ERR", seconds(30)),
    retry_code("SignatureNonceUsed"),
    retry_code("Throttling", seconds(10)),
    retry_code("Throttling.User", seconds(10)),
    retry_code("Throttling.Api", seconds(10)),
    retry_code("ServiceUnavailable", seconds(30)),
    retry_code("InternalError", seconds(30)),
    give_up_code("isv.MOBILE_NUMBER_ILLEGAL"),
    give_up_code("isv.AMOUNT_NOT_ENOUGH"),
    give_up_code("isv.OUT_OF_SERVICE"),
    give_up_code("isv.SMS_SIGNATURE_ILLEGAL"),
    give_up_code("isv.SMS_TEMPLATE_ILLEGAL"),
    give_up_code("isv.TEMPLATE_MISSING_PARAMETERS"),
    give_up_code("isp.RAM_PERMISSION_DENY"),
    give_up_code("SignatureDoesNotMatch"),
    give_up_code("InvalidAccessKeyId.NotFound"),
};

Outcome judge(const HttpAnswer& answer, WallTime now) {
  return outcome_of_code(answer, now, {"Code", "Message", "OK"}, kCodes);
}

/// The variables with their values; the template is an object of texts, as check() has seen.
std::string variables_of(const Message& message, const Settings& settings) {
  auto object = parse_object(settings.get("template_param")).value_or(boost::json::object{});
  auto most = characters(static_cast<std::size_t>(number_of(settings, "most_characters")));
  for (auto& [name, value] : object) {
    auto text =
        filled(value.get_string().c_str(), placeholders_of(message), [](std::string_view v) { return std::string(v); });
    value = cut(text, most);
  }
  return boost::json::serialize(object);
}

/// SendSms of 2017-05-25, signed by ACS3-HMAC-SHA256 (Alibaba Cloud, "V3 request structure and signature").
Result<HttpCall> call_of(const Message& message, const Settings& settings, WallTime now) {
  auto base = settings.get("api_url");
  CanonicalRequest request;
  TRY(request.body_hash, sha256_hex(""));
  TRY(auto nonce, sha256_hex(fmt::format("{}\n{}\n{}", message.key, message.receiver, epoch_ms(now))));
  request.query = fmt::format(
      "PhoneNumbers={}&SignName={}&TemplateCode={}&TemplateParam={}",
      percent_encoded(join(split_list(settings.get("phones")), ",")), percent_encoded(settings.get("sign_name")),
      percent_encoded(settings.get("template_code")), percent_encoded(variables_of(message, settings)));
  request.headers = {{"host", authority_of(base)},
                     {"x-acs-action", "SendSms"},
                     {"x-acs-content-sha256", request.body_hash},
                     {"x-acs-date", extended_utc(now)},
                     {"x-acs-signature-nonce", nonce.substr(0, 32)},
                     {"x-acs-version", "2017-05-25"}};
  TRY(auto hash, sha256_hex(request.text()));
  TRY(auto mac, hmac_sha256(settings.get("access_key_secret"), "ACS3-HMAC-SHA256\n" + hash));
  HttpCall call{.url = fmt::format("{}?{}", join_url(base, "/"), request.query),
                .headers = {request.headers.begin() + 1, request.headers.end()}};  // HTTP itself has the host
  call.headers.emplace_back("Authorization",
                            fmt::format("ACS3-HMAC-SHA256 Credential={},SignedHeaders={},Signature={}",
                                        settings.get("access_key_id"), request.signed_headers(), to_hex(mac)));
  return call;
}

boost::asio::awaitable<Outcome> send(const Message& message, const Settings& settings, Wire& wire) {
  auto call = call_of(message, settings, wire.now());
  if (!call) co_return outcome_of(call.error());
  co_return co_await deliver(std::move(*call), Secrets(kFields, settings), wire, judge);
}

Status check(const Settings& settings) {
  auto object = parse_object(settings.get("template_param"));
  bool texts = object && std::ranges::all_of(*object, [](const auto& member) { return member.value().is_string(); });
  if (!texts)
    return Error(ErrorCode::kInvalidArgument, "cannot use 'template_param': it must be a JSON object of texts");
  if (number_of(settings, "most_characters") < 1)
    return Error(ErrorCode::kInvalidArgument, "cannot use 'most_characters': 1 is the least");
  if (split_list(settings.get("phones")).size() > kMostPhones)
    return Error(ErrorCode::kInvalidArgument, fmt::format("cannot use 'phones': {} is the most", kMostPhones));
  return {};
}

constexpr PluginInfo kPlugin{.name = "alibaba_sms",
                             .title_en = "SMS by Alibaba Cloud",
                             .title_zh = "阿里云短信",
                             .fields = kFields,
                             .format = BodyFormat::kText,
                             .most_text = 500,
                             .send = send,
                             .check = check};

}  // namespace

const PluginInfo& alibaba_sms_plugin() {
  return kPlugin;
}

}  // namespace holter::notify
