#include "history/wire/message.h"

#include <cstring>

#include <fmt/format.h>

namespace holter::history::wire {
namespace {

constexpr std::size_t kLongestText = 2000;
constexpr std::size_t kBucketBytes = 40, kRoundBytes = 32;
constexpr std::size_t kHeartbeatBytes = 35, kListedBytes = 17;  // without their texts
static_assert(kMaxQueryMonitors * (12 + kMaxHeartbeats * (kHeartbeatBytes + kMaxHeartbeatText)) < kMaxAnswerBytes);
static_assert(kMaxListedRounds * (kListedBytes + 2 * kLongestText) < kMaxAnswerBytes);

class Writer {
 public:
  template <class T>
    requires std::is_arithmetic_v<T>
  Writer& put(T value) {
    auto at = bytes_.size();
    bytes_.resize(at + sizeof(value));
    std::memcpy(bytes_.data() + at, &value, sizeof(value));
    return *this;
  }
  Writer& text(std::string_view value) {
    value = value.substr(0, kLongestText);
    put(static_cast<std::uint16_t>(value.size()));
    auto at = bytes_.size();
    bytes_.resize(at + value.size());
    std::memcpy(bytes_.data() + at, value.data(), value.size());
    return *this;
  }
  void reserve(std::size_t bytes) { bytes_.reserve(bytes); }
  Payload take() { return std::move(bytes_); }

 private:
  Payload bytes_;
};

/// Reads numbers and texts; once bytes are missing, all further values are zero and ok() is false.
class Reader {
 public:
  explicit Reader(Bytes bytes) : left_(bytes) {}

  template <class T>
  T get() {
    T value{};
    if (left_.size() < sizeof(value)) {
      ok_ = false;
      left_ = {};
      return value;
    }
    std::memcpy(&value, left_.data(), sizeof(value));
    left_ = left_.subspan(sizeof(value));
    return value;
  }
  template <class T>
  void get(T& value) {
    value = get<T>();
  }
  std::string text() {
    auto size = get<std::uint16_t>();
    if (size > kLongestText || size > left_.size()) {
      ok_ = false;
      return {};
    }
    std::string value(reinterpret_cast<const char*>(left_.data()), size);
    left_ = left_.subspan(size);
    return value;
  }
  model::ResultCode code() {
    auto value = get<std::uint8_t>();
    ok_ = ok_ && value <= static_cast<std::uint8_t>(model::ResultCode::kTimeout);
    return static_cast<model::ResultCode>(value);
  }
  std::size_t left() const { return left_.size(); }

  /// Good when all bytes were there and all were read.
  Status end(std::string_view what) const {
    if (ok_ && left_.empty()) return {};
    return Error(ErrorCode::kCorruption,
                 fmt::format("cannot read a {}: {}", what,
                             ok_ ? fmt::format("{} bytes too many", left_.size())
                                 : std::string("bytes are missing, or a value is out of its limits")));
  }

 private:
  Bytes left_;
  bool ok_ = true;
};

template <class T>
Result<T> finish(const Reader& reader, T value, std::string_view what) {
  TRY_OK(reader.end(what));
  return value;
}

Status check_answer(std::size_t bytes) {
  if (bytes <= kMaxAnswerBytes) return {};
  return Error(ErrorCode::kResourceExhausted,
               fmt::format("cannot answer with {} bytes: the limit is {}; ask for fewer series or a wider step", bytes,
                           kMaxAnswerBytes));
}

}  // namespace

Payload encode(const Hello& hello) {
  return Writer().put(hello.schema_version).put(hello.pid).take();
}

Result<Hello> decode_hello(Bytes bytes) {
  Reader r(bytes);
  Hello hello;
  r.get(hello.schema_version);
  r.get(hello.pid);
  return finish(r, hello, "hello");
}

Payload encode(const Ack& ack) {
  return Writer()
      .put(ack.samples)
      .put(ack.texts)
      .put(ack.rounds)
      .put(ack.series)
      .put(ack.rejected)
      .text(ack.error)
      .take();
}

Result<Ack> decode_ack(Bytes bytes) {
  Reader r(bytes);
  Ack ack;
  for (auto* value : {&ack.samples, &ack.texts, &ack.rounds, &ack.series, &ack.rejected}) r.get(*value);
  ack.error = r.text();
  return finish(r, std::move(ack), "ack");
}

Payload encode(const Failure& failure) {
  return Writer().put(static_cast<std::uint8_t>(failure.code)).text(failure.message).take();
}

Result<Failure> decode_failure(Bytes bytes) {
  Reader r(bytes);
  Failure failure;
  auto code = r.get<std::uint8_t>();
  failure.code = static_cast<ErrorCode>(code);
  failure.message = r.text();
  if (code < static_cast<std::uint8_t>(ErrorCode::kInvalidArgument) ||
      code > static_cast<std::uint8_t>(ErrorCode::kInternal))
    return Error(ErrorCode::kCorruption, fmt::format("cannot read a failure: there is no error code {}", code));
  return finish(r, std::move(failure), "failure");
}

Payload encode(const ChildStats& s) {
  return Writer().put(s.resident).put(s.peak).put(s.file_bytes).put(s.files).put(s.series).text(s.error).take();
}

Result<ChildStats> decode_stats(Bytes bytes) {
  Reader r(bytes);
  ChildStats s;
  for (auto* value : {&s.resident, &s.peak, &s.file_bytes, &s.files, &s.series}) r.get(*value);
  s.error = r.text();
  return finish(r, std::move(s), "stats message");
}

Payload encode(const Timed<RangeQuery>& timed) {
  const auto& q = timed.query;
  Writer w;
  w.put(timed.timeout_ms).put(static_cast<std::uint32_t>(q.series.size())).put(q.from_ms).put(q.to_ms).put(q.step_ms);
  for (auto series : q.series) w.put(series.value);
  return w.take();
}

Result<Timed<RangeQuery>> decode_range_query(Bytes bytes) {
  Reader r(bytes);
  Timed<RangeQuery> timed;
  auto& q = timed.query;
  r.get(timed.timeout_ms);
  auto count = r.get<std::uint32_t>();
  r.get(q.from_ms);
  r.get(q.to_ms);
  r.get(q.step_ms);
  for (std::uint32_t i = 0; i < count && r.left() > 0 && i < kMaxQuerySeries; ++i)
    q.series.push_back({r.get<std::uint64_t>()});
  TRY_OK(r.end("range query"));
  if (q.series.size() != count)
    return Error(ErrorCode::kCorruption,
                 fmt::format("cannot read a range query: {} series are missing or too many", count));
  TRY_OK(validate(q));
  return timed;
}

Payload encode(const Timed<RoundsQuery>& timed) {
  const auto& q = timed.query;
  return Writer().put(timed.timeout_ms).put(q.monitor.value).put(q.from_ms).put(q.to_ms).put(q.step_ms).take();
}

Result<Timed<RoundsQuery>> decode_rounds_query(Bytes bytes) {
  Reader r(bytes);
  Timed<RoundsQuery> timed;
  r.get(timed.timeout_ms);
  r.get(timed.query.monitor.value);
  r.get(timed.query.from_ms);
  r.get(timed.query.to_ms);
  r.get(timed.query.step_ms);
  TRY_OK(r.end("rounds query"));
  TRY_OK(validate(timed.query));
  return timed;
}

Payload encode(const Timed<HeartbeatsQuery>& timed) {
  const auto& q = timed.query;
  Writer w;
  w.put(timed.timeout_ms).put(static_cast<std::uint32_t>(q.monitors.size())).put(q.from_ms).put(q.to_ms).put(q.step_ms);
  for (auto monitor : q.monitors) w.put(monitor.value);
  return w.take();
}

Result<Timed<HeartbeatsQuery>> decode_heartbeats_query(Bytes bytes) {
  Reader r(bytes);
  Timed<HeartbeatsQuery> timed;
  auto& q = timed.query;
  r.get(timed.timeout_ms);
  auto count = r.get<std::uint32_t>();
  r.get(q.from_ms);
  r.get(q.to_ms);
  r.get(q.step_ms);
  for (std::uint32_t i = 0; i < count && r.left() > 0 && i < kMaxQueryMonitors; ++i)
    q.monitors.push_back({r.get<std::uint64_t>()});
  TRY_OK(r.end("heartbeats query"));
  if (q.monitors.size() != count)
    return Error(ErrorCode::kCorruption,
                 fmt::format("cannot read a heartbeats query: {} monitors are missing or too many", count));
  TRY_OK(validate(q));
  return timed;
}

Payload encode(const Timed<RoundListQuery>& timed) {
  const auto& q = timed.query;
  return Writer()
      .put(timed.timeout_ms)
      .put(q.monitor.value)
      .put(q.from_ms)
      .put(q.to_ms)
      .put(q.limit)
      .put(q.skip)
      .take();
}

Result<Timed<RoundListQuery>> decode_round_list_query(Bytes bytes) {
  Reader r(bytes);
  Timed<RoundListQuery> timed;
  auto& q = timed.query;
  r.get(timed.timeout_ms);
  r.get(q.monitor.value);
  r.get(q.from_ms);
  r.get(q.to_ms);
  r.get(q.limit);
  r.get(q.skip);
  TRY_OK(r.end("round list query"));
  TRY_OK(validate(q));
  return timed;
}

Result<Payload> encode(const std::vector<SeriesBuckets>& answer) {
  std::size_t bytes = 4;
  for (const auto& series : answer) bytes += 12 + series.buckets.size() * kBucketBytes;
  TRY_OK(check_answer(bytes));
  Writer w;
  w.reserve(bytes);
  w.put(static_cast<std::uint32_t>(answer.size()));
  for (const auto& series : answer) {
    w.put(series.series.value).put(static_cast<std::uint32_t>(series.buckets.size()));
    for (const auto& b : series.buckets) w.put(b.start_ms).put(b.min).put(b.max).put(b.avg).put(b.count);
  }
  return w.take();
}

Result<std::vector<SeriesBuckets>> decode_range_answer(Bytes bytes) {
  Reader r(bytes);
  auto count = r.get<std::uint32_t>();
  std::vector<SeriesBuckets> answer;
  for (std::uint32_t i = 0; i < count && r.left() > 0 && i < kMaxQuerySeries; ++i) {
    auto& series = answer.emplace_back();
    r.get(series.series.value);
    auto buckets = r.get<std::uint32_t>();
    // Never more memory than the bytes that are there could fill.
    if (buckets > r.left() / kBucketBytes)
      return Error(
          ErrorCode::kCorruption,
          fmt::format("cannot read a range answer: {} buckets are announced and {} bytes left", buckets, r.left()));
    series.buckets.resize(buckets);
    for (auto& b : series.buckets) {
      r.get(b.start_ms);
      r.get(b.min);
      r.get(b.max);
      r.get(b.avg);
      r.get(b.count);
    }
  }
  TRY_OK(r.end("range answer"));
  if (answer.size() != count)
    return Error(ErrorCode::kCorruption, fmt::format("cannot read a range answer of {} series", count));
  return answer;
}

Result<Payload> encode(const std::vector<RoundBucket>& answer) {
  TRY_OK(check_answer(4 + answer.size() * kRoundBytes));
  Writer w;
  w.reserve(4 + answer.size() * kRoundBytes);
  w.put(static_cast<std::uint32_t>(answer.size()));
  for (const auto& b : answer) w.put(b.start_ms).put(b.total).put(b.failed).put(b.avg_duration_ms);
  return w.take();
}

Result<std::vector<RoundBucket>> decode_rounds_answer(Bytes bytes) {
  Reader r(bytes);
  auto count = r.get<std::uint32_t>();
  if (count != r.left() / kRoundBytes)
    return Error(
        ErrorCode::kCorruption,
        fmt::format("cannot read a rounds answer: {} buckets are announced and {} bytes left", count, r.left()));
  std::vector<RoundBucket> answer(count);
  for (auto& b : answer) {
    r.get(b.start_ms);
    r.get(b.total);
    r.get(b.failed);
    r.get(b.avg_duration_ms);
  }
  return finish(r, std::move(answer), "rounds answer");
}

Result<Payload> encode(const std::vector<MonitorHeartbeats>& answer) {
  Writer w;
  w.put(static_cast<std::uint32_t>(answer.size()));
  for (const auto& of : answer) {
    w.put(of.monitor.value).put(static_cast<std::uint32_t>(of.buckets.size()));
    for (const auto& b : of.buckets)
      w.put(b.start_ms)
          .put(b.total)
          .put(b.failed)
          .put(b.avg_duration_ms)
          .put(static_cast<std::uint8_t>(b.code))
          .text(std::string_view(b.message).substr(0, kMaxHeartbeatText));
  }
  auto payload = w.take();
  TRY_OK(check_answer(payload.size()));
  return payload;
}

Result<std::vector<MonitorHeartbeats>> decode_heartbeats_answer(Bytes bytes) {
  Reader r(bytes);
  auto count = r.get<std::uint32_t>();
  std::vector<MonitorHeartbeats> answer;
  for (std::uint32_t i = 0; i < count && r.left() > 0 && i < kMaxQueryMonitors; ++i) {
    auto& of = answer.emplace_back();
    r.get(of.monitor.value);
    auto buckets = r.get<std::uint32_t>();
    if (buckets > kMaxHeartbeats || buckets > r.left() / kHeartbeatBytes)
      return Error(
          ErrorCode::kCorruption,
          fmt::format("cannot read a heartbeats answer: {} are announced and {} bytes left", buckets, r.left()));
    of.buckets.resize(buckets);
    for (auto& b : of.buckets) {
      r.get(b.start_ms);
      r.get(b.total);
      r.get(b.failed);
      r.get(b.avg_duration_ms);
      b.code = r.code();
      b.message = r.text();
      if (b.message.size() > kMaxHeartbeatText)
        return Error(ErrorCode::kCorruption, fmt::format("cannot read a heartbeat with a message of {} bytes: the "
                                                         "limit is {}",
                                                         b.message.size(), kMaxHeartbeatText));
    }
  }
  TRY_OK(r.end("heartbeats answer"));
  if (answer.size() != count)
    return Error(ErrorCode::kCorruption, fmt::format("cannot read a heartbeats answer of {} monitors", count));
  return answer;
}

Result<Payload> encode(const std::vector<RecordedRound>& answer) {
  Writer w;
  w.put(static_cast<std::uint32_t>(answer.size()));
  for (const auto& round : answer)
    w.put(round.time_ms)
        .put(round.duration_us)
        .put(static_cast<std::uint8_t>(round.code))
        .text(round.set)
        .text(round.message);
  auto payload = w.take();
  TRY_OK(check_answer(payload.size()));
  return payload;
}

Result<std::vector<RecordedRound>> decode_round_list_answer(Bytes bytes) {
  Reader r(bytes);
  auto count = r.get<std::uint32_t>();
  if (count > kMaxListedRounds || count > r.left() / kListedBytes)
    return Error(
        ErrorCode::kCorruption,
        fmt::format("cannot read a round list answer: {} rounds are announced and {} bytes left", count, r.left()));
  std::vector<RecordedRound> answer(count);
  for (auto& round : answer) {
    r.get(round.time_ms);
    r.get(round.duration_us);
    round.code = r.code();
    round.set = r.text();
    round.message = r.text();
  }
  return finish(r, std::move(answer), "round list answer");
}

}  // namespace holter::history::wire
