#include "net/ssh_channel.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include "base/units.h"
#include "net/charged_text.h"

namespace holter::net {

namespace asio = boost::asio;

/// libssh's channel and what it tells of it, also after the connection is lost.
struct SshChannel::Native {
  explicit Native(ssh_session session) : channel(ssh_channel_new(session)) {
    callbacks.userdata = this;
    callbacks.channel_close_function = [](ssh_session, ssh_channel, void* self) {
      static_cast<Native*>(self)->closed = true;
    };
    callbacks.channel_exit_status_function = [](ssh_session, ssh_channel, int status, void* self) {
      static_cast<Native*>(self)->exit_status = status;
    };
    ssh_callbacks_init(&callbacks);
    if (channel != nullptr) ssh_set_channel_callbacks(channel, &callbacks);
  }
  ~Native() {
    if (channel == nullptr) return;
    ssh_remove_channel_callbacks(channel, &callbacks);
    ssh_channel_free(channel);
  }
  Native(const Native&) = delete;
  Native& operator=(const Native&) = delete;

  const ssh_channel channel;
  ssh_channel_callbacks_struct callbacks{};
  bool closed = false;
  int exit_status = -1;
};

SshChannel::SshChannel(SshSession* session, std::unique_ptr<Native> native)
    : session_(session), native_(std::move(native)) {}

SshChannel::~SshChannel() {
  if (!done_) session_->spoil();
}

asio::awaitable<Result<std::unique_ptr<SshChannel>>> SshChannel::open(SshSession* session, Kind kind,
                                                                      const std::string* what, MonoTime deadline) {
  std::unique_ptr<SshChannel> channel(new SshChannel(session, std::make_unique<Native>(session->native())));
  auto native = channel->native_->channel;
  if (native == nullptr)
    co_return Error(ErrorCode::kResourceExhausted,
                    fmt::format("cannot open a channel to {}: no memory", session->name()));
  const bool command = kind == Kind::kCommand;
  const auto step = command ? std::string("run the command on") : fmt::format("start {} on", *what);
  for (bool opened = false;;) {
    int done = !opened   ? ssh_channel_open_session(native)
               : command ? ssh_channel_request_exec(native, what->c_str())
                         : ssh_channel_request_subsystem(native, what->c_str());
    if (done == SSH_OK && opened) break;
    if (done == SSH_OK) {
      opened = true;
      continue;
    }
    if (done == SSH_AGAIN) {
      CO_TRY_OK(co_await session->wait(deadline, opened ? step : "open a channel to"));
      continue;
    }
    auto error = session->broken(opened ? step : "open a channel to");
    if (ssh_is_connected(session->native()) == 0 || ssh_get_error_code(session->native()) != SSH_REQUEST_DENIED)
      co_return error;
    co_return Error(ErrorCode::kInvalidArgument, error.message());
  }
  co_return channel;
}

asio::awaitable<Status> SshChannel::write(std::string_view bytes, MonoTime deadline, std::string_view what) {
  while (!bytes.empty()) {
    int wrote = ssh_channel_write(native_->channel, bytes.data(), static_cast<std::uint32_t>(bytes.size()));
    if (wrote < 0) co_return session_->broken(what);
    bytes.remove_prefix(std::min<std::size_t>(static_cast<std::size_t>(wrote), bytes.size()));
    if (!bytes.empty()) CO_TRY_OK(co_await session_->wait(deadline, std::string(what)));
  }
  co_return Status();
}

asio::awaitable<Status> SshChannel::read_exact(char* buffer, std::size_t count, MonoTime deadline,
                                               std::string_view what) {
  while (count > 0) {
    int got = ssh_channel_read_nonblocking(native_->channel, buffer, static_cast<std::uint32_t>(count), 0);
    if (got == SSH_ERROR) co_return session_->broken(what);
    if (got <= 0 && (got == SSH_EOF || native_->closed))
      co_return Error(ErrorCode::kUnavailable, fmt::format("cannot {} {}: the channel ended", what, session_->name()));
    if (got > 0) {
      buffer += got;
      count -= static_cast<std::size_t>(got);
    } else {
      CO_TRY_OK(co_await session_->wait(deadline, std::string(what)));
    }
  }
  co_return Status();
}

/// False when nothing more is there now.
asio::awaitable<Result<bool>> SshChannel::take_some(Output* output, ChargedText* text) {
  std::array<char, 8192> piece;
  bool some = false;
  for (int is_error : {0, 1}) {
    int got = ssh_channel_read_nonblocking(native_->channel, piece.data(), piece.size(), is_error);
    if (got == SSH_ERROR && !native_->closed) co_return session_->broken("read the output of");
    if (got <= 0) continue;
    some = true;
    std::string_view bytes(piece.data(), static_cast<std::size_t>(got));
    if (is_error != 0) {
      output->error += bytes.substr(0, kMostError - output->error.size());
    } else if (auto kept = text->append(bytes); !kept) {
      co_return std::move(kept).error().with_context(fmt::format("cannot read the output of {}", session_->name()));
    }
  }
  co_return some;
}

asio::awaitable<Result<SshChannel::Output>> SshChannel::read_output(memory::Account* account, memory::Account* reserve,
                                                                    MonoTime deadline) {
  Output output;
  ChargedText text(*account, kMostOutput, reserve);
  // A command that reads its input must not wait for somebody to type.
  if (ssh_channel_send_eof(native_->channel) == SSH_ERROR) co_return session_->broken("run the command on");
  while (true) {
    CO_TRY(bool some, co_await take_some(&output, &text));
    if (some) continue;
    // A channel that has ended is asked for no more, though how the command ended may still be on its way.
    if (!native_->closed) (void)session_->pump();  // a lost connection is seen below
    CO_TRY(some, co_await take_some(&output, &text));
    if (some) continue;
    // A child that stays behind may hold the channel open when the command itself has ended.
    if (native_->closed || (ssh_channel_is_eof(native_->channel) != 0 && native_->exit_status >= 0)) break;
    auto waited = co_await session_->wait(deadline, "read the output of");
    if (waited) continue;
    if (waited.error().code() == ErrorCode::kTimeout) {
      (void)ssh_channel_request_send_signal(native_->channel, "TERM");  // old servers know no signals: RFC 4254, 6.9
    }
    co_return std::move(waited).error();
  }
  done_ = true;
  output.exit_status = native_->exit_status;
  output.out = text.take(output.charged);
  co_return output;
}

}  // namespace holter::net
