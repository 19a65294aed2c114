#include <fmt/format.h>
#include <gmock/gmock.h>

#include "collect/exporter_publish.h"
#include "testing/probe_harness.h"
#include "testing/scripted_peer.h"

namespace holter::collect {

const PluginInfo& prometheus_plugin();

namespace {

using model::Node;
using model::ResultCode;
using ::testing::ElementsAre;
using testing::entry;
using ::testing::HasSubstr;
using Peer = testing::ScriptedPeer;

class PrometheusProbeTest : public testing::ProbeTest {
 protected:
  static Result<std::unique_ptr<Probe>> compile(std::initializer_list<std::pair<std::string, Node>> entries) {
    static const std::vector<std::string> kNone;
    auto block = testing::block_of(entries);
    return prometheus_plugin().compile({"prometheus", "metrics", kNone, block});
  }
  std::unique_ptr<OneShot> replay(const std::string& body, const std::string& headers = "") {
    auto probe = compile({entry("host", "h")}).value();
    auto shot = std::make_unique<OneShot>(services_, 0, account_);
    shot->replay(*probe, "HTTP/1.1 200 OK\n" + headers + "\n" + body);
    return shot;
  }
  /// Each part as `name(field,field): cell,cell; cell,cell`, "-" for null.
  std::vector<std::string> parts(const OneShot& shot) {
    std::vector<std::string> out;
    for (const auto& part : shot.parts()) {
      std::string text = part.set + "(";
      for (const auto& field : part.layout.fields()) text += (text.ends_with('(') ? "" : ",") + field.name;
      text += "):";
      Layout::Scratch scratch(account_);
      for (std::size_t row = 0; row < part.table.rows(); ++row) {
        for (std::size_t i = 0; i < part.layout.fields().size(); ++i) {
          auto value = part.layout.value(part.table, row, i, scratch);
          text += i == 0 ? " " : ",";
          if (value.is_null)
            text += "-";
          else if (part.layout.fields()[i].number)
            text += fmt::format("{}", value.number);
          else
            text += value.text;
        }
        text += ";";
      }
      out.push_back(text);
    }
    return out;
  }
};

TEST_F(PrometheusProbeTest, publishes_each_metric_as_a_set_of_its_own) {
  auto shot = replay(
      "# TYPE http_requests_total counter\nhttp_requests_total{code=\"200\",method=\"get\"} 1027\n"
      "http_requests_total{code=\"400\",extra=\"x\"} 3\nup 1\ntemperature_celsius 0.123456789\n");
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(shot->message(), "");
  EXPECT_EQ(shot->table().rows(), 0);
  EXPECT_THAT(parts(*shot), ElementsAre("http_requests_total(code,method,metric_value): 200,get,1027; 400,-,3;",
                                        "up(metric_value): 1;", "temperature_celsius(metric_value): 0.123456789;"));
  EXPECT_TRUE(shot->parts()[0].layout.labelled());
}

TEST_F(PrometheusProbeTest, publishes_samples_that_stand_apart_in_parts) {
  auto shot = replay("a 1\nb{x=\"1\"} 2\na 3\n");
  EXPECT_THAT(parts(*shot), ElementsAre("a(metric_value): 1;", "b(x,metric_value): 1,2;", "a(metric_value): 3;"));
}

TEST_F(PrometheusProbeTest, publishes_long_metrics_in_pieces) {
  std::string body;
  for (int i = 0; i < 2500; ++i) body += fmt::format("a{{n=\"{}\"}} {}\n", i, i);
  auto shot = replay(body);
  ASSERT_EQ(shot->parts().size(), 3);
  EXPECT_EQ(shot->parts()[0].table.rows(), 1000);
  EXPECT_EQ(shot->parts()[2].table.rows(), 500);
}

TEST_F(PrometheusProbeTest, says_what_was_left_out) {
  net::HttpResponse response;
  response.body = "c 1\nb 1\nb{x=\"1\"} 2\na 1\na 2\n";
  OneShot shot(services_, 0, account_);
  auto outcome = exporter::publish_metrics(shot, response, {.metrics = 2, .rows = 100});
  EXPECT_EQ(outcome.code, ResultCode::kSuccess);
  EXPECT_EQ(outcome.message, "kept 2 of 3 metrics, 4 of 5 samples");
  OneShot other(services_, 0, account_);
  outcome = exporter::publish_metrics(other, response, {.metrics = 100, .rows = 3});
  EXPECT_EQ(outcome.message, "kept 3 of 3 metrics, 3 of 5 samples");
  EXPECT_THAT(parts(other), ElementsAre("c(metric_value): 1;", "b(metric_value): 1; 2;"));
}

TEST_F(PrometheusProbeTest, fails_on_what_is_no_exporter_text_and_says_what_came) {
  auto page = replay("<html><body>Welcome</body></html>", "Content-Type: text/html\n");
  EXPECT_EQ(page->code(), ResultCode::kFail);
  EXPECT_THAT(page->message(), HasSubstr("the answer is text/html: Welcome"));
  EXPECT_EQ(page->parts().size(), 0);
  EXPECT_EQ(replay("")->message(), "cannot read the exporter text: the answer is empty");
  EXPECT_EQ(replay("a 1\nb{ 2\n")->code(), ResultCode::kFail);
  auto cut_off = replay("a 1\n", "Content-Type: application/openmetrics-text\n");
  EXPECT_THAT(cut_off->message(), HasSubstr("# EOF"));
}

TEST_F(PrometheusProbeTest, asks_with_path_params_and_headers) {
  Peer peer({{Peer::expect("\r\n\r\n"), Peer::send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nup 1\n")}});
  auto probe = compile({entry("host", "127.0.0.1"),
                        entry("port", std::to_string(peer.port())),
                        entry("path", "my metrics"),
                        entry("method", "get"),
                        {"params", testing::block_of({entry("a", "1 2"), entry("b", " ")})},
                        {"headers", testing::block_of({entry("X-A", "b c")})}})
                   .value();
  auto shot = run(*probe, 0);
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_THAT(parts(*shot), ElementsAre("up(metric_value): 1;"));
  EXPECT_THAT(peer.received(), HasSubstr("GET /my%20metrics?a=1%202 HTTP/1.1\r\n"));
  EXPECT_THAT(peer.received(), HasSubstr("X-A: b c\r\n"));
  EXPECT_THAT(peer.received(), HasSubstr("Accept: text/plain\r\n"));
  EXPECT_EQ(shot->trace().answer, "HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nup 1\n");
  OneShot again(services_, 0, account_);
  again.replay(*probe, shot->trace().answer);
  EXPECT_THAT(parts(again), ElementsAre("up(metric_value): 1;"));
}

TEST_F(PrometheusProbeTest, fails_on_a_status_that_is_no_success) {
  Peer peer({{Peer::expect("\r\n\r\n"), Peer::send("HTTP/1.1 401 No\r\nContent-Length: 4\r\n\r\ngo!\n")}});
  auto probe = compile({entry("host", "127.0.0.1"), entry("port", std::to_string(peer.port()))}).value();
  auto shot = run(*probe, 0);
  EXPECT_EQ(shot->code(), ResultCode::kFail);
  EXPECT_EQ(shot->message(), "StatusCode 401: go!");
}

TEST_F(PrometheusProbeTest, refuses_a_method_that_reads_nothing) {
  auto probe = compile({entry("host", "h"), entry("method", "POST")});
  ASSERT_FALSE(probe);
  EXPECT_EQ(probe.error().message(), "cannot use the method 'POST': metrics are read with GET");
  EXPECT_TRUE(prometheus_plugin().dynamic);
}

TEST_F(PrometheusProbeTest, ends_when_there_is_no_memory_for_the_parts) {
  std::string body;
  for (int i = 0; i < 900; ++i) body += fmt::format("a{{n=\"{:0100}\"}} {}\n", i, i);
  auto probe = compile({entry("host", "h")}).value();
  OneShot shot(services_, 0, account_);
  account_.set_limit(400'000);
  shot.replay(*probe, "HTTP/1.1 200 OK\n\n" + body);
  EXPECT_EQ(shot.code(), ResultCode::kUnavailable) << shot.message();
  account_.set_limit(64 << 20);
}

}  // namespace
}  // namespace holter::collect
