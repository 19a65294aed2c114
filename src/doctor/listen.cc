#include "doctor/listen.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/proc_file.h"
#include "base/units.h"

namespace holter::doctor {
namespace {

constexpr milliseconds kPatience{2000};
constexpr std::size_t kAnswerBytes = 4096;

struct Endpoint {
  sockaddr_storage address{};
  socklen_t size = 0;
  std::uint16_t port = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }
};

/// Nothing when the text is no loopback address with a port.
std::optional<Endpoint> parse(std::string_view text) {
  auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string host(text.substr(0, colon));
  auto digits = text.substr(colon + 1);
  Endpoint endpoint;
  auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), endpoint.port);
  if (failure != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  if (host == "localhost") host = "127.0.0.1";
  if (host.starts_with('[') && host.ends_with(']')) {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&endpoint.address);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(endpoint.port);
    endpoint.size = sizeof *v6;
    if (::inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &v6->sin6_addr) != 1) return std::nullopt;
    return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr) ? std::optional(endpoint) : std::nullopt;
  }
  auto* v4 = reinterpret_cast<sockaddr_in*>(&endpoint.address);
  v4->sin_family = AF_INET;
  v4->sin_port = htons(endpoint.port);
  endpoint.size = sizeof *v4;
  if (::inet_pton(AF_INET, host.c_str(), &v4->sin_addr) != 1) return std::nullopt;
  return ntohl(v4->sin_addr.s_addr) >> 24 == 127 ? std::optional(endpoint) : std::nullopt;
}

Descriptor open_socket(const Endpoint& endpoint) {
  return Descriptor(::socket(endpoint.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

/// 0, or errno of a bind as the server would do it: a connection that lingers is no obstacle, a listener is.
int try_bind(const Endpoint& endpoint) {
  auto socket = open_socket(endpoint);
  int on = 1;
  if (!socket || ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(socket.get(), endpoint.get(), endpoint.size) != 0)
    return errno;
  return 0;
}

/// Waits until the socket is ready; false when the time is up.
bool wait_for(int fd, short events, const Clock& clock, MonoTime end) {
  for (;;) {
    auto left = std::chrono::ceil<milliseconds>(end - clock.mono()).count();
    if (left <= 0) return false;
    pollfd one{.fd = fd, .events = events, .revents = 0};
    int ready = ::poll(&one, 1, static_cast<int>(left));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

/// The beginning of the answer to GET /readyz; as much as came in time.
std::string_view exchange(const Endpoint& endpoint, std::string_view host, std::array<char, kAnswerBytes>& buffer,
                          const Clock& clock) {
  auto end = clock.mono() + kPatience;
  auto socket = open_socket(endpoint);
  if (!socket || (::connect(socket.get(), endpoint.get(), endpoint.size) != 0 && errno != EINPROGRESS)) return {};
  if (!wait_for(socket.get(), POLLOUT, clock, end)) return {};
  auto request = fmt::format("GET /readyz HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", host);
  // Few bytes into an empty send buffer: they go at once or never.
  if (::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
    return {};
  std::size_t size = 0;
  while (size < buffer.size() && wait_for(socket.get(), POLLIN, clock, end)) {
    auto n = ::recv(socket.get(), buffer.data() + size, buffer.size() - size, 0);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n <= 0) break;
    size += static_cast<std::size_t>(n);
  }
  return {buffer.data(), size};
}

}  // namespace

Listen read_answer(std::string_view answer) {
  if (answer.empty()) return {.kind = Listen::Kind::kTaken, .address = "", .detail = "it does not answer within 2s"};
  auto body = answer.find("\r\n\r\n");
  bool http = answer.starts_with("HTTP/1.") && body != std::string_view::npos;
  auto status = http ? answer.substr(8, 5) : std::string_view();
  if (status == " 200 " && answer.substr(body + 4) == "ready\n") return {.kind = Listen::Kind::kHolter};
  if (status == " 503 " && answer.substr(0, body).find("application/problem+json") != std::string_view::npos)
    return {.kind = Listen::Kind::kNotReady};
  // Where it speaks TLS it says so to who does not, ready or not.
  if (status == " 400 " && answer.contains("urn:holter:problem:") && answer.contains("this port speaks https only"))
    return {.kind = Listen::Kind::kHolter};
  return {.kind = Listen::Kind::kTaken,
          .address = "",
          .detail = fmt::format("it answers \"{}\"", excerpt(answer.substr(0, answer.find_first_of("\r\n")), 60))};
}

Listen ask_listen(const std::string& address, const Clock& clock) {
  auto endpoint = parse(address);
  if (!endpoint)
    return {.kind = Listen::Kind::kRefused,
            .address = address,
            .detail = "a loopback address and a port are needed, as 127.0.0.1:2157 or [::1]:2157"};
  int failure = try_bind(*endpoint);
  if (failure == 0) return {.kind = Listen::Kind::kFree, .address = address};
  if (failure != EADDRINUSE)
    return {.kind = Listen::Kind::kRefused, .address = address, .detail = std::strerror(failure)};
  std::array<char, kAnswerBytes> buffer;
  auto found = read_answer(exchange(*endpoint, address, buffer, clock));
  found.address = address;
  return found;
}

}  // namespace holter::doctor
