#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "history/wire/frame.h"
#include "history/wire/query.h"

// Payloads of the frames; layouts in docs/formats/history-stream.md. encode() never fails but for the size of an
// answer; every decode_*() takes foreign bytes: kCorruption for bytes missing, left over, or outside of a limit.
namespace holter::history::wire {

using Payload = std::vector<std::byte>;

struct Hello {
  std::uint32_t schema_version = 0;  ///< batch::kSchemaVersion
  std::uint32_t pid = 0;
};
/// What became of a batch. Rows, not bytes.
struct Ack {
  std::uint64_t samples = 0, texts = 0, rounds = 0, series = 0;  ///< kept: on disk
  std::uint64_t rejected = 0;                                    ///< unusable: a time outside of 1970..2200
  std::string error;                                             ///< why the rest was not kept; else empty
};
struct Failure {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
};
struct ChildStats {
  std::uint64_t resident = 0, peak = 0;  ///< bytes
  std::uint64_t file_bytes = 0;
  std::uint64_t files = 0;   ///< Parquet files
  std::uint64_t series = 0;  ///< known identities
  std::string error;         ///< why closing an hour or retention fails at present; else empty
};
template <class Query>
struct Timed {
  Query query;
  std::uint32_t timeout_ms = 0;
};

Payload encode(const Hello& hello);
Payload encode(const Ack& ack);
Payload encode(const Failure& failure);
Payload encode(const ChildStats& stats);
Payload encode(const Timed<RangeQuery>& query);
Payload encode(const Timed<RoundsQuery>& query);
Payload encode(const Timed<HeartbeatsQuery>& query);
Payload encode(const Timed<RoundListQuery>& query);

/// Errors: kResourceExhausted when the answer is larger than kMaxAnswerBytes.
Result<Payload> encode(const std::vector<SeriesBuckets>& answer);
Result<Payload> encode(const std::vector<RoundBucket>& answer);
Result<Payload> encode(const std::vector<MonitorHeartbeats>& answer);
Result<Payload> encode(const std::vector<RecordedRound>& answer);
/// Buckets that fit into one answer.
inline constexpr std::size_t kMaxAnswerBuckets = (kMaxAnswerBytes - 16 * kMaxQuerySeries - 16) / 40;

Result<Hello> decode_hello(Bytes bytes);
Result<Ack> decode_ack(Bytes bytes);
Result<Failure> decode_failure(Bytes bytes);
Result<ChildStats> decode_stats(Bytes bytes);
/// The query is valid (validate()). Errors: also kInvalidArgument.
Result<Timed<RangeQuery>> decode_range_query(Bytes bytes);
Result<Timed<RoundsQuery>> decode_rounds_query(Bytes bytes);
Result<Timed<HeartbeatsQuery>> decode_heartbeats_query(Bytes bytes);
Result<Timed<RoundListQuery>> decode_round_list_query(Bytes bytes);
Result<std::vector<SeriesBuckets>> decode_range_answer(Bytes bytes);
Result<std::vector<RoundBucket>> decode_rounds_answer(Bytes bytes);
Result<std::vector<MonitorHeartbeats>> decode_heartbeats_answer(Bytes bytes);
Result<std::vector<RecordedRound>> decode_round_list_answer(Bytes bytes);

}  // namespace holter::history::wire
