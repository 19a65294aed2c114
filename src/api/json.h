#pragma once

#include <cstdint>
#include <string_view>

#include "api/body.h"

namespace holter::api {

/// Writes JSON (RFC 8259) piece by piece into a body: no tree in between. The caller keeps the nesting right: in an
/// object each value follows a key(). Texts may hold any bytes: what is not UTF-8 becomes U+FFFD, control bytes are
/// escaped, and so are '<', '>' and '&', so that an answer is harmless even where somebody puts it into a page.
class JsonWriter {
 public:
  explicit JsonWriter(Body& out) : out_(out) {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  void key(std::string_view name);

  void value(std::string_view text);
  void value(const char* text) { value(std::string_view(text)); }
  void value(bool b) { raw(b ? "true" : "false"); }
  void value(std::int64_t n);
  void value(std::uint64_t n);
  void value(int n) { value(static_cast<std::int64_t>(n)); }
  /// null when `n` is not finite: JSON has no word for it.
  void value(double n);
  void null() { raw("null"); }
  /// RFC 3339 in UTC; null for 0, which means never.
  void time(std::int64_t epoch_ms);
  /// 16 hex digits: 64-bit ids do not survive as JavaScript numbers.
  void id(std::uint64_t id);

  template <class T>
  void member(std::string_view name, const T& v) {
    key(name);
    value(v);
  }
  void time_member(std::string_view name, std::int64_t epoch_ms) {
    key(name);
    time(epoch_ms);
  }

 private:
  void open(char bracket);
  void close(char bracket);
  void raw(std::string_view token);
  void separate();

  Body& out_;
  bool first_ = true;  // nothing stands before in this object or array
};

bool is_utf8(std::string_view text);

}  // namespace holter::api
