#include <cstring>

#include <gtest/gtest.h>

#include "history/wire/frame.h"
#include "history/wire/message.h"

namespace holter::history::wire {
namespace {

RangeQuery some_query() {
  return {{{1}, {2}, {~0ULL}}, 1'700'000'000'000, 1'700'003'600'000, 60'000};
}

TEST(Frame, header_reads_back_and_its_payload_checks) {
  auto payload = encode(Hello{1, 77});
  auto bytes = encode_header(FrameType::kHello, 9, payload);
  auto header = decode_header(bytes).value();
  EXPECT_EQ(header.type, FrameType::kHello);
  EXPECT_EQ(header.length, payload.size());
  EXPECT_EQ(header.id, 9u);
  EXPECT_TRUE(check_payload(header, payload).has_value());
}

TEST(Frame, any_changed_byte_of_header_or_payload_is_noticed) {
  auto payload = encode(some_query().series.empty() ? Ack{} : Ack{1, 2, 3, 4, 5, "disk full"});
  auto good = encode_header(FrameType::kAck, 9, payload);
  for (std::size_t at = 0; at < good.size() + payload.size(); ++at) {
    auto bytes = good;
    auto body = payload;
    (at < good.size() ? bytes[at] : body[at - good.size()]) ^= std::byte{0x40};
    auto header = decode_header(bytes);
    EXPECT_FALSE(header.has_value() && check_payload(*header, body).has_value()) << at;
  }
}

TEST(Frame, refuses_a_length_above_the_limit_of_its_type) {
  auto bytes = encode_header(FrameType::kSamples, 1, {});
  std::uint32_t length = kMaxRowsBytes;
  std::memcpy(bytes.data() + 8, &length, 4);
  EXPECT_TRUE(decode_header(bytes).has_value());
  ++length;
  std::memcpy(bytes.data() + 8, &length, 4);
  auto header = decode_header(bytes);
  ASSERT_FALSE(header.has_value());
  EXPECT_EQ(header.error().message(), "cannot read a samples frame of 8388609 bytes: the limit is 8388608");
}

TEST(Frame, refuses_another_magic_version_and_type) {
  for (std::size_t at : {0, 4, 7}) {
    auto bytes = encode_header(FrameType::kStop, 1, {});
    bytes[at] = std::byte{0x7f};
    EXPECT_EQ(decode_header(bytes).error().code(), ErrorCode::kCorruption) << at;
  }
}

TEST(Message, everything_reads_back) {
  EXPECT_EQ(decode_hello(encode(Hello{3, 77})).value().pid, 77u);
  auto ack = decode_ack(encode(Ack{1, 2, 3, 4, 5, "disk full"})).value();
  EXPECT_EQ(ack.series, 4u);
  EXPECT_EQ(ack.error, "disk full");
  auto failure = decode_failure(encode(Failure{ErrorCode::kResourceExhausted, "cannot sort"})).value();
  EXPECT_EQ(failure.code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(failure.message, "cannot sort");
  EXPECT_EQ(decode_stats(encode(ChildStats{1, 2, 3, 4, 5, "x"})).value().file_bytes, 3u);
  auto range = decode_range_query(encode(Timed<RangeQuery>{some_query(), 500})).value();
  EXPECT_EQ(range.query.series, some_query().series);
  EXPECT_EQ(range.query.step_ms, 60'000);
  EXPECT_EQ(range.timeout_ms, 500u);
  auto rounds = decode_rounds_query(encode(Timed<RoundsQuery>{{{5}, 0, 1000, 10}, 5})).value();
  EXPECT_EQ(rounds.query.monitor.value, 5u);
  std::vector<SeriesBuckets> answer{{{1}, {{0, 1, 2, 1.5, 4}, {10, 1, 1, 1, 1}}}, {{2}, {}}};
  EXPECT_EQ(decode_range_answer(encode(answer).value()).value(), answer);
  std::vector<RoundBucket> buckets{{0, 10, 2, 1.5}};
  EXPECT_EQ(decode_rounds_answer(encode(buckets).value()).value(), buckets);
}

HeartbeatsQuery some_heartbeats() {
  return {{{5}, {~0ULL}}, 1000, 121'000, 1000};
}
const std::vector<MonitorHeartbeats> kHeartbeats{{{5}, {{1000, 10, 2, 1.5, model::ResultCode::kFail, "refused"}}},
                                                 {{6}, {}}};
const std::vector<RecordedRound> kRounds{{2000, 7, model::ResultCode::kTimeout, "summary", "no answer"},
                                         {1000, 8, model::ResultCode::kSuccess, "header", ""}};

TEST(Message, heartbeats_and_rounds_read_back) {
  auto query = decode_heartbeats_query(encode(Timed<HeartbeatsQuery>{some_heartbeats(), 500})).value();
  EXPECT_EQ(query.query.monitors, some_heartbeats().monitors);
  EXPECT_EQ(query.query.to_ms, 121'000);
  EXPECT_EQ(query.timeout_ms, 500u);
  auto list = decode_round_list_query(encode(Timed<RoundListQuery>{{{5}, 0, 1000, 101, 3}, 5})).value();
  EXPECT_EQ(list.query.limit, 101u);
  EXPECT_EQ(list.query.skip, 3u);
  EXPECT_EQ(decode_heartbeats_answer(encode(kHeartbeats).value()).value(), kHeartbeats);
  EXPECT_EQ(decode_round_list_answer(encode(kRounds).value()).value(), kRounds);
}

TEST(Message, heartbeats_with_a_code_that_there_is_not_or_a_long_message_are_refused) {
  auto bytes = encode(kHeartbeats).value();
  constexpr std::size_t kCodeAt = 4 + 12 + 32, kLengthAt = kCodeAt + 1;
  auto wrong = bytes;
  wrong[kCodeAt] = std::byte{6};
  EXPECT_FALSE(decode_heartbeats_answer(wrong).has_value());
  auto longer = bytes;
  longer.insert(longer.begin() + kLengthAt + 2, kMaxHeartbeatText, std::byte{'x'});
  auto length = static_cast<std::uint16_t>(kMaxHeartbeatText + 7);
  std::memcpy(longer.data() + kLengthAt, &length, 2);
  auto refused = decode_heartbeats_answer(longer);
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message().find("the limit is 200"), std::string::npos) << refused.error().message();
}

TEST(Message, the_largest_answers_of_heartbeats_and_rounds_fit) {
  std::vector<MonitorHeartbeats> heartbeats(kMaxQueryMonitors);
  for (auto& of : heartbeats)
    of.buckets.resize(kMaxHeartbeats, {0, 1, 1, 1, model::ResultCode::kFail, std::string(kMaxHeartbeatText, 'x')});
  auto encoded = encode(heartbeats);
  ASSERT_TRUE(encoded.has_value());
  EXPECT_EQ(decode_heartbeats_answer(*encoded).value(), heartbeats);
  std::vector<RecordedRound> rounds(kMaxListedRounds);
  for (auto& round : rounds) round.message = round.set = std::string(2000, 'x');
  EXPECT_EQ(decode_round_list_answer(encode(rounds).value()).value(), rounds);
  rounds.resize(kMaxListedRounds + 1);
  EXPECT_FALSE(decode_round_list_answer(encode(rounds).value()).has_value());
}

TEST(Message, a_payload_cut_anywhere_or_too_long_is_refused) {
  std::vector<SeriesBuckets> answer{{{1}, {{0, 1, 2, 1.5, 4}}}, {{2}, {}}};
  auto check = [](Payload bytes, auto decode) {
    for (std::size_t size = 0; size < bytes.size(); ++size)
      EXPECT_FALSE(decode(Bytes(bytes).first(size)).has_value()) << size;
    bytes.push_back({});
    EXPECT_FALSE(decode(Bytes(bytes)).has_value());
  };
  check(encode(Hello{}), decode_hello);
  check(encode(Ack{1, 2, 3, 4, 5, "text"}), decode_ack);
  check(encode(Failure{ErrorCode::kIo, "text"}), decode_failure);
  check(encode(ChildStats{1, 2, 3, 4, 5, "text"}), decode_stats);
  check(encode(Timed<RangeQuery>{some_query(), 1}), decode_range_query);
  check(encode(Timed<RoundsQuery>{{{5}, 0, 1000, 10}, 5}), decode_rounds_query);
  check(encode(answer).value(), decode_range_answer);
  check(encode(std::vector<RoundBucket>{{0, 1, 1, 1}}).value(), decode_rounds_answer);
  check(encode(Timed<HeartbeatsQuery>{some_heartbeats(), 1}), decode_heartbeats_query);
  check(encode(Timed<RoundListQuery>{{{5}, 0, 1000, 10, 0}, 5}), decode_round_list_query);
  check(encode(kHeartbeats).value(), decode_heartbeats_answer);
  check(encode(kRounds).value(), decode_round_list_answer);
}

TEST(Message, an_answer_that_announces_more_than_it_holds_is_refused) {
  auto bytes = encode(std::vector<RoundBucket>{{0, 1, 1, 1}}).value();
  std::uint32_t count = 0xffffffff;
  std::memcpy(bytes.data(), &count, 4);
  EXPECT_FALSE(decode_rounds_answer(bytes).has_value());
  auto range = encode(std::vector<SeriesBuckets>{{{1}, {}}}).value();
  std::memcpy(range.data() + 12, &count, 4);
  EXPECT_FALSE(decode_range_answer(range).has_value());
}

TEST(Message, an_answer_over_the_limit_is_an_error_that_names_it) {
  std::vector<SeriesBuckets> answer(kMaxQuerySeries);
  for (auto& series : answer) series.buckets.resize(kMaxAnswerBuckets / kMaxQuerySeries);
  EXPECT_TRUE(encode(answer).has_value());
  answer[0].buckets.resize(kMaxQueryBuckets);
  auto encoded = encode(answer);
  ASSERT_FALSE(encoded.has_value());
  EXPECT_EQ(encoded.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_NE(encoded.error().message().find("the limit is 4194304"), std::string::npos);
}

TEST(Message, a_long_text_is_cut) {
  auto failure = decode_failure(encode(Failure{ErrorCode::kIo, std::string(100'000, 'x')})).value();
  EXPECT_EQ(failure.message.size(), 2000u);
}

TEST(Query, limits_are_named_in_the_error) {
  auto message = [](const RangeQuery& query) { return validate(query).error().message(); };
  EXPECT_TRUE(validate(some_query()).has_value());
  auto q = some_query();
  q.series.clear();
  EXPECT_EQ(message(q), "cannot query 0 series at once: between 1 and 64 are allowed");
  q.series.resize(65);
  EXPECT_EQ(message(q), "cannot query 65 series at once: between 1 and 64 are allowed");
  q = some_query();
  q.step_ms = 0;
  EXPECT_EQ(message(q), "cannot query with a step of 0 ms: it must be at least 1");
  q = some_query();
  q.step_ms = 1;
  EXPECT_EQ(message(q), "cannot query 3600000 buckets of 1 ms: the limit is 11000; take a wider step");
  for (auto [from, to] : {std::pair<std::int64_t, std::int64_t>{-1, 5}, {5, 5}, {6, 5}, {5, INT64_MAX}}) {
    q.from_ms = from;
    q.to_ms = to;
    EXPECT_FALSE(validate(q).has_value());
    EXPECT_FALSE(validate(HeartbeatsQuery{{{1}}, from, to, 1000}).has_value());
    EXPECT_FALSE(validate(RoundListQuery{{1}, from, to, 1, 0}).has_value());
  }
}

TEST(Query, limits_of_heartbeats_and_lists_are_named_in_the_error) {
  auto q = some_heartbeats();
  EXPECT_TRUE(validate(q).has_value());
  q.to_ms += 1;
  EXPECT_EQ(validate(q).error().message(),
            "cannot query 121 heartbeats of 1000 ms: the limit is 120; take a wider step");
  q = some_heartbeats();
  q.step_ms = 0;
  EXPECT_EQ(validate(q).error().message(), "cannot query with a step of 0 ms: it must be at least 1");
  for (std::size_t count : {0, 65}) {
    q.monitors.resize(count);
    EXPECT_EQ(validate(q).error().message(),
              "cannot query " + std::to_string(count) + " monitors at once: between 1 and 64 are allowed");
  }
  EXPECT_TRUE(validate(RoundListQuery{{1}, 0, 1, 501, 100'000}).has_value());
  EXPECT_FALSE(validate(RoundListQuery{{1}, 0, 1, 0, 0}).has_value());
  EXPECT_FALSE(validate(RoundListQuery{{1}, 0, 1, 502, 0}).has_value());
  EXPECT_FALSE(validate(RoundListQuery{{1}, 0, 1, 1, 100'001}).has_value());
}

}  // namespace
}  // namespace holter::history::wire
