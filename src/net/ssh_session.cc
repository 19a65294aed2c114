#include "net/ssh_session.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>

#include "base/units.h"

namespace holter::net {
namespace {

namespace asio = boost::asio;

// What is newest first: the client's order decides (RFC 4253, 7.1). What is old stands last, for old devices; groups of
// 8192 bits are left out, since a server could keep a thread busy with them.
constexpr const char* kKeyExchanges =
    "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,"
    "diffie-hellman-group14-sha256,diffie-hellman-group16-sha512,diffie-hellman-group-exchange-sha256,"
    "diffie-hellman-group14-sha1,diffie-hellman-group1-sha1";
constexpr const char* kCiphers =
    "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr,"
    "aes256-cbc,aes192-cbc,aes128-cbc,3des-cbc";
constexpr const char* kHashes =
    "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1";
constexpr std::string_view kHostKeys[] = {
    "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512", "rsa-sha2-256",
    "ssh-rsa"};

/// The algorithms of host keys, those of keys that are known first.
std::string host_keys(const std::vector<std::string>& known) {
  auto is_known = [&](std::string_view algorithm) {
    auto type = algorithm.starts_with("rsa-") ? std::string_view("ssh-rsa") : algorithm;
    return std::ranges::find(known, type) != known.end();
  };
  std::string text;
  for (bool first : {true, false})
    for (auto each : kHostKeys)
      if (is_known(each) == first) text += fmt::format("{}{}", text.empty() ? "" : ",", each);
  return text;
}

/// What a server asks of a client (to open channels, to forward) is refused at once: libssh would keep it for somebody
/// who asks for it, without a bound.
int refuse(ssh_session, ssh_message, void*) {
  return 1;
}

const char* or_none(const char* text) {
  return text != nullptr ? text : "none";
}

}  // namespace

std::string SshPeer::name() const {
  bool bare_v6 = host.find(':') != std::string::npos && !host.starts_with('[');
  return fmt::format(fmt::runtime(bare_v6 ? "[{}]:{}" : "{}:{}"), host, port);
}

asio::awaitable<Result<std::unique_ptr<SshSession>>> SshSession::open(runtime::Executor executor, OwnedFd socket,
                                                                      Options options, MonoTime deadline) {
  std::unique_ptr<SshSession> session(new SshSession(executor, options.peer.name()));
  CO_TRY_OK(session->prepare(std::move(socket), options));
  CO_TRY_OK(co_await session->exchange_keys(&options, deadline));
  CO_TRY_OK(session->check_host(options));
  CO_TRY_OK(co_await session->log_in(&options, deadline));
  co_return session;
}

Status SshSession::prepare(OwnedFd socket, const Options& options) {
  session_ = ssh_new();
  if (session_ == nullptr)
    return Error(ErrorCode::kResourceExhausted, fmt::format("cannot talk to {}: no memory", name_));
  ssh_set_blocking(session_, 0);
  ssh_set_message_callback(session_, refuse, nullptr);
  auto types = options.known_hosts->known_types(options.peer.host, options.peer.port);
  const auto keys = host_keys(types), accepted = host_keys({});
  // libssh closes its descriptor whenever it likes, also while somebody waits for it: it has one of its own.
  int fd = ::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0), no = 0, smallest_rsa = 1024;
  OwnedFd copy(fd);
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  const std::pair<ssh_options_e, const void*> wanted[] = {
      {SSH_OPTIONS_PROCESS_CONFIG, &no},  // nobody's ~/.ssh/config
      {SSH_OPTIONS_SSH_DIR, "/nonexistent"},
      {SSH_OPTIONS_HOST, "peer"},  // it is connected already, and our known hosts have its name
      {SSH_OPTIONS_USER, options.peer.login.user.c_str()},
      {SSH_OPTIONS_KEY_EXCHANGE, kKeyExchanges},
      {SSH_OPTIONS_HOSTKEYS, keys.c_str()},
      {SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES, accepted.c_str()},
      {SSH_OPTIONS_CIPHERS_C_S, kCiphers},
      {SSH_OPTIONS_CIPHERS_S_C, kCiphers},
      {SSH_OPTIONS_HMAC_C_S, kHashes},
      {SSH_OPTIONS_HMAC_S_C, kHashes},
      {SSH_OPTIONS_RSA_MIN_SIZE, &smallest_rsa},
      {SSH_OPTIONS_FD, &fd}};
  for (const auto& [option, value] : wanted)
    if (ssh_options_set(session_, option, value) < 0) return broken("prepare a session to");
  copy.release();
  wait_.emplace(executor_, socket.get());
  socket_ = std::move(socket);
  return {};
}

SshSession::~SshSession() {
  wait_.reset();  // lets go of the descriptor before it is closed
  if (session_ == nullptr) return;
  if (event_ != nullptr) {
    ssh_event_remove_session(event_, session_);
    ssh_event_free(event_);
  }
  if (ssh_is_connected(session_) != 0) {
    // Taking leave, libssh forgets a descriptor that it was given.
    const OwnedFd left(ssh_get_fd(session_));
    ssh_disconnect(session_);
  }
  ssh_free(session_);
}

Error SshSession::broken(std::string_view what) const {
  std::string_view why = or_none(ssh_get_error(session_));
  return {ErrorCode::kUnavailable,
          fmt::format("cannot {} {}: {}", what, name_, why.empty() ? "the connection is lost" : excerpt(why, 200))};
}

asio::awaitable<Status> SshSession::wait(MonoTime deadline, std::string what) {
  // libssh asks for another try even so.
  if (ssh_is_connected(session_) == 0) co_return broken(what);
  bool writes = (ssh_get_poll_flags(session_) & SSH_WRITE_PENDING) != 0;
  co_return co_await wait_->wait(writes ? FdWait::For::kEither : FdWait::For::kReadable, deadline,
                                 fmt::format("{} {}", what, name_));
}

template <class Call>
asio::awaitable<Result<int>> SshSession::until_done(Call call, int again, MonoTime deadline, std::string_view what) {
  while (true) {
    int done = call();
    if (done != again) co_return done;
    CO_TRY_OK(co_await wait(deadline, std::string(what)));
  }
}

asio::awaitable<Status> SshSession::exchange_keys(const Options* options, MonoTime deadline) {
  while (true) {
    int done = ssh_connect(session_);
    bool greeted = ssh_get_serverbanner(session_) != nullptr;
    auto what = greeted ? "exchange keys with" : "read the greeting of";
    if (done == SSH_OK) break;
    if (done != SSH_AGAIN) {
      auto error = broken(what);
      // A connection that is lost has an errno, or is said to be disconnected; what else is wrong is in what came.
      bool lost = error.message().find("Socket error") != std::string::npos ||
                  error.message().find("disconnect") != std::string::npos;
      co_return lost ? error : Error(ErrorCode::kProtocolViolation, error.message());
    }
    CO_TRY_OK(co_await wait(deadline, std::string(what)));
  }
  if (options->note)
    options->note(fmt::format("keys exchanged with {}: {}, {}, {}", excerpt(or_none(ssh_get_serverbanner(session_))),
                              or_none(ssh_get_kex_algo(session_)), or_none(ssh_get_cipher_in(session_)),
                              or_none(ssh_get_hmac_in(session_))));
  co_return Status();
}

Status SshSession::check_host(const Options& options) const {
  ssh_key key = nullptr;
  char* text = nullptr;
  if (ssh_get_server_publickey(session_, &key) != SSH_OK) return broken("read the host key of");
  int done = ssh_pki_export_pubkey_base64(key, &text);
  ssh_key_free(key);
  if (done != SSH_OK) return broken("read the host key of");
  auto bytes = from_base64(text);
  ssh_string_free_char(text);
  TRY_OK(options.known_hosts->check(options.peer.host, options.peer.port, bytes));
  if (options.note)
    options.note(fmt::format("host key {}{}", fingerprint_of(bytes),
                             options.known_hosts->options().policy == HostKeyPolicy::kOff ? ", not checked" : ""));
  return {};
}

asio::awaitable<Status> SshSession::log_in(const Options* options, MonoTime deadline) {
  constexpr std::string_view kWhat = "log in to";
  const auto& login = options->peer.login;
  CO_TRY(int state,
         co_await until_done([this] { return ssh_userauth_none(session_, nullptr); }, SSH_AUTH_AGAIN, deadline, kWhat));
  bool password_used = login.password.empty(), key_used = options->key == nullptr;
  std::string used;
  // Each turn uses one method that the server takes; a partial success says which ones it wants besides.
  while (state == SSH_AUTH_DENIED || state == SSH_AUTH_PARTIAL) {
    int methods = ssh_userauth_list(session_, nullptr);
    bool more = state == SSH_AUTH_PARTIAL;
    constexpr int kByPassword = SSH_AUTH_METHOD_PASSWORD, kByPrompt = SSH_AUTH_METHOD_INTERACTIVE;
    bool with_password = !password_used && (methods & (kByPassword | kByPrompt)) != 0;
    bool with_key = !key_used && (methods & SSH_AUTH_METHOD_PUBLICKEY) != 0 && (login.password.empty() || more);
    if (with_key) {
      key_used = true;
      CO_TRY(state, co_await until_done(
                        [this, options] { return ssh_userauth_publickey(session_, nullptr, options->key->get()); },
                        SSH_AUTH_AGAIN, deadline, kWhat));
      used += " public key";
    } else if (with_password && (methods & kByPassword) != 0) {
      password_used = true;
      CO_TRY(state, co_await until_done(
                        [this, &login] { return ssh_userauth_password(session_, nullptr, login.password.c_str()); },
                        SSH_AUTH_AGAIN, deadline, kWhat));
      used += " password";
    } else if (with_password) {
      password_used = true;
      CO_TRY(state, co_await answer_prompts(&login.password, deadline));
      used += " keyboard-interactive";
    } else {
      auto wanted = fmt::format("{}{}{}", (methods & SSH_AUTH_METHOD_PUBLICKEY) != 0 ? " publickey" : "",
                                (methods & kByPassword) != 0 ? " password" : "",
                                (methods & kByPrompt) != 0 ? " keyboard-interactive" : "");
      co_return Error(ErrorCode::kUnauthenticated,
                      fmt::format("cannot log in to {} as '{}': {}; it takes:{}", name_, excerpt(login.user),
                                  used.empty() ? "no password or key was given that it takes"
                                               : fmt::format("the server refused{}", used),
                                  wanted.empty() ? " nothing that is known" : wanted));
    }
  }
  if (state != SSH_AUTH_SUCCESS) co_return broken(kWhat);
  if (options->note)
    options->note(fmt::format("logged in by{}", used.empty() ? " nothing: the user needs none" : used));
  co_return Status();
}

/// Prompts that would not show what is typed get the password, once each turn; others get nothing.
asio::awaitable<Result<int>> SshSession::answer_prompts(const std::string* password, MonoTime deadline) {
  constexpr int kMostTurns = 8;
  int state = SSH_AUTH_INFO;
  for (int turn = 0; turn < kMostTurns; ++turn) {
    CO_TRY(state, co_await until_done([this] { return ssh_userauth_kbdint(session_, nullptr, nullptr); },
                                      SSH_AUTH_AGAIN, deadline, "log in to"));
    if (state != SSH_AUTH_INFO) co_return state;
    int prompts = ssh_userauth_kbdint_getnprompts(session_);
    for (int i = 0; i < prompts; ++i) {
      char shown = 0;
      ssh_userauth_kbdint_getprompt(session_, static_cast<unsigned>(i), &shown);
      if (ssh_userauth_kbdint_setanswer(session_, static_cast<unsigned>(i), shown != 0 ? "" : password->c_str()) < 0)
        co_return broken("log in to");
    }
  }
  co_return Error(ErrorCode::kProtocolViolation, fmt::format("cannot log in to {}: it asks without end", name_));
}

bool SshSession::pump() {
  if (event_ == nullptr) {
    event_ = ssh_event_new();
    if (event_ == nullptr || ssh_event_add_session(event_, session_) != SSH_OK) return false;
  }
  return ssh_event_dopoll(event_, 0) != SSH_ERROR && ssh_is_connected(session_) != 0;
}

bool SshSession::usable() {
  return !spoilt_ && ssh_is_connected(session_) != 0 && pump();
}

int SshSession::take_descriptor() {
  wait_.reset();
  return socket_.get();
}

}  // namespace holter::net
