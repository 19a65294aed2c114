#include "net/stream.h"

#include <boost/asio/io_context.hpp>

#include <gmock/gmock.h>

#include "testing/certificates.h"
#include "testing/run_task.h"
#include "testing/scripted_peer.h"

namespace holter::net {
namespace {

using ::testing::HasSubstr;
using testing::run_task;
using testing::soon;
using Peer = testing::ScriptedPeer;

class StreamTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Stream>> connect(std::uint16_t port, bool tls = false) {
    return run_task(context_, Stream::connect(context_.get_executor(), {boost::asio::ip::make_address("127.0.0.1")},
                                              port, account_.reserve(Stream::bytes_of(tls)).value(), soon()));
  }
  Status start_tls(Stream& stream, const TlsOptions& options) {
    auto context = contexts_.get(options);
    if (!context) return std::move(context).error();
    return run_task(context_, stream.start_tls(*context, options, soon()));
  }
  boost::asio::io_context context_{1};
  memory::Account account_{"process", nullptr, 1 << 20};
  TlsContexts contexts_;
};

TEST_F(StreamTest, reads_lines_and_counts_from_the_same_bytes) {
  Peer peer({{Peer::expect("go"), Peer::send("+OK\r\n$5\nhel"), Peer::send("lo\r\nrest"), Peer::close()}});
  auto stream = connect(peer.port()).value();
  ASSERT_TRUE(run_task(context_, stream->write("go", soon())));
  EXPECT_EQ(run_task(context_, stream->read_line(100, soon())).value(), "+OK");
  EXPECT_EQ(run_task(context_, stream->read_line(100, soon())).value(), "$5");
  EXPECT_EQ(run_task(context_, stream->read_exact(7, soon())).value(), "hello\r\n");
  EXPECT_EQ(run_task(context_, stream->read_exact(4, soon())).value(), "rest");
  EXPECT_EQ(run_task(context_, stream->read_some(soon())).value(), "");
  auto line = run_task(context_, stream->read_line(100, soon(), "read the end of"));
  ASSERT_FALSE(line);
  EXPECT_EQ(line.error().message(), "cannot read the end of " + stream->peer() + ": the peer closed the connection");
}

TEST_F(StreamTest, charges_what_it_holds_and_gives_it_back) {
  Peer peer({{Peer::send(std::string(200'000, 'x') + "\nshort\n"), Peer::stall()}});
  auto stream = connect(peer.port()).value();
  auto before = account_.used();
  EXPECT_EQ(run_task(context_, stream->read_exact(200'000, soon())).value().size(), 200'000u);
  EXPECT_GE(account_.used(), before + 200'000);
  EXPECT_EQ(run_task(context_, stream->read_line(10, soon())).value(), "");
  EXPECT_EQ(run_task(context_, stream->read_line(10, soon())).value(), "short");
  stream.reset();
  EXPECT_EQ(account_.used(), 0);
}

TEST_F(StreamTest, refuses_a_line_longer_than_the_limit_and_more_than_the_account_has) {
  Peer peer({{Peer::send_forever(std::string(5000, 'x'))}});
  auto stream = connect(peer.port()).value();
  auto line = run_task(context_, stream->read_line(10'000, soon()));
  ASSERT_FALSE(line);
  EXPECT_EQ(line.error().code(), ErrorCode::kTooLarge);
  auto much = run_task(context_, stream->read_exact(4 << 20, soon()));
  ASSERT_FALSE(much);
  EXPECT_EQ(much.error().code(), ErrorCode::kResourceExhausted);
}

TEST_F(StreamTest, ends_each_wait_at_its_deadline) {
  Peer peer({{Peer::stall()}});
  auto stream = connect(peer.port()).value();
  auto line = run_task(context_, stream->read_line(100, soon(milliseconds(20)), "read the greeting of"));
  ASSERT_FALSE(line);
  EXPECT_EQ(line.error().code(), ErrorCode::kTimeout);
  EXPECT_THAT(line.error().message(), HasSubstr("cannot read the greeting of 127.0.0.1:"));
  auto context = contexts_.get({.verify = false}).value();
  auto tls = run_task(context_, stream->start_tls(context, {.verify = false}, soon(milliseconds(20))));
  ASSERT_FALSE(tls);
  EXPECT_EQ(tls.error().code(), ErrorCode::kTimeout);
}

TEST_F(StreamTest, speaks_tls_and_shows_the_chain) {
  auto authority = testing::make_certificate({.common_name = "Test CA", .alternative_names = "", .authority = true});
  auto leaf = testing::make_certificate({.common_name = "localhost"}, &authority);
  testing::TempFile ca(authority.certificate);
  Peer peer({{Peer::expect("hello"), Peer::send("welcome\n"), Peer::stall()}}, {.tls = &leaf});
  auto stream = connect(peer.port(), true).value();
  auto started = start_tls(*stream, {.server_name = "localhost", .ca_file = ca.path()});
  ASSERT_TRUE(started) << started.error().message();
  ASSERT_TRUE(run_task(context_, stream->write("hello", soon())));
  EXPECT_EQ(run_task(context_, stream->read_line(100, soon())).value(), "welcome");
  auto chain = stream->peer_certificates();
  ASSERT_GE(chain.size(), 1);
  EXPECT_EQ(chain[0].subject, "CN=localhost");
  EXPECT_EQ(chain[0].issuer, "CN=Test CA");
  EXPECT_THAT(chain[0].names, HasSubstr("localhost, 127.0.0.1"));
  EXPECT_LT(chain[0].not_before, chain[0].not_after);
  EXPECT_THAT(stream->tls_version(), HasSubstr("TLSv1."));
}

TEST_F(StreamTest, says_why_a_certificate_is_not_trusted) {
  auto own = testing::make_certificate({.common_name = "localhost"});
  auto old = testing::make_certificate({.common_name = "localhost", .valid_until = std::chrono::seconds(-60)});
  testing::TempFile ca(own.certificate), old_ca(old.certificate);
  Peer good({{Peer::stall()}}, {.tls = &own});
  Peer expired({{Peer::stall()}}, {.tls = &old});
  struct Case {
    std::uint16_t port;
    TlsOptions options;
    const char* why;
  };
  for (const auto& [port, options, why] :
       {Case{good.port(), {.server_name = "localhost"}, "self-signed certificate"},
        Case{good.port(), {.server_name = "other.example", .ca_file = ca.path()}, "hostname mismatch"},
        Case{good.port(), {.server_name = "127.0.0.9", .ca_file = ca.path()}, "IP address mismatch"},
        Case{expired.port(), {.server_name = "localhost", .ca_file = old_ca.path()}, "expired"}}) {
    auto stream = connect(port, true).value();
    auto started = start_tls(*stream, options);
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code(), ErrorCode::kUnavailable);
    EXPECT_THAT(started.error().message(), HasSubstr(why));
  }
  auto stream = connect(expired.port(), true).value();
  EXPECT_TRUE(start_tls(*stream, {.verify = false, .server_name = "localhost"}));
}

TEST_F(StreamTest, refuses_files_that_are_none_and_keeps_few_contexts) {
  auto wrong = contexts_.get({.ca_file = "/nowhere/ca.pem"});
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message(), HasSubstr("cannot use the file of authorities '/nowhere/ca.pem'"));
  auto own = testing::make_certificate({});
  std::vector<std::unique_ptr<testing::TempFile>> files;
  for (std::size_t i = 0; i < TlsContexts::kMost + 3; ++i) {
    files.push_back(std::make_unique<testing::TempFile>(own.certificate));
    ASSERT_TRUE(contexts_.get({.ca_file = files.back()->path()}));
  }
  EXPECT_EQ(contexts_.size(), TlsContexts::kMost);
  EXPECT_EQ(contexts_.get({.ca_file = files.back()->path()}).value(),
            contexts_.get({.ca_file = files.back()->path()}).value());
}

TEST_F(StreamTest, knows_when_the_peer_has_gone) {
  Peer peer({{Peer::expect("x"), Peer::close()}});
  auto stream = connect(peer.port()).value();
  EXPECT_TRUE(stream->quiet());
  ASSERT_TRUE(run_task(context_, stream->write("x", soon())));
  EXPECT_TRUE(testing::run_until(context_, [&] { return !stream->quiet(); }));
}

}  // namespace
}  // namespace holter::net
