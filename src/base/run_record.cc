#include "base/run_record.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <variant>

#include <fmt/format.h>

#include "base/check.h"
#include "base/units.h"

namespace holter {
namespace {

constexpr std::size_t kMostText = 256;
constexpr std::int64_t kMostNumber = std::int64_t{1} << 53;  // what JSON numbers hold exactly
constexpr std::int64_t kMostTime = 253'402'300'799'999;      // the end of the year 9999, in ms

std::string plain(std::string_view text, std::size_t most) {
  std::string out(text.substr(0, most));
  for (char& c : out)
    if (c < ' ' || c > '~' || c == '"' || c == '\\') c = '?';
  return out;
}

std::int64_t number(std::int64_t value) {
  return std::clamp<std::int64_t>(value, -1, kMostNumber);
}

Error corrupt(std::string why) {
  return {ErrorCode::kCorruption, "cannot understand the status file: " + std::move(why)};
}

/// A flat JSON object of strings without escapes and whole numbers.
class FlatReader {
 public:
  explicit FlatReader(std::string_view text) : text_(text) {}

  bool eat(char c) {
    skip_blanks();
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool at_end() {
    skip_blanks();
    return text_.empty();
  }
  Result<std::string_view> string() {
    if (!eat('"')) return corrupt(fmt::format("no string at \"{}\"", excerpt(text_, 20)));
    auto size = text_.find('"');
    if (size == std::string_view::npos || size > kMostText) return corrupt("a string without an end");
    auto value = text_.substr(0, size);
    if (std::ranges::any_of(value, [](char c) { return c < ' ' || c > '~' || c == '\\'; }))
      return corrupt("a string with bytes that are not plain");
    text_.remove_prefix(size + 1);
    return value;
  }
  Result<std::int64_t> number() {
    skip_blanks();
    std::int64_t value = 0;
    auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (error != std::errc{} || value < -1 || value > kMostNumber)
      return corrupt(fmt::format("no number at \"{}\"", excerpt(text_, 20)));
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    return value;
  }

 private:
  void skip_blanks() { text_.remove_prefix(std::min(text_.find_first_not_of(" \n"), text_.size())); }

  std::string_view text_;
};

struct Field {
  std::string_view key;
  std::variant<std::string*, std::int64_t*> value;
};

Status read_fields(FlatReader& reader, const auto& fields) {
  if (!reader.eat('{')) return corrupt("it does not begin with {");
  for (const Field& field : fields) {  // always in this order, as they are written
    if (&field != &fields.front() && !reader.eat(',')) return corrupt(fmt::format("no comma before {}", field.key));
    TRY(auto key, reader.string());
    if (key != field.key) return corrupt(fmt::format("\"{}\" where \"{}\" belongs", excerpt(key, 20), field.key));
    if (!reader.eat(':')) return corrupt(fmt::format("no colon after {}", field.key));
    if (auto* text = std::get_if<std::string*>(&field.value)) {
      TRY(**text, reader.string());
    } else {
      TRY(*std::get<std::int64_t*>(field.value), reader.number());
    }
  }
  if (!reader.eat('}') || !reader.at_end()) return corrupt("something after its last field");
  return {};
}

}  // namespace

std::string RunRecord::first_line() const {
  return fmt::format(
      R"({{"format":1,"pid":{},"started_ms":{},"boot":"{}","version":"{}","oom_file":"{}","oom_inode":{},)"
      "\n",
      number(pid), number(started_ms), plain(boot, 64), plain(version, 64),
      oom_file.size() <= kMostText ? plain(oom_file, kMostText) : "", number(oom_inode));
}

std::string RunRecord::state_line() const {
  auto line = fmt::format(
      R"( "state":"{}","reason":"{}","level":"{}","time_ms":{},"resident":{},"budget":{},"oom_group":{},"oom_machine":{},)",
      plain(state, 16), plain(reason, 128), plain(level, 16), number(time_ms), number(resident), number(budget),
      number(oom_group), number(oom_machine));
  CHECK(line.size() < kStateBytes);
  line.resize(kStateBytes - 1, ' ');
  return line + "\n";
}

std::string RunRecord::signal_line() const {
  return fmt::format(" \"signal\":{:>{}}}}\n", std::clamp<std::int64_t>(signal, 0, 999), kSignalDigits);
}

Result<RunRecord> parse_run_record(std::string_view text) {
  if (text.size() > RunRecord::kMostBytes)
    return corrupt(fmt::format("it is longer than {}", format_size(RunRecord::kMostBytes)));
  RunRecord r;
  std::int64_t format = 0;
  const std::array<Field, 16> fields = {{{"format", &format},
                                         {"pid", &r.pid},
                                         {"started_ms", &r.started_ms},
                                         {"boot", &r.boot},
                                         {"version", &r.version},
                                         {"oom_file", &r.oom_file},
                                         {"oom_inode", &r.oom_inode},
                                         {"state", &r.state},
                                         {"reason", &r.reason},
                                         {"level", &r.level},
                                         {"time_ms", &r.time_ms},
                                         {"resident", &r.resident},
                                         {"budget", &r.budget},
                                         {"oom_group", &r.oom_group},
                                         {"oom_machine", &r.oom_machine},
                                         {"signal", &r.signal}}};
  FlatReader reader(text);
  TRY_OK(read_fields(reader, fields));
  if (format != 1) return corrupt(fmt::format("its format is {}, not 1", format));
  if (r.state != RunRecord::kRunning && r.state != RunRecord::kClean)
    return corrupt(fmt::format("the state is \"{}\"", r.state));
  if (r.pid < 1 || r.resident < 0 || r.budget < 0 || r.signal < 0 || r.signal > 64)
    return corrupt("a number is out of its range");
  if (std::min(r.started_ms, r.time_ms) < 0 || std::max(r.started_ms, r.time_ms) > kMostTime)
    return corrupt("a time is out of its range");
  return r;
}

}  // namespace holter
