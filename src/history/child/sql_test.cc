#include "history/child/sql.h"

#include <filesystem>
#include <set>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "batch/builder.h"
#include "history/child/sql_scan.h"
#include "history/child/store.h"
#include "memory/arrow_pool.h"
#include "testing/fake_clock.h"

namespace holter::history::child {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Code = model::ResultCode;

constexpr std::int64_t kHour = 3'600'000, kMinute = 60'000;

/// A store in a directory of its own, and queries as of its clock.
class SqlTest : public ::testing::Test {
 protected:
  SqlTest() {
    char path[] = "/tmp/holter-sql-XXXXXX";
    options.dir = ::mkdtemp(path);
    clock.set_wall(WallTime(milliseconds(now)));
    auto opened = Store::open(options, &clock);
    EXPECT_TRUE(opened.has_value()) << opened.error().message();
    store = std::move(*opened);
  }
  ~SqlTest() override {
    store.reset();
    fs::remove_all(options.dir);
  }

  void keep() {
    store->add(*builder.finish().value());
    EXPECT_EQ(store->commit().error, "");
  }
  /// One sample a second from `from_ms` on, with the values 0, 1, 2...
  void keep_samples(std::uint64_t series, MonitorId monitor, int count, std::int64_t from_ms,
                    std::string_view field = "responseTime", std::string_view labels = "") {
    builder.add_series({series}, monitor, "summary", field, labels);
    for (int i = 0; i < count; ++i) builder.add_sample({series}, from_ms + i * 1000, i);
    keep();
  }
  /// All background work that is due now.
  void work() {
    for (int i = 0; i < 2; ++i) {
      store->tick();
      while (store->busy()) store->step();
    }
    EXPECT_EQ(store->stats().error, "");
  }
  void advance(std::chrono::milliseconds time) {
    clock.advance(time);
    now += time.count();
  }

  Result<SqlTable> ask(std::string text, std::chrono::milliseconds time = 30s) {
    SqlQuery query{std::move(text), now, false};
    EXPECT_TRUE(validate(query).has_value());
    return store->query(query, clock.mono() + time);
  }
  /// Rows in lines, cells with bars between them.
  std::string rows(std::string text) {
    auto table = ask(std::move(text));
    if (!table) return table.error().message();
    std::string out;
    for (const auto& row : table->rows) {
      if (!out.empty()) out += '\n';
      for (std::size_t i = 0; i < row.size(); ++i)
        out += (i == 0 ? "" : "|") + (row[i].null ? std::string("NULL") : row[i].text);
    }
    return out;
  }
  void expect_refused(const std::string& text, const std::string& why) {
    auto table = ask(text);
    ASSERT_FALSE(table.has_value()) << text;
    EXPECT_EQ(table.error().code(), ErrorCode::kInvalidArgument) << text << ": " << table.error().message();
    EXPECT_NE(table.error().message().find(why), std::string::npos) << text << ": " << table.error().message();
  }

  testing::FakeClock clock;
  std::int64_t now = 1'700'000'000'000 / kHour * kHour + 10 * kMinute;
  memory::Account account{"test", nullptr, 64 << 20};
  memory::ArrowPool pool{account, "test"};
  batch::Builder builder{pool, 1'000'000};
  StoreOptions options;
  std::unique_ptr<Store> store;
};

TEST_F(SqlTest, samples_are_grouped_by_what_they_are_of) {
  keep_samples(1, {255}, 100, now - 200'000);
  keep_samples(2, {~0ULL}, 10, now - 200'000);
  keep_samples(3, {255}, 10, now - 200'000, "size");
  EXPECT_EQ(rows("SELECT monitor, avg(value) AS value, count(*) FROM samples('10m') WHERE field = 'responseTime' "
                 "GROUP BY monitor ORDER BY monitor"),
            "00000000000000ff|49.5|100\nffffffffffffffff|4.5|10");
  EXPECT_EQ(rows("SELECT monitor FROM samples('10m') WHERE field = 'responseTime' GROUP BY monitor "
                 "HAVING avg(value) > 40"),
            "00000000000000ff");
  EXPECT_EQ(rows("SELECT DISTINCT \"set\", field, labels FROM samples('10m') ORDER BY field"),
            "summary|responseTime|\nsummary|size|");
}

TEST_F(SqlTest, a_range_ends_at_now_and_excludes_its_start) {
  keep_samples(1, {7}, 11, now - 10'000);
  EXPECT_EQ(rows("SELECT count(*), min(time_ms) - now_ms(), max(time_ms) - now_ms() FROM samples('5s')"), "5|-4000|0");
  EXPECT_EQ(rows("SELECT count(*) FROM samples('5s', '3s')"), "5");
  EXPECT_EQ(rows("SELECT max(now() - time) FROM samples('5s')"), "00:00:04");
  now -= 7000;
  EXPECT_EQ(rows("SELECT count(*) FROM samples('5s')"), "4");
}

TEST_F(SqlTest, now_is_what_the_query_says_by_all_its_names) {
  now = 1'700'000'000'000;
  EXPECT_EQ(rows("SELECT now_ms(), now(), CURRENT_TIMESTAMP, localtimestamp, CURRENT_DATE, today(), CURRENT_TIME, "
                 "localtime, ago(INTERVAL 5 MINUTE), now() - INTERVAL '1 day'"),
            "1700000000000|2023-11-14 22:13:20|2023-11-14 22:13:20|2023-11-14 22:13:20|2023-11-14|2023-11-14|"
            "22:13:20|22:13:20|2023-11-14 22:08:20|2023-11-13 22:13:20");
}

TEST_F(SqlTest, tables_and_files_are_read_together_and_files_of_other_times_are_not_opened) {
  keep_samples(1, {7}, 100, now - 5 * kHour);
  work();
  advance(1h);
  keep_samples(1, {7}, 100, now - kHour);
  work();
  keep_samples(1, {7}, 100, now - 200'000);
  ASSERT_EQ(store->stats().files, 2u);
  EXPECT_EQ(rows("SELECT count(*), sum(value) FROM samples('12h')"), "300|14850");
  EXPECT_EQ(rows("SELECT count(*) FROM samples('2h')"), "200");
  EXPECT_EQ(rows("SELECT a.n, b.n FROM (SELECT count(*) AS n FROM samples('5m')) a, "
                 "(SELECT count(*) AS n FROM samples('2h', '5h')) b"),
            "100|100");
  ASSERT_TRUE(fs::remove(options.dir + "/parquet/samples-00000001.parquet"));
  EXPECT_EQ(rows("SELECT count(*) FROM samples('2h')"), "200");
  auto gone = ask("SELECT count(*) FROM samples('12h')");
  ASSERT_FALSE(gone.has_value());
  EXPECT_EQ(gone.error().code(), ErrorCode::kIo) << gone.error().message();
}

TEST_F(SqlTest, rounds_tell_in_words_how_they_ended) {
  for (int i = 0; i < 6; ++i)
    builder.add_round({9}, "summary", now - 60'000 + i * 1000, 1500, static_cast<Code>(i), i == 0 ? "" : "why");
  keep();
  EXPECT_EQ(rows("SELECT code, failed, duration_ms, message FROM rounds('10m') WHERE monitor = '0000000000000009' "
                 "ORDER BY time"),
            "success|false|1.5|\nunavailable|true|1.5|why\nunreachable|true|1.5|why\nunconnectable|true|1.5|why\n"
            "fail|true|1.5|why\ntimeout|true|1.5|why");
  EXPECT_EQ(rows("SELECT monitor, \"set\", count(*) FILTER (failed) AS value FROM rounds('10m') GROUP BY ALL"),
            "0000000000000009|summary|5");
  work();
  advance(1h);
  work();
  ASSERT_GT(store->stats().files, 0u);
  EXPECT_EQ(rows("SELECT count(*) FROM rounds('2h') WHERE failed"), "5");
}

TEST_F(SqlTest, texts_have_their_identity) {
  builder.add_series({5}, {9}, "summary", "version", "");
  builder.add_text({5}, now - 1000, "1.27.0");
  keep();
  EXPECT_EQ(rows("SELECT monitor, field, value, time FROM texts('10m')"),
            "0000000000000009|version|1.27.0|" + rows("SELECT now() - INTERVAL 1 SECOND"));
}

TEST_F(SqlTest, a_label_is_found_and_unescaped) {
  keep_samples(1, {7}, 1, now, "used", R"(a="x",mount="C:\\new",q="say \"hi\",b=\n\\")");
  EXPECT_EQ(rows("SELECT label(labels, 'a'), label(labels, 'mount'), label(labels, 'q'), label(labels, 'b'), "
                 "label(labels, 'x') FROM samples('1m')"),
            "x|C:\\new|say \"hi\",b=\n\\||");
}

TEST_F(SqlTest, series_that_are_silent_are_found_by_a_join) {
  keep_samples(1, {7}, 10, now - 10'000);
  keep_samples(2, {8}, 10, now - kHour);
  EXPECT_EQ(rows("SELECT s.monitor, s.field FROM series() s LEFT JOIN samples('5m') v USING (monitor, \"set\", field, "
                 "labels) WHERE v.value IS NULL"),
            "0000000000000008|responseTime");
}

TEST_F(SqlTest, a_query_compares_with_the_day_before) {
  keep_samples(1, {7}, 11, now - 10'000);
  keep_samples(1, {7}, 6, now - 24 * kHour - 5'000);
  EXPECT_EQ(rows("WITH today_ AS (SELECT monitor, max(value) AS v FROM samples('1m') GROUP BY monitor), "
                 "before AS (SELECT monitor, max(value) AS v FROM samples('1m', '1d') GROUP BY monitor) "
                 "SELECT monitor, t.v / b.v AS value FROM today_ t JOIN before b USING (monitor)"),
            "0000000000000007|2");
}

TEST_F(SqlTest, a_check_tells_columns_and_runs_nothing) {
  SqlQuery query{"SELECT monitor, time, avg(value) AS value, 1 / 0 AS x FROM samples('10m') GROUP BY ALL", now, true};
  auto table = store->query(query, clock.mono() + 10s).value();
  EXPECT_EQ(table.columns, (std::vector<std::string>{"monitor", "time", "value", "x"}));
  EXPECT_EQ(table.numeric, (std::vector<bool>{false, false, true, true}));
  EXPECT_TRUE(table.rows.empty());
  query.text = "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t";
  EXPECT_EQ(store->query(query, clock.mono() + 10s).value().columns.size(), 1u);
}

TEST_F(SqlTest, cells_have_numbers_where_columns_do) {
  auto table = ask("SELECT 1 AS a, 1.50 AS b, 2.5::DOUBLE AS c, true AS d, DATE '2026-01-02' AS e, "
                   "TIMESTAMP '2026-01-02 03:04:05.678' AS f, INTERVAL '90 minutes' AS g, sum(x) AS h, "
                   "18446744073709551615::UBIGINT AS i, 0.0::DOUBLE / 0 AS j, -1.25 AS k, 'é' AS l, "
                   "TIME '01:02:03' AS m, (-1)::TINYINT AS n, -12345678901.5 AS o, NULL::DOUBLE AS p, "
                   "12345678901234567890.12::DECIMAL(38, 2) AS q FROM (VALUES (1), (2)) t(x)")
                   .value();
  std::vector<SqlCell> expected{{1.0, "1", false},
                                {1.5, "1.50", false},
                                {2.5, "2.5", false},
                                {1.0, "true", false},
                                {std::nullopt, "2026-01-02", false},
                                {std::nullopt, "2026-01-02 03:04:05.678", false},
                                {std::nullopt, "01:30:00", false},
                                {3.0, "3", false},
                                {18446744073709551615.0, "18446744073709551615", false},
                                {std::nullopt, "", true},
                                {-1.25, "-1.25", false},
                                {std::nullopt, "é", false},
                                {std::nullopt, "01:02:03", false},
                                {-1.0, "-1", false},
                                {-12345678901.5, "-12345678901.5", false},
                                {std::nullopt, "", true},
                                {12345678901234567890.12, "12345678901234567890.12", false}};
  ASSERT_EQ(table.rows.size(), 1u);
  ASSERT_EQ(table.rows[0].size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(table.rows[0][i].text, expected[i].text) << table.columns[i];
    ASSERT_EQ(table.rows[0][i].number.has_value(), expected[i].number.has_value()) << table.columns[i];
    EXPECT_DOUBLE_EQ(table.rows[0][i].number.value_or(0), expected[i].number.value_or(0)) << table.columns[i];
    EXPECT_EQ(table.rows[0][i].null, expected[i].null) << table.columns[i];
    EXPECT_EQ(table.numeric[i], expected[i].number.has_value() || expected[i].null) << table.columns[i];
  }
  expect_refused("SELECT t FROM (VALUES (1)) t(x)", "cannot answer with the column t: it is neither number, text");
}

TEST_F(SqlTest, what_is_not_one_select_is_refused) {
  for (std::string text : {"COPY (SELECT 1) TO '/tmp/holter-sql-out'",
                           "ATTACH '/tmp/holter-sql-other'",
                           "DETACH history",
                           "INSTALL httpfs",
                           "LOAD httpfs",
                           "SET threads = 4",
                           "RESET threads",
                           "PRAGMA database_list",
                           "CALL pragma_version()",
                           "CHECKPOINT",
                           "EXPLAIN SELECT 1",
                           "EXPORT DATABASE '/tmp/holter-sql-out'",
                           "USE temp",
                           "CREATE TABLE x AS SELECT 1",
                           "DROP TABLE samples",
                           "DELETE FROM samples",
                           "INSERT INTO samples VALUES (1, 1, 1)",
                           "BEGIN TRANSACTION",
                           "PREPARE q AS SELECT 1",
                           "VACUUM",
                           "UPDATE samples SET value = 1"})
    expect_refused(text, "only one SELECT is allowed");
  expect_refused("WITH x AS (INSERT INTO samples VALUES (1, 1, 1) RETURNING *) SELECT * FROM x", "SELECT");
  expect_refused("SELECT 1; SELECT 2", "it has 2 statements");
  expect_refused("SELECT 1; DROP TABLE samples", "only one SELECT is allowed");
  expect_refused("-- nothing", "it has 0 statements");
  for (std::string text : {"SHOW TABLES", "DESCRIBE SELECT 1", "SUMMARIZE SELECT 1", "SELECT * FROM (SHOW TABLES)"})
    expect_refused(text, "SHOW, DESCRIBE and SUMMARIZE");
  expect_refused("SELECT ?", "parameters");
  EXPECT_EQ(rows("SELECT 1;"), "1");
}

TEST_F(SqlTest, files_and_settings_are_out_of_reach) {
  for (std::string call :
       {"read_csv('/etc/passwd')", "read_text('/etc/passwd')", "read_blob('/etc/passwd')", "read_json('/etc/passwd')",
        "read_parquet('x')", "parquet_scan('x')", "glob('/etc/*')", "duckdb_settings()", "duckdb_secrets()",
        "duckdb_tables()", "query('SELECT 1')", "query_table('samples')", "json_execute_serialized_sql('{}')",
        "seq_scan('samples')", "pragma_database_size()", "force_checkpoint()", "enable_logging()", "repeat('x', 9)"})
    expect_refused("SELECT * FROM " + call, "cannot read from " + call.substr(0, call.find('(')) + "()");
  for (std::string table : {"'/etc/passwd'", "'/etc/passwd.csv'", "duckdb_tables", "sqlite_master", "files", "format",
                            "series", "pragma_database_list"})
    expect_refused("SELECT * FROM " + table, "cannot read the table");
  for (std::string table : {"samples", "texts", "rounds"})
    expect_refused("SELECT * FROM " + table, "cannot read " + table + " without a time: write " + table + "('1h')");
  // Which schema a name is said to be of makes no difference.
  for (std::string table : {"main.samples", "history.main.samples"})
    expect_refused("SELECT * FROM " + table, "cannot read samples without a time");
  for (std::string table : {"information_schema.tables", "pg_catalog.pg_tables"})
    expect_refused("SELECT * FROM " + table, "cannot read the table");
  expect_refused("SELECT (SELECT max(value) FROM (SELECT * FROM '/etc/passwd'))", "/etc/passwd");
  expect_refused("SELECT 1 WHERE EXISTS (FROM read_text('/etc/passwd'))", "read_text");
}

TEST_F(SqlTest, functions_that_wait_or_write_or_tell_or_cost_are_refused) {
  for (std::string call : {"getenv('HOME')", "current_setting('threads')", "getvariable('x')", "sleep_ms(60000)",
                           "pg_sleep(60)", "write_log('x')", "nextval('x')", "random()", "uuid()",
                           "age(TIMESTAMP '2020-01-01')", "repeat('x', 1000000000)", "lpad('x', 1000000000, 'x')",
                           "levenshtein('a', 'b')", "range(1000000000)", "generate_series(1, 9)", "hash(1)",
                           "json_serialize_plan('SELECT 1')", "list_transform([1], lambda x: x)", "error('x')"})
    expect_refused("SELECT " + call, "cannot use the function ");
  expect_refused("SELECT labels.getenv() FROM samples('1h')", "cannot use the function getenv");
  expect_refused("SELECT samples('1h')", "it stands in FROM only");
  expect_refused("SELECT sum(value) OVER (ORDER BY sleep_ms(1)) FROM samples('1h')", "sleep_ms");
}

TEST_F(SqlTest, names_of_a_with_hide_no_table) {
  for (std::string name : {"samples", "SERIES", "files", "duckdb_tables", "pg_class", "sqlite_master", "pragma_x"})
    expect_refused("WITH " + name + " AS (SELECT 1) SELECT 2", "for a WITH: choose another one");
  for (std::string name : {"\"/etc/passwd\"", "\"x.csv\"", "\"\xC3\xA9\""})
    expect_refused("WITH " + name + " AS (SELECT 1) SELECT 2", "of letters, digits and _");
  expect_refused("SELECT * FROM (WITH a AS (SELECT 1) SELECT 2) b, a", "a");
  EXPECT_EQ(rows("WITH a AS (SELECT 1 AS x), B AS (SELECT x + 1 AS y FROM a) SELECT x, y FROM A, b"), "1|2");
}

TEST_F(SqlTest, times_of_tables_are_written_out) {
  for (std::string arguments : {"", "600", "NULL", "'1' || 'h'", "INTERVAL 1 HOUR", "'1h', 1", "'1h', '1d', 'x'",
                                "span_ := '1h'", "ago_ := '1d', span_ := '1h'", "(SELECT '1h')"})
    expect_refused("SELECT * FROM samples(" + arguments + ")", "write samples('10m') for the last ten minutes");
  expect_refused("SELECT * FROM rounds('10')", "the unit is missing");
  expect_refused("SELECT * FROM rounds('1h', 'yesterday')", "cannot read rounds");
  expect_refused("SELECT * FROM series('1h')", "write series()");
}

TEST_F(SqlTest, errors_tell_the_place) {
  expect_refused("SELECT 1\nFROM x y z", "syntax error at or near \"z\" at line 2, column 10");
  expect_refused("SELECT nothing FROM samples('1h')", "\"nothing\" not found");
  expect_refused("SELECT nothing FROM samples('1h')", "\nLINE 1: SELECT nothing FROM samples('1h')\n               ^");
  expect_refused("SELECT avg(value) FROM samples('1h') GROUP BY sum(value)", "LINE 1");
  keep_samples(1, {7}, 1, now, "used", "x");
  expect_refused("SELECT labels::INTEGER FROM samples('1h')", "Could not convert");
}

TEST_F(SqlTest, too_much_for_an_answer_is_refused_and_not_cut) {
  EXPECT_EQ(ask("SELECT * FROM range(10000)").value().rows.size(), kMaxSqlRows);
  expect_refused("SELECT * FROM range(10001)", "cannot answer with more than 10000 rows");
  expect_refused("SELECT * FROM range(100000000000)", "cannot answer with more than 10000 rows");
  expect_refused("SELECT range, '" + std::string(1000, 'x') + "' FROM range(5000)",
                 "cannot answer with more than 4194304 bytes");
  std::string many = "SELECT 1";
  for (int i = 1; i < 64; ++i) many += ",1";
  EXPECT_EQ(ask(many).value().columns.size(), kMaxSqlColumns);
  expect_refused(many + ",1", "cannot answer with 65 columns: the limit is 64");
}

TEST_F(SqlTest, a_query_ends_at_its_deadline_whatever_it_does) {
  for (std::string text : {"WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t",
                           "SELECT count(*) FROM range(100000) a JOIN range(100000) b ON a.range + b.range > 7",
                           "SELECT count(*) FROM range(100000000000)"}) {
    auto answer = ask(text, 300ms);
    ASSERT_FALSE(answer.has_value()) << text;
    EXPECT_EQ(answer.error().code(), ErrorCode::kTimeout) << answer.error().message();
  }
  EXPECT_EQ(ask("SELECT 1", 0ms).error().code(), ErrorCode::kTimeout);
  keep_samples(1, {7}, 10, now - 10'000);
  EXPECT_EQ(rows("SELECT count(*) FROM samples('1m')"), "10");
}

TEST_F(SqlTest, too_little_memory_is_an_error_and_the_store_goes_on) {
  for (std::string text :
       {"WITH RECURSIVE t AS (SELECT 'a' AS s UNION ALL SELECT s || s FROM t) SELECT max(length(s)) FROM t",
        "SELECT string_agg(range::VARCHAR, ',') FROM range(100000000)"}) {
    auto answer = ask(text);
    ASSERT_FALSE(answer.has_value()) << text;
    EXPECT_EQ(answer.error().code(), ErrorCode::kResourceExhausted) << answer.error().message();
    EXPECT_EQ(answer.error().message().find("Possible solutions"), std::string::npos);
  }
  keep_samples(1, {7}, 10, now - 10'000);
  EXPECT_EQ(rows("SELECT count(*) FROM samples('1m')"), "10");
}

TEST_F(SqlTest, what_nests_too_deeply_is_refused_at_once) {
  std::string text = "1";
  for (int i = 0; i < 600; ++i) text = "abs(" + text + ")";
  expect_refused("SELECT " + text, "depth");
}

TEST_F(SqlTest, every_function_that_is_allowed_is_there) {
  auto database = Database::open(":memory:", {}).value();
  auto connection = database->connect().value();
  std::set<std::string> there{"label", "now_ms"};
  connection->query("SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type <> 'table'")
      .value()
      .each_chunk([&](duckdb_data_chunk chunk, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) there.insert(Rows::text(chunk, 0, i));
      });
  for (auto name : sql_functions()) EXPECT_TRUE(there.contains(std::string(name))) << name;
}

}  // namespace
}  // namespace holter::history::child
