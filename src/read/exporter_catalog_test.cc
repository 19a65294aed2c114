#include "read/exporter_catalog.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace holter::read {
namespace {

class Told final : public CatalogSink {
 public:
  explicit Told(const ExporterCatalog& catalog) : catalog_(catalog) {}
  bool begin_row(std::size_t metric) override {
    rows.emplace_back(catalog_.metrics()[metric].name);
    return rows.size() < 100;
  }
  bool cell(std::size_t, std::optional<std::string_view> text) override {
    rows.back() += fmt::format("|{}", text.value_or("-"));
    return true;
  }
  std::vector<std::string> rows;

 private:
  const ExporterCatalog& catalog_;
};

constexpr std::string_view kText =
    "# HELP http_requests The \\\"count\\\"\n# TYPE http_requests counter\nhttp_requests_total{code=\"200\",m=\"GET\"} "
    "5\n"
    "up 1\nhttp_requests_total{m=\"PUT\",code=\"500\",extra=\"x\"} 7\n# TYPE up gauge\nhttp_requests_total 9\nup 0.1\n";

TEST(ExporterCatalog, makes_a_set_of_each_name) {
  memory::Account account("test", nullptr, 1 << 20);
  {
    ExporterCatalog catalog(kText, false, account);
    ASSERT_TRUE(catalog.discover().has_value());
    ASSERT_EQ(catalog.metrics().size(), 2U);
    const auto& requests = catalog.metrics()[0];
    EXPECT_EQ(requests.name, "http_requests_total");
    EXPECT_EQ(requests.type, "counter");
    EXPECT_EQ(decode_help(requests.help), "The \"count\"");
    EXPECT_EQ(requests.samples, 3U);
    EXPECT_EQ(catalog.labels(requests)[0], "code");
    EXPECT_EQ(catalog.metrics()[1].type, "gauge");
    Told told(catalog);
    ASSERT_TRUE(catalog.rows(told).has_value());
    EXPECT_EQ(told.rows,
              (std::vector<std::string>{"http_requests_total|200|GET|5.0", "up|1.0", "http_requests_total|500|PUT|7.0",
                                        "http_requests_total|-|-|9.0", "up|0.1"}));
  }
  EXPECT_EQ(account.used(), 0U);
}

TEST(ExporterCatalog, ends_when_the_sink_or_the_account_is_full) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += fmt::format("metric_{} {}\n", i, i);
  memory::Account account("test", nullptr, 1 << 20), small("small", nullptr, 8 << 10);
  ExporterCatalog catalog(text, false, account), refused(text, false, small);
  ASSERT_TRUE(catalog.discover().has_value());
  Told told(catalog);
  EXPECT_EQ(catalog.rows(told).error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(refused.discover().error().code(), ErrorCode::kResourceExhausted);
}

TEST(ExporterCatalog, hands_on_the_error_of_a_wrong_text) {
  memory::Account account("test", nullptr, 1 << 20);
  EXPECT_EQ(ExporterCatalog("<html>", false, account).discover().error().code(), ErrorCode::kProtocolViolation);
}

}  // namespace
}  // namespace holter::read
