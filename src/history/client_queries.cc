#include <algorithm>
#include <chrono>
#include <utility>

#include "history/client_impl.h"
#include "history/wire/sql_message.h"

namespace holter::history {

namespace asio = boost::asio;
using wire::FrameType;

template <class Answer, class Query>
asio::awaitable<Result<Answer>> Client::Impl::query(Query query, FrameType type, FrameType answer_type,
                                                    Result<Answer> (*decode)(wire::Bytes), MonoTime deadline) {
  CO_TRY_OK(validate(query));
  auto left = std::chrono::duration_cast<milliseconds>(deadline - clock_.mono()).count();
  wire::Timed<Query> timed{std::move(query), static_cast<std::uint32_t>(std::clamp<std::int64_t>(left, 0, 86'400'000))};
  if (!connected_ || closing_)
    co_return Error(ErrorCode::kUnavailable, "cannot query history: its process is not running at the moment");
  auto frame = co_await queries_.ask(type, wire::encode(timed), deadline);
  update([&](Stats& s) {
    ++s.queries;
    s.queries_failed += frame ? 0 : 1;
  });
  if (!frame) co_return std::move(frame).error();
  if (frame->header.type != answer_type)
    co_return Error(ErrorCode::kProtocolViolation, "cannot query history: an answer to another question came");
  co_return decode(frame->payload);
}

asio::awaitable<Result<std::vector<SeriesBuckets>>> Client::query(RangeQuery query, MonoTime deadline) {
  return impl_->query<std::vector<SeriesBuckets>>(std::move(query), FrameType::kRangeQuery, FrameType::kRangeAnswer,
                                                  wire::decode_range_answer, deadline);
}

asio::awaitable<Result<std::vector<RoundBucket>>> Client::query_rounds(MonitorId monitor, std::int64_t from_ms,
                                                                       std::int64_t to_ms, std::int64_t step_ms,
                                                                       MonoTime deadline) {
  return impl_->query<std::vector<RoundBucket>>(RoundsQuery{monitor, from_ms, to_ms, step_ms}, FrameType::kRoundsQuery,
                                                FrameType::kRoundsAnswer, wire::decode_rounds_answer, deadline);
}

asio::awaitable<Result<std::vector<MonitorHeartbeats>>> Client::query_heartbeats(HeartbeatsQuery query,
                                                                                 MonoTime deadline) {
  return impl_->query<std::vector<MonitorHeartbeats>>(std::move(query), FrameType::kHeartbeatsQuery,
                                                      FrameType::kHeartbeatsAnswer, wire::decode_heartbeats_answer,
                                                      deadline);
}

asio::awaitable<Result<std::vector<RecordedRound>>> Client::list_rounds(RoundListQuery query, MonoTime deadline) {
  return impl_->query<std::vector<RecordedRound>>(query, FrameType::kRoundListQuery, FrameType::kRoundListAnswer,
                                                  wire::decode_round_list_answer, deadline);
}

asio::awaitable<Result<SqlTable>> Client::query_sql(SqlQuery query, MonoTime deadline) {
  return impl_->query<SqlTable>(std::move(query), FrameType::kSqlQuery, FrameType::kSqlAnswer, wire::decode_sql_answer,
                                deadline);
}

}  // namespace holter::history
