#include "api/gzip.h"

#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "api/connection.h"
#include "api/target.h"
#include "api/test_server.h"
#include "testing/allocated.h"

namespace holter::api {
namespace {

constexpr std::string_view kClose = "Connection: close\r\n";

std::string unpacked(std::string_view packed) {
  z_stream z{};
  EXPECT_EQ(inflateInit2(&z, 16 + 15), Z_OK);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  z.avail_in = static_cast<uInt>(packed.size());
  std::string out;
  int done = Z_OK;
  while (done == Z_OK) {
    char piece[4096];
    z.next_out = reinterpret_cast<Bytef*>(piece);
    z.avail_out = sizeof piece;
    done = inflate(&z, Z_NO_FLUSH);
    out.append(piece, sizeof piece - z.avail_out);
  }
  EXPECT_EQ(done, Z_STREAM_END);
  EXPECT_EQ(z.avail_in, 0u);
  inflateEnd(&z);
  return out;
}

std::string ask(const TestServer& server, std::string_view target, std::string_view more) {
  RawClient client(server.port());
  client.send(request(target, std::string(more) + std::string(kClose)));
  return client.read_all();
}

std::string body_of(const std::string& answer) {
  return answer.substr(answer.find("\r\n\r\n") + 4);
}

std::string joined(std::string_view chunks) {
  std::string text;
  while (true) {
    auto size = std::stoul(std::string(chunks.substr(0, chunks.find("\r\n"))), nullptr, 16);
    chunks.remove_prefix(chunks.find("\r\n") + 2);
    if (size == 0) return text;
    text += chunks.substr(0, size);
    chunks.remove_prefix(size + 2);
  }
}

TEST(Gzip, packs_pieces_that_unpack_to_the_text) {
  memory::Account account("bodies", nullptr, 1 << 20);
  std::string all;
  {
    auto gzip = Gzip::open(account);
    ASSERT_NE(gzip, nullptr);
    EXPECT_EQ(account.used(), Gzip::kStateBytes);
    Body out(account);
    for (int i = 0; i < 3'000; ++i) {
      auto line = fmt::format("metric{{monitor=\"m{}\"}} {}\n", i, i * 7919 % 104729);
      gzip->add(line, false, out);
      all += line;
    }
    gzip->add("", true, out);
    EXPECT_LT(out.size(), all.size() / 3);
    EXPECT_EQ(unpacked(out.text()), all);
  }
  EXPECT_EQ(account.used(), 0u);
}

TEST(Gzip, takes_no_more_memory_than_it_is_charged) {
  memory::Account account("bodies", nullptr, 1 << 20);
  auto before = testing::allocated_bytes();
  auto gzip = Gzip::open(account);
  EXPECT_LE(testing::allocated_bytes() - before, Gzip::kStateBytes);
}

TEST(Gzip, is_not_opened_without_memory) {
  memory::Account account("bodies", nullptr, Gzip::kStateBytes - 1);
  EXPECT_EQ(Gzip::open(account), nullptr);
  EXPECT_EQ(account.used(), 0u);
}

TEST(Gzip, is_accepted_as_the_header_says) {
  for (std::string_view yes : {"gzip", "GZIP", "deflate, gzip", "gzip;q=0.5", "br, *", "x-gzip", "*;q=0.1", "a,,gzip"})
    EXPECT_TRUE(accepts_gzip(yes)) << yes;
  for (std::string_view no :
       {"", "deflate", "gzip;q=0", "gzip; q=0.000", "*;q=0", "gzipped", "identity", ",", ";q=1", "*, gzip;q=0"})
    EXPECT_FALSE(accepts_gzip(no)) << no;
}

TEST(Gzip, of_long_answers_whole_and_streamed_is_sent_to_who_accepts_it) {
  TestServer server;
  for (int i = 0; i < 2'000; ++i) server.backend.probes.push_back({fmt::format("m{}", i)});
  auto plain = ask(server, "/api/v1/openapi.json", "");
  auto packed = ask(server, "/api/v1/openapi.json", "Accept-Encoding: gzip\r\n");
  EXPECT_FALSE(plain.contains("Content-Encoding"));
  EXPECT_TRUE(plain.contains("Vary: Accept-Encoding\r\n"));
  EXPECT_TRUE(packed.contains("Content-Encoding: gzip\r\n"));
  EXPECT_TRUE(packed.contains("Vary: Accept-Encoding\r\n"));
  EXPECT_LT(packed.size(), plain.size() / 3);
  EXPECT_EQ(unpacked(body_of(packed)), body_of(plain));
  auto metrics = ask(server, "/metrics", "Accept-Encoding: gzip\r\n");
  EXPECT_TRUE(metrics.contains("Content-Encoding: gzip\r\n"));
  auto text = unpacked(joined(body_of(metrics)));
  EXPECT_TRUE(text.contains("{monitor=\"m1999\",app=\"ping\"} 0.0125\n"));
  EXPECT_TRUE(text.starts_with("# HELP"));
  server.close();
  EXPECT_EQ(server.budget.account("api").child("bodies").used(), 0u);
}

TEST(Gzip, is_left_out_for_short_answers) {
  TestServer server;
  EXPECT_FALSE(ask(server, "/healthz", "Accept-Encoding: gzip\r\n").contains("Content-Encoding"));
}

TEST(Gzip, is_left_out_where_there_is_no_memory_for_it) {
  constexpr std::size_t kMemory = 1U << 20;
  TestServer server({}, kMemory);
  auto& account = server.budget.account("api");
  const ServerOptions options;
  auto wanted = Connection::idle_bytes() + 3 * options.max_header_bytes + 2 * kMaxTargetBytes;
  auto others = account.child("others").reserve(kMemory - account.used() - wanted - Gzip::kStateBytes);
  ASSERT_TRUE(others);
  auto answer = ask(server, "/api/v1/memory", "Accept-Encoding: gzip\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_FALSE(answer.contains("Content-Encoding"));
  others->reset();
  EXPECT_TRUE(ask(server, "/api/v1/memory", "Accept-Encoding: gzip\r\n").contains("Content-Encoding: gzip\r\n"));
}

TEST(Gzip, answers_of_head_have_the_header_of_get) {
  TestServer server;
  RawClient client(server.port());
  client.send(
      "HEAD /api/v1/openapi.json HTTP/1.1\r\nHost: "
      "localhost\r\nAccept-Encoding: gzip\r\n" +
      std::string(kClose) + "\r\n");
  auto get = ask(server, "/api/v1/openapi.json", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(client.read_all(), get.substr(0, get.find("\r\n\r\n") + 4));
}

TEST(Etag, of_static_files_saves_the_second_answer) {
  TestServer server;
  for (std::string_view target : {"/api/v1/openapi.json"}) {
    auto first = ask(server, target, "");
    auto at = first.find("ETag: ");
    ASSERT_NE(at, std::string::npos) << target;
    auto tag = first.substr(at + 6, first.find("\r\n", at) - at - 6);
    EXPECT_TRUE(first.contains("Cache-Control: no-cache\r\n"));
    for (const std::string& sent : {tag, "\"other\", " + tag, tag.substr(2), std::string("*")}) {
      auto second = ask(server, target, "If-None-Match: " + sent + "\r\n");
      EXPECT_TRUE(second.starts_with("HTTP/1.1 304 Not Modified\r\n")) << second;
      EXPECT_EQ(body_of(second), "");
      EXPECT_TRUE(second.contains("ETag: " + tag));
      EXPECT_TRUE(second.contains("Content-Security-Policy: "));
    }
    EXPECT_TRUE(ask(server, target, "If-None-Match: \"other\"\r\n").starts_with("HTTP/1.1 200 "));
  }
  EXPECT_FALSE(ask(server, "/api/v1/summary", "").contains("ETag"));
}

}  // namespace
}  // namespace holter::api
