#include "collect/ssh_target.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/units.h"
#include "collect/block.h"
#include "collect/stream_probe.h"

namespace holter::collect {
namespace {

constexpr std::uint16_t kSshPort = 22;
constexpr std::size_t kMostWord = 1024, kMostKey = 64 << 10;

/// The keys of a login as a block names them.
struct Names {
  std::string_view user, password, key, passphrase;
};

/// libssh takes texts that end with a zero, so one inside would cut them.
Status check_text(std::string_view key, std::string_view text, std::size_t most) {
  if (text.size() <= most && text.find('\0') == std::string_view::npos) return {};
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("cannot use '{}': at most {} without a zero byte are needed", key, format_size(most)));
}

Result<net::SshLogin> login_of(const model::Node& block, const Names& names) {
  for (auto key : {names.user, names.password, names.passphrase})
    TRY_OK(check_text(key, block.text_or(key), kMostWord));
  TRY_OK(check_text(names.key, block.text_or(names.key), kMostKey));
  net::SshLogin login{.user = std::string(block.text_or(names.user)),
                      .password = std::string(block.text_or(names.password)),
                      .private_key = std::string(block.text_or(names.key)),
                      .passphrase = std::string(block.text_or(names.passphrase))};
  if (login.user.empty())
    return Error(ErrorCode::kInvalidArgument, fmt::format("cannot log in by SSH: '{}' is empty", names.user));
  return login;
}

/// A map with the keys host and port out of others.
model::Node address_of(const model::Node& block, std::string_view host, std::string_view port) {
  model::Node address{.kind = model::Node::Kind::kMap};
  address.keys = {"host", "port"};
  address.items = {model::Node::of_text(std::string(block.text_or(host))),
                   model::Node::of_text(std::string(block.text_or(port)))};
  return address;
}

Result<net::SshPeer> peer_of(const model::Node& block) {
  TRY(auto host, host_of(block));
  TRY(auto port, port_of(block, kSshPort));
  TRY(auto login, login_of(block, {"username", "password", "privateKey", "privateKeyPassphrase"}));
  return net::SshPeer{std::move(host.name), port, std::move(login)};
}

std::size_t bytes_of(const net::SshPeer& peer) {
  return peer.host.capacity() + peer.login.bytes();
}

}  // namespace

Result<SshTarget> SshTarget::of(const model::Node& block) {
  SshTarget target;
  TRY(target.peer, peer_of(block));
  target.timeout = timeout_of(block, milliseconds(10'000));
  target.reuse = flag_of(block, "reuseConnection", true);
  if (!flag_of(block, "useProxy", false) || block.text_or("proxyHost").empty()) return target;
  auto address = address_of(block, "proxyHost", "proxyPort");
  TRY(auto host, host_of(address));
  TRY(auto port, port_of(address, kSshPort));
  TRY(auto login, login_of(block, {"proxyUsername", "proxyPassword", "proxyPrivateKey", "proxyPrivateKeyPassphrase"}));
  target.jump = net::SshPeer{std::move(host.name), port, std::move(login)};
  return target;
}

Result<std::shared_ptr<const SshTarget>> SshTarget::tunnel_of(const ProbeConfig& config) {
  const auto* tunnel = config.block.find("sshTunnel");
  if (tunnel == nullptr || tunnel->kind != model::Node::Kind::kMap || !flag_of(*tunnel, "enable", false))
    return std::shared_ptr<const SshTarget>();
  SshTarget target;
  auto peer = peer_of(*tunnel);
  if (!peer) return std::move(peer).error().with_context("cannot use 'sshTunnel'");
  target.peer = std::move(*peer);
  target.timeout = timeout_of(*tunnel, milliseconds(6000));
  target.reuse = flag_of(*tunnel, "shareConnection", true);
  return config.share_in_monitor(std::move(target)).value;
}

std::string key_of(const net::SshPeer& peer) {
  const auto& login = peer.login;
  return fmt::format("{}\n{}\n{:016x}", peer.name(), login.user,
                     stable_hash(login.password, login.private_key, login.passphrase));
}

std::string SshTarget::key() const {
  return jump ? fmt::format("{}\nthrough {}", key_of(peer), key_of(*jump)) : key_of(peer);
}

std::size_t SshTarget::bytes() const {
  return bytes_of(peer) + (jump ? bytes_of(*jump) : 0);
}

}  // namespace holter::collect
