#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/alert.h"

namespace holter::notify {

/// What is told to one receiver at one time: a group of alerts and the texts rendered for it. Frozen; an attempt that
/// is repeated carries the same.
struct Message {
  /// The same for each attempt and each restart; a channel whose provider knows idempotency keys passes it on.
  std::string key;
  std::string group;     ///< stable id of the group: channels that thread or deduplicate use it
  std::string receiver;  ///< its name
  bool firing = false;   ///< at least one alert fires
  model::Severity severity = model::Severity::kInfo;  ///< the worst that fires; of a resolved group, the worst it had
  std::string title;                                  ///< one line
  std::string text;                                   ///< plain, or Markdown where the channel says so (body_format)
  std::string html;                                   ///< only for channels with kHtml
  std::string url;                                    ///< where to look in Holter; empty where server.url is not set
  model::Labels group_labels, common_labels, common_annotations;
  std::vector<model::Alert> alerts;  ///< firing ones first; at most kMostAlerts
  std::size_t left_out = 0;          ///< alerts of the group that did not fit
  static constexpr std::size_t kMostAlerts = 100;
};

/// What the user filled in for a receiver, by field; secrets are open here, and nowhere else. check_settings() makes
/// them: it adds the defaults.
class Settings {
 public:
  explicit Settings(std::map<std::string, std::string, std::less<>> values) : values_(std::move(values)) {}
  /// The value given, else the field's default, else "", as check_settings() has put them there. BUG (checked) for a
  /// field that the channel does not declare.
  std::string_view get(std::string_view field) const;
  bool is_true(std::string_view field) const { return get(field) == "true"; }
  /// For fields with `by_server`: what the configuration says of them.
  void set(std::string field, std::string value) { values_.insert_or_assign(std::move(field), std::move(value)); }

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

/// One input of a receiver's form.
struct Field {
  enum class Type : std::uint8_t { kText, kUrl, kNumber, kBoolean, kPassword, kChoice, kLines, kTextarea };
  std::string_view name;
  Type type = Type::kText;
  bool required = false;
  std::string_view title_en, title_zh;
  std::string_view help_en = {}, help_zh = {};
  std::string_view otherwise = {};                 ///< the default
  std::span<const std::string_view> choices = {};  ///< of kChoice
  /// Changing it asks for the passwords again: they must not be sent to another peer.
  bool decides_peer = false;
  /// No input of the form: check_settings() refuses it from users, and whoever runs the channel sets it.
  bool by_server = false;
};

/// How an attempt ended.
struct Outcome {
  enum class Kind : std::uint8_t {
    kDelivered,
    kRetry,   ///< may work later: no connection, timeout, 5xx, 429, "try again"
    kGiveUp,  ///< will never work as it is: refused credentials, unknown recipient, malformed
  };
  Kind kind = Kind::kGiveUp;
  std::string answer;  ///< one line for the log of attempts: "HTTP 429: too many requests"; secrets masked
  std::optional<milliseconds> retry_after;  ///< the provider named a time

  static Outcome delivered(std::string answer) { return {Kind::kDelivered, std::move(answer), {}}; }
  static Outcome retry(std::string answer, std::optional<milliseconds> after = {}) {
    return {Kind::kRetry, std::move(answer), after};
  }
  static Outcome give_up(std::string answer) { return {Kind::kGiveUp, std::move(answer), {}}; }
};

struct HttpCall {
  std::string method = "POST";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string user, password;  ///< basic authentication, where `user` is not empty
};
struct HttpAnswer {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  ///< at most 64 KiB; the rest is dropped
};

/// A mail in the making; addresses are bare ("ops@example.org").
struct MailCall {
  std::string url;  ///< smtp://host:port or smtps://host:port
  bool starttls = true;
  bool verify_tls = true;
  std::string user, password;
  std::string from;
  std::vector<std::string> to;
  std::string content;  ///< headers and body, CRLF
};
struct MailAnswer {
  int code = 0;         ///< of the last reply, e.g. 250, 451, 550 (RFC 5321)
  std::string text;     ///< the reply
  std::string refused;  ///< the recipient that the reply refuses; nobody has got the mail then
};

struct CommandCall {
  std::vector<std::string> arguments;  ///< the program first; no shell
  std::string input;
  std::vector<std::pair<std::string, std::string>> environment;
};
struct CommandAnswer {
  int status = 0;  ///< of exit; 128 + signal
  std::string output;
};

/// The ways out: everything that a channel does goes through one of these, so that tests record it and limits hold for
/// all. Deadlines and bounds are the implementation's. Errors are those of net::HttpClient::fetch(): kTimeout,
/// kUnavailable, kNotFound (unknown or forbidden host), kProtocolViolation, kResourceExhausted, kCancelled; of a mail
/// also kUnauthenticated (no way to log in). No message has more of a URL than scheme, host and port.
class Wire {
 public:
  virtual ~Wire() = default;
  virtual boost::asio::awaitable<Result<HttpAnswer>> http(HttpCall call) = 0;
  virtual boost::asio::awaitable<Result<MailAnswer>> mail(MailCall call) = 0;
  virtual boost::asio::awaitable<Result<CommandAnswer>> command(CommandCall call) = 0;
  virtual WallTime now() const = 0;
  /// A token that a channel got for `key` (which must not tell a secret) and may use until `until`; shared by all
  /// attempts, bounded, never stored. std::nullopt when there is none any more.
  virtual std::optional<std::string> cached(std::string_view key) const = 0;
  virtual void cache(std::string key, std::string value, WallTime until) = 0;
  virtual void forget(std::string_view key) = 0;
};

enum class BodyFormat : std::uint8_t { kText, kMarkdown, kHtml };

/// A channel: one folder src/notify/channels/<name>/ whose <name>.cc defines `const PluginInfo& <name>_plugin()`.
struct PluginInfo {
  std::string_view name;  ///< "email", "wecom_robot"; stored with receivers: never changed
  std::string_view title_en, title_zh;
  std::span<const Field> fields;
  BodyFormat format = BodyFormat::kText;
  std::size_t most_text = 4096;  ///< bytes of `text` that the provider takes; rendering cuts to it, at a character
  /// One attempt. Exceptions none; errors are outcomes.
  boost::asio::awaitable<Outcome> (*send)(const Message& message, const Settings& settings, Wire& wire) = nullptr;
  /// What the form's types cannot say ("either of these two"). Null: nothing. Errors: kInvalidArgument, naming the
  /// field.
  Status (*check)(const Settings& settings) = nullptr;
};

using PluginFactory = const PluginInfo& (*)();
/// All channels, by folder name; generated by cmake/Module.cmake.
std::span<const PluginFactory> all_plugins();
/// The channel of that name, or nullptr.
const PluginInfo* find_plugin(std::string_view name);

/// Checks what a user filled in: unknown fields, missing ones, types, lengths (4 KiB a value), and what the channel
/// itself checks. Errors: kInvalidArgument, naming the field.
Result<Settings> check_settings(const PluginInfo& channel,
                                const std::map<std::string, std::string, std::less<>>& given);

}  // namespace holter::notify
