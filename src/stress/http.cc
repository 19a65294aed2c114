#include "stress/http.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/units.h"

namespace holter::stress {
namespace {

constexpr std::size_t kMostHead = 64 << 10;

Error broken(const char* what) {
  return {ErrorCode::kUnavailable, fmt::format("cannot talk to the server: {}", what)};
}

/// Waits until the socket is ready for `events`.
Status wait_for(int socket, short events, MonoTime deadline, const Clock& clock) {
  auto left = std::chrono::duration_cast<milliseconds>(deadline - clock.mono());
  pollfd ready{socket, events, 0};
  if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) == 0)
    return Error(ErrorCode::kTimeout, "cannot talk to the server: no answer in time");
  return {};
}

/// Value of a header, ignoring case of the name; `head` begins with the status line.
std::optional<std::string_view> header(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
    auto line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    bool same = line.size() > name.size() && line[name.size()] == ':' &&
                std::ranges::equal(line.substr(0, name.size()), name,
                                   [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
    if (!same) continue;
    auto value = line.substr(name.size() + 1);
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    return value;
  }
  return std::nullopt;
}

}  // namespace

HttpClient::~HttpClient() {
  close();
}

void HttpClient::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  buffer_.clear();
}

Status HttpClient::connect(MonoTime deadline) {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return broken(std::strerror(errno));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return {};
  if (errno != EINPROGRESS) return broken(std::strerror(errno));
  TRY_OK(wait_for(socket_, POLLOUT, deadline, clock_));
  int failure = 0;
  socklen_t size = sizeof(failure);
  ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &failure, &size);
  if (failure != 0) return broken(std::strerror(failure));
  return {};
}

Status HttpClient::send(std::string_view text, MonoTime deadline) {
  while (!text.empty()) {
    auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      text.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      TRY_OK(wait_for(socket_, POLLOUT, deadline, clock_));
    } else if (errno != EINTR) {
      return broken(std::strerror(errno));
    }
  }
  return {};
}

Result<bool> HttpClient::fill(MonoTime deadline) {
  char piece[16384];
  for (;;) {
    auto got = ::recv(socket_, piece, sizeof(piece), 0);
    if (got > 0) {
      buffer_.append(piece, static_cast<std::size_t>(got));
      return true;
    }
    if (got == 0) return false;
    if (errno == EAGAIN) {
      TRY_OK(wait_for(socket_, POLLIN, deadline, clock_));
    } else if (errno != EINTR) {
      return broken(std::strerror(errno));
    }
  }
}

Status HttpClient::fill_to(std::size_t bytes, MonoTime deadline) {
  while (buffer_.size() < bytes) {
    TRY(auto more, fill(deadline));
    if (!more) return broken("it closed the connection in the middle of an answer");
  }
  return {};
}

Result<std::string> HttpClient::line(MonoTime deadline) {
  for (;;) {
    if (auto end = buffer_.find("\r\n"); end != std::string::npos) {
      auto text = buffer_.substr(0, end);
      buffer_.erase(0, end + 2);
      return text;
    }
    if (buffer_.size() > kMostHead) return Error(ErrorCode::kTooLarge, "cannot read the answer: a line is too long");
    TRY_OK(fill_to(buffer_.size() + 1, deadline));
  }
}

Result<std::string> HttpClient::read_chunks(MonoTime deadline) {
  std::string body;
  for (;;) {
    TRY(auto text, line(deadline));
    std::size_t size = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), size, 16).ec != std::errc{})
      return Error(ErrorCode::kProtocolViolation,
                   fmt::format("cannot read the answer: chunk size '{}'", excerpt(text)));
    if (size > kMostBody - body.size()) return Error(ErrorCode::kTooLarge, "cannot read the answer: it is too long");
    TRY_OK(fill_to(size + 2, deadline));
    body.append(buffer_, 0, size);
    buffer_.erase(0, size + 2);
    if (size == 0) return body;
  }
}

Result<std::string> HttpClient::read_body(std::string_view head, MonoTime deadline) {
  if (auto coding = header(head, "transfer-encoding"); coding && *coding == "chunked") return read_chunks(deadline);
  std::size_t size = 0;
  auto length = header(head, "content-length");
  if (!length || std::from_chars(length->data(), length->data() + length->size(), size).ec != std::errc{})
    return Error(ErrorCode::kProtocolViolation, "cannot read the answer: it does not say how long it is");
  if (size > kMostBody) return Error(ErrorCode::kTooLarge, fmt::format("cannot read the answer: {} bytes", size));
  TRY_OK(fill_to(size, deadline));
  auto body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return body;
}

Result<HttpAnswer> HttpClient::exchange(const std::string& request, MonoTime deadline) {
  TRY_OK(send(request, deadline));
  std::size_t end = std::string::npos;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (buffer_.size() > kMostHead) return Error(ErrorCode::kTooLarge, "cannot read the answer: its head is too long");
    TRY_OK(fill_to(buffer_.size() + 1, deadline));
  }
  auto head = buffer_.substr(0, end + 2);
  buffer_.erase(0, end + 4);
  HttpAnswer answer;
  if (!head.starts_with("HTTP/1.1 ") ||
      std::from_chars(head.data() + 9, head.data() + head.size(), answer.status).ec != std::errc{})
    return Error(ErrorCode::kProtocolViolation, fmt::format("cannot read the answer: '{}'", excerpt(head)));
  TRY(answer.body, read_body(head, deadline));
  if (auto connection = header(head, "connection"); connection && *connection == "close") close();
  return answer;
}

Result<HttpAnswer> HttpClient::request(std::string_view method, std::string_view path, milliseconds time,
                                       std::string_view body) {
  auto deadline = clock_.mono() + time;
  auto text = fmt::format(
      "{} {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
      method, path, port_, token_.empty() ? "" : "Authorization: Bearer " + token_ + "\r\n", body.size(), body);
  bool fresh = socket_ < 0;
  if (fresh) {
    if (auto connected = connect(deadline); !connected) {
      close();
      return std::move(connected).error();
    }
  }
  auto answer = exchange(text, deadline);
  if (answer) return answer;
  bool stale = !fresh && answer.error().code() == ErrorCode::kUnavailable;
  close();
  // The server may close a connection that idles: asked once more on a new one.
  return stale ? request(method, path, std::chrono::duration_cast<milliseconds>(deadline - clock_.mono()), body)
               : std::move(answer);
}

}  // namespace holter::stress
