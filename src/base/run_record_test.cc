#include "base/run_record.h"

#include <gtest/gtest.h>

namespace holter {
namespace {

RunRecord sample() {
  RunRecord r;
  r.pid = 4711;
  r.started_ms = 1'764'000'000'000;
  r.boot = "0b6f1a2c-1111-2222-3333-444455556666";
  r.version = "0.1.0";
  r.oom_file = "/sys/fs/cgroup/memory/x/memory.oom_control";
  r.oom_inode = 99;
  r.level = "high";
  r.time_ms = 1'764'000'010'000;
  r.resident = 262'144'000;
  r.budget = 268'435'456;
  r.oom_group = 3;
  r.oom_machine = -1;
  return r;
}

std::string text_of(const RunRecord& r) {
  return r.first_line() + r.state_line() + r.signal_line();
}

TEST(RunRecord, is_read_as_it_was_written) {
  auto r = sample();
  r.state = RunRecord::kClean;
  r.reason = "SIGTERM";
  auto read = parse_run_record(text_of(r));
  ASSERT_TRUE(read.has_value()) << read.error().message();
  EXPECT_EQ(text_of(*read), text_of(r));
  EXPECT_EQ(read->reason, "SIGTERM");
  EXPECT_EQ(read->oom_machine, -1);
  EXPECT_EQ(read->oom_file, r.oom_file);
}

TEST(RunRecord, lines_keep_their_lengths_whatever_the_text) {
  auto r = sample();
  auto empty = r.state_line();
  EXPECT_EQ(empty.size(), RunRecord::kStateBytes);
  r.reason = std::string(10'000, '"');
  r.level = std::string("\0\n\\\xff", 4) + std::string(1000, 'x');
  r.resident = r.budget = r.oom_group = r.oom_machine = r.time_ms = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(r.state_line().size(), RunRecord::kStateBytes);
  r.time_ms = 0;
  r.version = r.boot = r.oom_file = std::string(5000, '\'');
  r.signal = 64;
  auto text = text_of(r);
  EXPECT_LE(text.size(), RunRecord::kMostBytes);
  auto read = parse_run_record(text);
  ASSERT_TRUE(read.has_value()) << read.error().message();
  EXPECT_EQ(read->oom_file, "") << "a path that was cut would be another one";
  EXPECT_EQ(read->signal, 64);
}

TEST(RunRecord, the_signals_digits_are_where_the_crash_handler_writes) {
  RunRecord r = sample();
  r.signal = 11;
  EXPECT_EQ(r.signal_line().substr(kSignalColumn, RunRecord::kSignalDigits), " 11");
}

TEST(RunRecord, every_torn_beginning_is_corrupt) {
  auto text = text_of(sample());
  for (std::size_t size = 0; size + 1 < text.size(); ++size)
    ASSERT_FALSE(parse_run_record(text.substr(0, size)).has_value()) << size;
}

TEST(RunRecord, zeros_where_a_block_was_not_written_are_corrupt) {
  auto text = text_of(sample());
  for (std::size_t at = 0; at < text.size(); at += 32) {
    auto torn = text;
    for (std::size_t i = at; i < std::min(torn.size(), at + 32); ++i) torn[i] = '\0';
    EXPECT_FALSE(parse_run_record(torn).has_value()) << at;
  }
}

TEST(RunRecord, what_it_cannot_have_written_is_corrupt) {
  auto good = text_of(sample());
  auto with = [&](std::string_view from, std::string_view to) {
    auto text = good;
    auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  };
  const std::string cases[] = {
      "",
      "{}",
      "null",
      std::string(1 << 20, '{'),
      good + "x",
      good + good,
      with("\"format\":1", "\"format\":2"),
      with("\"pid\":4711", "\"pid\":0"),
      with("\"pid\":4711", "\"pid\":-9"),
      with("\"pid\":4711", "\"pid\":1e9"),
      with("\"pid\":4711", "\"pid\":99999999999999999999"),
      with("\"pid\":4711", "\"pid\":\"4711\""),
      with("\"pid\"", "\"pix\""),
      with("running", "walking"),
      with("\"high\"", "\"hi\\gh\""),
      with("\"high\"", "7"),
      with("\"resident\":262144000", "\"resident\":-1"),
      with("1764000010000", "253402300800000"),
      with("\"signal\":  0", "\"signal\": 65"),
      with("\"signal\":  0", "\"signal\":   "),
      with("{\"format\"", "{\"format\":1,\"format\""),
  };
  for (const auto& text : cases) {
    auto read = parse_run_record(text);
    ASSERT_FALSE(read.has_value()) << text.substr(0, 100);
    EXPECT_EQ(read.error().code(), ErrorCode::kCorruption);
    EXPECT_TRUE(read.error().message().starts_with("cannot understand the status file: ")) << read.error().message();
    EXPECT_LE(read.error().message().size(), 200U);
  }
}

}  // namespace
}  // namespace holter
