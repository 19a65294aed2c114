#include "history/child/server.h"

#include <filesystem>
#include <thread>

#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "batch/builder.h"
#include "batch/ipc.h"
#include "batch/schema.h"
#include "history/wire/sql_message.h"
#include "memory/arrow_pool.h"

namespace holter::history::child {
namespace {

using wire::FrameType;
using namespace std::chrono_literals;

/// The server on a thread of its own, and the other end of its socket in the test's hands.
class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    char path[] = "/tmp/holter-server-XXXXXX";
    dir = ::mkdtemp(path);
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    mine = ends[0];
    theirs = ends[1];
    timeval patience{20, 0};
    ::setsockopt(mine, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    store = Store::open({dir, 32 << 20, {}}, &clock).value();
    thread = std::thread([this] {
      Server server(theirs, store.get(), &clock);
      status = server.handshake();
      if (status) status = server.run();
      ::shutdown(theirs, SHUT_RDWR);
    });
  }
  ~ServerTest() override {
    (void)end();  // the tests that care look themselves
    ::close(mine);
    ::close(theirs);
    store.reset();
    std::filesystem::remove_all(dir);
  }

  /// Closes our end for writing; how the server ended.
  Status end() {
    if (!thread.joinable()) return status;
    ::shutdown(mine, SHUT_WR);
    thread.join();
    return status;
  }
  void send(wire::Bytes bytes) {
    ASSERT_EQ(::send(mine, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  void send(FrameType type, std::uint64_t id, wire::Bytes payload = {}) {
    send(wire::Bytes(wire::encode_header(type, id, payload)));
    if (!payload.empty()) send(payload);
  }
  void hello() {
    send(FrameType::kHello, 0, wire::encode(wire::Hello{batch::kSchemaVersion, 1}));
    ASSERT_EQ(receive().first.type, FrameType::kHello);
  }
  /// The next frame that is no stats message.
  std::pair<wire::FrameHeader, wire::Payload> receive() {
    for (;;) {
      std::array<std::byte, wire::kHeaderBytes> bytes;
      if (::recv(mine, bytes.data(), bytes.size(), MSG_WAITALL) != static_cast<ssize_t>(bytes.size())) return {};
      auto header = wire::decode_header(bytes).value();
      wire::Payload payload(header.length);
      if (header.length > 0) {
        EXPECT_EQ(::recv(mine, payload.data(), payload.size(), MSG_WAITALL), static_cast<ssize_t>(payload.size()));
      }
      EXPECT_TRUE(wire::check_payload(header, payload).has_value());
      if (header.type != FrameType::kStats) return {header, payload};
    }
  }
  std::shared_ptr<arrow::Buffer> samples(int count) {
    batch::Builder builder(pool, 100'000);
    for (int i = 0; i < count; ++i) builder.add_sample({7}, i * 1000, i);
    return batch::encode(*builder.finish().value()->samples_batch(), pool).value();
  }
  static wire::Bytes bytes(const arrow::Buffer& buffer) {
    return {reinterpret_cast<const std::byte*>(buffer.data()), static_cast<std::size_t>(buffer.size())};
  }

  SystemClock clock;
  memory::Account account{"test", nullptr, 64 << 20};
  memory::ArrowPool pool{account, "test"};
  std::string dir;
  int mine = -1, theirs = -1;
  std::unique_ptr<Store> store;
  std::thread thread;
  Status status;
};

TEST_F(ServerTest, acknowledges_a_batch_and_answers_a_query) {
  hello();
  send(FrameType::kSamples, 5, bytes(*samples(100)));
  send(FrameType::kCommit, 5);
  auto [header, payload] = receive();
  EXPECT_EQ(header.type, FrameType::kAck);
  EXPECT_EQ(header.id, 5u);
  EXPECT_EQ(wire::decode_ack(payload).value().samples, 100u);
  send(FrameType::kRangeQuery, 6, wire::encode(wire::Timed<RangeQuery>{{{{7}}, 0, 1'000'000, 1'000'000}, 10'000}));
  auto [answer_header, answer] = receive();
  ASSERT_EQ(answer_header.type, FrameType::kRangeAnswer);
  EXPECT_EQ(wire::decode_range_answer(answer).value().at(0).buckets.at(0).count, 100u);
  EXPECT_TRUE(end().has_value());
}

TEST_F(ServerTest, answers_heartbeats_and_lists_of_rounds) {
  hello();
  batch::Builder builder(pool, 100'000);
  for (int i = 0; i < 10; ++i)
    builder.add_round({7}, "summary", i * 1000, 2000, i == 4 ? model::ResultCode::kFail : model::ResultCode::kSuccess,
                      i == 4 ? "refused" : "");
  send(FrameType::kRounds, 1, bytes(*batch::encode(*builder.finish().value()->rounds_batch(), pool).value()));
  send(FrameType::kCommit, 1);
  ASSERT_EQ(wire::decode_ack(receive().second).value().rounds, 10u);
  send(FrameType::kHeartbeatsQuery, 2, wire::encode(wire::Timed<HeartbeatsQuery>{{{{7}}, 0, 10'000, 5000}, 10'000}));
  auto [header, payload] = receive();
  ASSERT_EQ(header.type, FrameType::kHeartbeatsAnswer);
  EXPECT_EQ(header.id, 2u);
  std::vector<Heartbeat> expected{{0, 5, 1, 2.0, model::ResultCode::kFail, "refused"},
                                  {5000, 5, 0, 2.0, model::ResultCode::kSuccess, ""}};
  EXPECT_EQ(wire::decode_heartbeats_answer(payload).value().at(0).buckets, expected);
  send(FrameType::kRoundListQuery, 3, wire::encode(wire::Timed<RoundListQuery>{{{7}, 0, 5000, 1, 0}, 10'000}));
  auto [list_header, list] = receive();
  ASSERT_EQ(list_header.type, FrameType::kRoundListAnswer);
  std::vector<RecordedRound> newest{{4000, 2000, model::ResultCode::kFail, "summary", "refused"}};
  EXPECT_EQ(wire::decode_round_list_answer(list).value(), newest);
}

TEST_F(ServerTest, answers_a_select_and_says_why_another_is_none) {
  hello();
  batch::Builder builder(pool, 100);
  builder.add_series({7}, {255}, "summary", "responseTime", "");
  auto series = batch::encode(*builder.finish().value()->series_batch(), pool).value();
  send(FrameType::kSeries, 1, bytes(*series));
  send(FrameType::kSamples, 1, bytes(*samples(100)));
  send(FrameType::kCommit, 1);
  ASSERT_EQ(wire::decode_ack(receive().second).value().samples, 100u);
  SqlQuery query{"SELECT monitor, max(value) AS value FROM samples('10s') GROUP BY monitor", 50'000, false};
  send(FrameType::kSqlQuery, 2, wire::encode(wire::Timed<SqlQuery>{query, 10'000}));
  auto [header, payload] = receive();
  ASSERT_EQ(header.type, FrameType::kSqlAnswer);
  EXPECT_EQ(header.id, 2u);
  SqlTable expected{
      {"monitor", "value"}, {false, true}, {{{std::nullopt, "00000000000000ff", false}, {50.0, "50", false}}}};
  EXPECT_EQ(wire::decode_sql_answer(payload).value(), expected);
  query.text = "SELECT nothing FROM samples('10s')";
  send(FrameType::kSqlQuery, 3, wire::encode(wire::Timed<SqlQuery>{query, 10'000}));
  auto [failed, why] = receive();
  ASSERT_EQ(failed.type, FrameType::kFailure);
  EXPECT_EQ(failed.id, 3u);
  EXPECT_EQ(wire::decode_failure(why).value().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(end().has_value());
}

TEST_F(ServerTest, ends_in_order_when_told_to_stop) {
  hello();
  send(FrameType::kStop, 0);
  thread.join();
  EXPECT_TRUE(status.has_value());
}

TEST_F(ServerTest, a_batch_of_garbage_is_refused_as_a_whole_and_the_stream_goes_on) {
  hello();
  std::vector<std::byte> garbage(1000, std::byte{0x55});
  send(FrameType::kSamples, 1, bytes(*samples(10)));
  send(FrameType::kRounds, 1, garbage);
  send(FrameType::kSamples, 1, bytes(*samples(10)));
  send(FrameType::kCommit, 1);
  auto refused = wire::decode_ack(receive().second).value();
  EXPECT_EQ(refused.samples, 0u);
  EXPECT_EQ(refused.error.substr(0, 21), "cannot decode a batch");
  send(FrameType::kSamples, 2, bytes(*samples(10)));
  send(FrameType::kCommit, 2);
  EXPECT_EQ(wire::decode_ack(receive().second).value().samples, 10u);
}

TEST_F(ServerTest, rows_under_the_name_of_another_table_are_refused) {
  hello();
  send(FrameType::kTexts, 1, bytes(*samples(10)));
  send(FrameType::kCommit, 1);
  EXPECT_NE(wire::decode_ack(receive().second).value().error, "");
}

TEST_F(ServerTest, a_query_that_is_none_gets_a_failure_with_its_id) {
  hello();
  send(FrameType::kRangeQuery, 9, std::vector<std::byte>(100));
  auto [header, payload] = receive();
  EXPECT_EQ(header.type, FrameType::kFailure);
  EXPECT_EQ(header.id, 9u);
  EXPECT_EQ(wire::decode_failure(payload).value().code, ErrorCode::kCorruption);
}

TEST_F(ServerTest, a_frame_cut_off_ends_the_session_and_keeps_nothing_of_its_batch) {
  hello();
  send(FrameType::kSamples, 1, bytes(*samples(10)));
  auto payload = samples(10);
  send(wire::Bytes(wire::encode_header(FrameType::kSamples, 1, bytes(*payload))));
  send(bytes(*payload).first(50));
  auto ended = end();
  ASSERT_FALSE(ended.has_value());
  EXPECT_EQ(ended.error().code(), ErrorCode::kCorruption);
  store = nullptr;
  store = Store::open({dir, 32 << 20, {}}, &clock).value();
  EXPECT_TRUE(store->query(RangeQuery{{{7}}, 0, 1000, 1000}, clock.mono() + 10s).value().at(0).buckets.empty());
}

TEST_F(ServerTest, bytes_that_are_no_frame_end_the_session) {
  hello();
  send(std::vector<std::byte>(wire::kHeaderBytes, std::byte{'x'}));
  thread.join();
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code(), ErrorCode::kCorruption);
}

TEST_F(ServerTest, a_frame_too_long_ends_the_session_before_memory_is_taken) {
  hello();
  auto header = wire::encode_header(FrameType::kSamples, 1, {});
  header[11] = std::byte{0x7f};
  send(wire::Bytes(header));
  thread.join();
  ASSERT_FALSE(status.has_value());
  EXPECT_NE(status.error().message().find("the limit is 8388608"), std::string::npos);
}

TEST_F(ServerTest, a_query_within_a_batch_ends_the_session) {
  hello();
  send(FrameType::kSamples, 1, bytes(*samples(10)));
  send(FrameType::kRoundsQuery, 2, wire::encode(wire::Timed<RoundsQuery>{{{7}, 0, 10, 10}, 10}));
  thread.join();
  ASSERT_FALSE(status.has_value());
}

TEST_F(ServerTest, another_schema_version_is_refused) {
  send(FrameType::kHello, 0, wire::encode(wire::Hello{batch::kSchemaVersion + 1, 1}));
  thread.join();
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().message(), "cannot serve: the other end has schema version 2, this one 1");
}

TEST_F(ServerTest, a_stream_without_a_hello_is_refused) {
  send(FrameType::kCommit, 0);
  thread.join();
  EXPECT_FALSE(status.has_value());
}

}  // namespace
}  // namespace holter::history::child
