#include "doctor/listen.h"

#include <cstring>
#include <string>
#include <thread>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/proc_file.h"

namespace holter::doctor {
namespace {

using Kind = Listen::Kind;
using ::testing::HasSubstr;

constexpr std::string_view kReady =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 6\r\n\r\nready\n";
constexpr std::string_view kNotReady =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n\r\n{}";

TEST(ReadAnswer, a_holter_is_known_by_its_answer) {
  EXPECT_EQ(read_answer(kReady).kind, Kind::kHolter);
  EXPECT_EQ(read_answer(kNotReady).kind, Kind::kNotReady);
  EXPECT_EQ(read_answer("HTTP/1.1 400 Bad Request\r\n\r\n{\"type\":\"urn:holter:problem:bad-request\",\"detail\":"
                        "\"cannot read this as TLS: this port speaks https only\"}")
                .kind,
            Kind::kHolter);
  EXPECT_EQ(read_answer("HTTP/1.1 400 Bad Request\r\n\r\nthis port speaks https only").kind, Kind::kTaken);
}

TEST(ReadAnswer, what_answers_otherwise_is_something_else) {
  EXPECT_EQ(read_answer("").detail, "it does not answer within 2s");
  EXPECT_EQ(read_answer("SSH-2.0-OpenSSH_9.2\r\n").detail, "it answers \"SSH-2.0-OpenSSH_9.2\"");
  EXPECT_EQ(read_answer("HTTP/1.1 404 Not Found\r\n\r\n").detail, "it answers \"HTTP/1.1 404 Not Found\"");
  for (std::size_t size = 0; size < kReady.size(); ++size)
    EXPECT_EQ(read_answer(kReady.substr(0, size)).kind, Kind::kTaken) << size;
  EXPECT_EQ(read_answer("HTTP/1.1 503 Service Unavailable\r\n\r\napplication/problem+json").kind, Kind::kTaken);
  EXPECT_LT(read_answer(std::string(4000, '\x01')).detail.size(), 400U);
}

/// A socket that listens on a loopback port and, if asked to, answers one connection.
class Listener {
 public:
  Listener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), size), 0) << std::strerror(errno);
    EXPECT_EQ(::listen(fd_.get(), 4), 0);
    EXPECT_EQ(::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  const std::string& address() const { return address_; }
  /// Takes one connection, reads its request and answers; returns the request.
  std::string serve(std::string_view answer) const {
    Descriptor peer(::accept(fd_.get(), nullptr, nullptr));
    std::string request(1024, '\0');
    auto n = ::recv(peer.get(), request.data(), request.size(), 0);
    request.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    EXPECT_EQ(::send(peer.get(), answer.data(), answer.size(), MSG_NOSIGNAL), static_cast<ssize_t>(answer.size()));
    return request;
  }

 private:
  Descriptor fd_;
  std::string address_;
};

TEST(AskListen, a_free_port_stays_free) {
  std::string address = Listener().address();  // closed again at once
  for (int i = 0; i < 2; ++i) EXPECT_EQ(ask_listen(address, SystemClock()).kind, Kind::kFree);
  EXPECT_EQ(ask_listen("127.0.0.1:0", SystemClock()).kind, Kind::kFree);
  EXPECT_EQ(ask_listen("localhost:0", SystemClock()).kind, Kind::kFree);
}

TEST(AskListen, a_taken_port_is_asked) {
  Listener listener;
  std::string request;
  std::jthread server([&] { request = listener.serve(kReady); });
  auto found = ask_listen(listener.address(), SystemClock());
  server.join();
  EXPECT_EQ(found.kind, Kind::kHolter) << found.detail;
  EXPECT_EQ(found.address, listener.address());
  EXPECT_EQ(request, "GET /readyz HTTP/1.1\r\nHost: " + listener.address() + "\r\nConnection: close\r\n\r\n");
}

TEST(AskListen, who_is_silent_is_not_waited_for_longer_than_two_seconds) {
  Listener listener;
  auto begin = SystemClock().mono();
  auto found = ask_listen(listener.address(), SystemClock());
  EXPECT_EQ(found.kind, Kind::kTaken);
  EXPECT_THAT(found.detail, HasSubstr("does not answer"));
  EXPECT_GE(SystemClock().mono() - begin, milliseconds(1900));
}

TEST(AskListen, an_endless_answer_is_cut) {
  Listener listener;
  std::jthread server([&] { listener.serve(std::string(16 * 1024, 'x')); });
  auto found = ask_listen(listener.address(), SystemClock());
  EXPECT_EQ(found.kind, Kind::kTaken);
  EXPECT_LT(found.detail.size(), 100U);
}

TEST(AskListen, refuses_what_is_no_loopback_address) {
  for (const char* address : {"0.0.0.0:2157", "192.0.2.1:80", "[::]:2157", "[2001:db8::1]:80", "::1:80", "127.0.0.1",
                              "127.0.0.1:70000", "127.0.0.1:", "host:80", ""}) {
    auto found = ask_listen(address, SystemClock());
    EXPECT_EQ(found.kind, Kind::kRefused) << address;
    EXPECT_THAT(found.detail, HasSubstr("loopback")) << address;
  }
}

}  // namespace
}  // namespace holter::doctor
