#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "notify/channel.h"

namespace holter::notify {

// --- Text -----------------------------------------------------------------------------------------------------------

/// How long a provider lets a text be.
struct Limit {
  enum class Unit : std::uint8_t {
    kBytes,  ///< of UTF-8
    kUtf16,  ///< code units of UTF-16: never fewer than the characters that providers count
  };
  std::size_t most = 0;
  Unit unit = Unit::kBytes;
};
constexpr Limit bytes(std::size_t most) {
  return {most, Limit::Unit::kBytes};
}
constexpr Limit characters(std::size_t most) {
  return {most, Limit::Unit::kUtf16};
}
/// Stands at the end of each text that was cut.
inline constexpr std::string_view kCutMark = "…";

std::size_t size_of(std::string_view text, Limit::Unit unit);
/// `text` as UTF-8 (stray bytes become U+FFFD), within the limit, cut at a character and marked where it was cut.
std::string cut(std::string_view text, Limit limit);
/// Title, text and link as lines. Only the text is cut, as long as the others leave room for it.
std::string plain_text(const Message& message, Limit limit);
/// Likewise as Markdown: bold title, text, link.
std::string markdown_text(const Message& message, Limit limit);
/// The parts between commas and line breaks without blanks around; empty ones are left out.
std::vector<std::string_view> split_list(std::string_view text);
/// The lines, whether they end with LF or CR LF.
std::vector<std::string_view> split_lines(std::string_view text);
std::string join(const std::vector<std::string_view>& parts, std::string_view between);
boost::json::array to_array(const std::vector<std::string_view>& parts);
/// "https://a/" and "/b" make "https://a/b".
std::string join_url(std::string_view base, std::string_view path);
/// "host:8443" of "https://host:8443/path", "host" of "https://host:443": what a Host header and signatures have.
std::string authority_of(std::string_view url);
std::string html_escaped(std::string_view text);
/// Text as the inside of a JSON string.
std::string json_escaped(std::string_view text);
/// A number that check_settings() has seen; 0 for an empty field.
std::int64_t number_of(const Settings& settings, std::string_view field);

/// 0xRRGGBB: green for what is resolved, else by severity.
std::uint32_t color_of(const Message& message);
/// "#RRGGBB".
std::string color_text(const Message& message);

/// A text with {{name}} in it: each known name becomes its value as `escape` writes it; unknown ones stay. One pass:
/// what a value brings is not looked at again.
using Placeholders = std::vector<std::pair<std::string_view, std::string>>;
std::string filled(std::string_view text, const Placeholders& values, std::string (*escape)(std::string_view));
/// title, text, status ("firing", "resolved"), severity, url, count (of alerts), monitor (common label).
Placeholders placeholders_of(const Message& message);

// --- Fields ---------------------------------------------------------------------------------------------------------

/// The field `api_url` that nearly each channel has: where the provider is.
constexpr Field api_url_field(std::string_view otherwise) {
  return {.name = "api_url",
          .type = Field::Type::kUrl,
          .title_en = "API address",
          .title_zh = "接口地址",
          .help_en = "Change it for another region, a private installation or a proxy.",
          .help_zh = "使用其他区域、私有部署或代理时修改。",
          .otherwise = otherwise,
          .decides_peer = true};
}
/// For fields that hold an address as a secret: http:// or https://, a host, printable ASCII without blanks. Errors:
/// kInvalidArgument, naming the field, never its value.
Status check_secret_url(const Settings& settings, std::string_view field);

// --- Requests and answers -------------------------------------------------------------------------------------------

/// The secrets of an attempt, which no text may show: all kPassword values and tokens got for them, also as they look
/// in a URL or in JSON.
class Secrets {
 public:
  Secrets(std::span<const Field> fields, const Settings& settings);
  /// Of an address, also path and query alone are hidden.
  void add(std::string_view secret);
  /// The text with "***" for each secret of at least `least` bytes.
  std::string masked(std::string text, std::size_t least = 1) const;
  Outcome masked(Outcome outcome) const;

 private:
  std::vector<std::string> forms_;  // longest first
};

HttpCall json_call(std::string url, const boost::json::object& body);
/// Asks, and hides the secrets in what comes back, before anything is cut off it.
boost::asio::awaitable<Result<HttpAnswer>> exchange(HttpCall call, Secrets secrets, Wire& wire);
using Judge = Outcome (*)(const HttpAnswer& answer, WallTime now);
/// exchange(), and what the answer means.
boost::asio::awaitable<Outcome> deliver(HttpCall call, Secrets secrets, Wire& wire, Judge judge);

inline bool is_success(const HttpAnswer& answer) {
  return answer.status >= 200 && answer.status < 300;
}
/// A JSON object that somebody else wrote; std::nullopt for what is none or nested deeper than 16.
std::optional<boost::json::object> parse_object(std::string_view text);
/// A text or number of it as text; "" for what is missing or of another type. `path` may lead through objects:
/// "Response.Error.Code".
std::string member_text(const boost::json::object& object, std::string_view path);
/// A time in units of `unit` that the provider names, at most a day; std::nullopt for what is none or not positive.
std::optional<milliseconds> member_time(const boost::json::object& object, std::string_view path, milliseconds unit);

/// What a provider's documentation says of one of its codes.
struct Code {
  std::string_view code;
  Outcome::Kind kind = Outcome::Kind::kGiveUp;
  std::optional<milliseconds> after = {};
  std::string_view containing = {};  ///< only where the provider's words have this in them, whatever its case
};
constexpr Code retry_code(std::string_view code, std::optional<milliseconds> after = {},
                          std::string_view containing = {}) {
  return {code, Outcome::Kind::kRetry, after, containing};
}
constexpr Code give_up_code(std::string_view code) {
  return {code, Outcome::Kind::kGiveUp, {}, {}};
}
/// Where the answers of a provider have their code.
struct CodeStyle {
  std::string_view code, words;  ///< paths as member_text() takes them
  std::string_view success;      ///< the code of success
};
/// The meaning of an answer with a code in it: success, else what `known` says, else by HTTP status; a code that nobody
/// knows behind HTTP 2xx gives up. An answer that cannot be read was none of the provider's: it is judged by its
/// status, and behind 2xx retried, since nothing says that the message arrived.
Outcome outcome_of_code(const HttpAnswer& answer, WallTime now, const CodeStyle& style, std::span<const Code> known);
/// 2xx whose text was not what the provider says on success.
Outcome unreadable(const HttpAnswer& answer);

/// A message for several people at a provider that takes one at a time: who has got it is remembered on the wire for a
/// day, so that a repeated attempt does not tell them again.
class Recipients {
 public:
  Recipients(std::string_view channel, const Message& message, Wire& wire);
  bool told(std::string_view who) const;
  void add(std::string_view who, const Outcome& outcome);
  /// Delivered when all are; retry when any of them may work later (with the longest time named); else give up.
  Outcome total() const;

 private:
  std::string key_of(std::string_view who) const;
  std::string prefix_;
  Wire& wire_;
  std::size_t delivered_ = 0, all_ = 0;
  std::optional<Outcome> worst_;
};

}  // namespace holter::notify
