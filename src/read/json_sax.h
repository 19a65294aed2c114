#pragma once

#include <boost/json/basic_parser_impl.hpp>
#include <cstdint>
#include <limits>
#include <new>
#include <string_view>

#include <fmt/format.h>

#include "base/result.h"
#include "base/units.h"
#include "read/json_tree.h"
#include "read/meter.h"

// Inside of this folder: Boost.JSON's event parser, which holds nothing of the document, strict, with bounded depth.
namespace holter::read {

/// Levels of nested arrays and objects; the parser recurses.
inline constexpr std::size_t kMaxJsonDepth = 256;

/// Boost's handler on top of a Handler with
///   bool wants_text();                       of the key or scalar at hand
///   bool key(std::string_view);              only after wants_text()
///   bool begin(JsonKind); bool end();        containers
///   bool scalar(JsonKind, std::string_view); the text is empty unless wants_text()
/// Each returns false to stop; the Handler then knows why.
template <class Handler>
class JsonSax {
  using error_code = boost::json::error_code;
  using string_view = boost::json::string_view;

 public:
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = max_object_size;
  static constexpr std::size_t max_key_size = max_object_size;
  static constexpr std::size_t max_string_size = max_object_size;

  JsonSax(Handler& handler, Meter& meter) : handler_(handler), parts_(meter) {}
  bool refused() const { return refused_; }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code& ec) { return go_on(handler_.begin(JsonKind::kObject), ec); }
  bool on_object_end(std::size_t, error_code& ec) { return go_on(handler_.end(), ec); }
  bool on_array_begin(error_code& ec) { return go_on(handler_.begin(JsonKind::kArray), ec); }
  bool on_array_end(std::size_t, error_code& ec) { return go_on(handler_.end(), ec); }
  bool on_key_part(string_view s, std::size_t, error_code& ec) { return part(s, ec); }
  bool on_key(string_view s, std::size_t, error_code& ec) {
    return !handler_.wants_text() || (part_of_whole(s, ec) && go_on(handler_.key(whole(s)), ec));
  }
  bool on_string_part(string_view s, std::size_t, error_code& ec) { return part(s, ec); }
  bool on_string(string_view s, std::size_t, error_code& ec) { return text(JsonKind::kString, s, ec); }
  bool on_number_part(string_view s, error_code& ec) { return part(s, ec); }
  bool on_int64(std::int64_t, string_view s, error_code& ec) { return text(JsonKind::kNumber, s, ec); }
  bool on_uint64(std::uint64_t, string_view s, error_code& ec) { return text(JsonKind::kNumber, s, ec); }
  bool on_double(double, string_view s, error_code& ec) { return text(JsonKind::kNumber, s, ec); }
  bool on_bool(bool b, error_code& ec) {
    return go_on(handler_.scalar(b ? JsonKind::kTrue : JsonKind::kFalse, {}), ec);
  }
  bool on_null(error_code& ec) { return go_on(handler_.scalar(JsonKind::kNull, {}), ec); }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }

 private:
  /// Boost wants a reason with every stop; the true one is the Handler's.
  bool go_on(bool yes, error_code& ec) {
    if (!yes) ec = boost::json::error::extra_data;
    return yes;
  }
  bool part(string_view s, error_code& ec) {
    if (!handler_.wants_text()) return true;
    refused_ = !parts_.append(s.data(), s.size());
    return go_on(!refused_, ec);
  }
  /// Texts with escapes come in pieces; the last joins those before.
  bool part_of_whole(string_view s, error_code& ec) { return parts_.empty() || part(s, ec); }
  std::string_view whole(string_view last) {
    std::string_view all =
        parts_.empty() ? std::string_view(last.data(), last.size()) : std::string_view(parts_.data(), parts_.size());
    parts_.clear();  // keeps the bytes until the next part
    return all;
  }
  bool text(JsonKind kind, string_view s, error_code& ec) {
    if (!handler_.wants_text()) return go_on(handler_.scalar(kind, {}), ec);
    return part_of_whole(s, ec) && go_on(handler_.scalar(kind, whole(s)), ec);
  }

  Handler& handler_;
  MeteredVector<char> parts_;
  bool refused_ = false;
};

/// Reads `text` to its end, so that a truncated document is never taken for a whole one. True when it went through,
/// false when the Handler stopped it. Errors: kProtocolViolation with the byte where it is no JSON (RFC 8259),
/// kTooLarge when it nests deeper than kMaxJsonDepth, kResourceExhausted. Bytes that are not UTF-8 are let through. A
/// byte order mark at the front is skipped.
template <class Handler>
Result<bool> scan_json(std::string_view text, Handler& handler, Meter& meter) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  const std::size_t skipped = text.starts_with(kMark) ? kMark.size() : 0;
  text.remove_prefix(skipped);
  boost::json::parse_options options;
  options.max_depth = kMaxJsonDepth;
  options.allow_invalid_utf8 = true;
  boost::json::error_code ec;
  std::size_t read = 0;
  try {
    boost::json::basic_parser<JsonSax<Handler>> parser(options, handler, meter);
    read = parser.write_some(false, text.data(), text.size(), ec);
    if (parser.handler().refused()) return meter.refusal("read a text of the JSON document");
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::kResourceExhausted, "cannot read the JSON document: out of memory");
  }
  if (ec == boost::json::error::extra_data) return false;
  if (ec == boost::json::error::too_deep)
    return Error(ErrorCode::kTooLarge,
                 fmt::format("cannot read the JSON document: it nests deeper than {} levels", kMaxJsonDepth));
  if (!ec && read == text.size()) return true;
  const std::string why = ec ? ec.message() : "more follows the end of the document";
  return Error(ErrorCode::kProtocolViolation,
               fmt::format("cannot read the JSON document: {} at byte {} of {}, near \"{}\"", why, read + skipped,
                           text.size() + skipped, excerpt(text.substr(std::min(read, text.size()), 40), 40)));
}

}  // namespace holter::read
