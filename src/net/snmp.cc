#include "net/snmp.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cstring>
#include <new>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/random.h>

#include "base/check.h"
#include "net/snmp_impl.h"

namespace holter::net {

void SnmpCredentials::finish() {
  std::string all;
  auto add = [&all](std::string_view part) { all.append(std::to_string(part.size())).append(":").append(part); };
  add(user.name);
  add(user.auth_passphrase);
  add(user.privacy_passphrase);
  all += static_cast<char>(user.auth);
  all += static_cast<char>(user.privacy);
  fingerprint.assign(32, '\0');
  CHECK(EVP_Digest(all.data(), all.size(), reinterpret_cast<unsigned char*>(fingerprint.data()), nullptr, EVP_sha256(),
                   nullptr) == 1);
}

std::int32_t SnmpEngine::Impl::random_id() {
  if (random_used_ == random_.size()) {
    // Up to 256 bytes never fail and are never cut (getrandom(2)).
    CHECK(getrandom(random_.data(), sizeof(random_), 0) == static_cast<ssize_t>(sizeof(random_)));
    random_used_ = 0;
  }
  return static_cast<std::int32_t>(random_[random_used_++] & 0x7fffffff);
}

Result<std::int32_t> SnmpEngine::Impl::add(SnmpPending& pending) {
  if (pending_.size() >= kMostInFlight)
    return Error(ErrorCode::kResourceExhausted,
                 fmt::format("cannot ask: {} SNMP requests are in flight", kMostInFlight));
  auto id = random_id();
  while (id == 0 || !pending_.emplace(id, &pending).second) id = random_id();
  return id;
}

Result<SnmpSocket*> SnmpEngine::Impl::socket_of(const Endpoint& peer) {
  std::size_t index = peer.address().is_v6() ? 1 : 0;
  auto& family = families_[index];
  if (!family.socket) {
    TRY(family.charged, account_.reserve(sizeof(SnmpSocket)));
    TRY(family.socket, SnmpSocket::open(index == 1, kReceiveBufferBytes, executor_));
  }
  // When there was no memory to wait for the socket, the next request listens again.
  if (!family.listening) listen(index);
  return family.socket.get();
}

Status SnmpEngine::Impl::send(const Endpoint& to, std::string_view datagram, bool again) {
  TRY(auto* socket, socket_of(to));
  ++(again ? stats_.retried : stats_.sent);
  if (int failure = socket->send(to, datagram); failure != 0)
    return Error(ErrorCode::kUnavailable, std::strerror(failure));
  return {};
}

void SnmpEngine::Impl::listen(std::size_t index) {
  auto& family = families_[index];
  family.listening = false;
  try {
    family.socket->wait([weak = weak_from_this(), index](bool closed) {
      auto self = weak.lock();
      if (closed || !self) return;
      try {
        self->drain(index);
      } catch (const std::bad_alloc&) {  // of what came one datagram is lost; whoever waits for it asks again
      }
      self->listen(index);
    });
    family.listening = true;
  } catch (const std::bad_alloc&) {
  }
}

void SnmpEngine::Impl::drain(std::size_t index) {
  constexpr int kMostAtOnce = 128;  // then others have their turn
  SnmpSocket::Received received;
  for (int i = 0; i < kMostAtOnce && families_[index].socket->receive(received); ++i) {
    if (received.failure == 0) {
      take(received);
      continue;
    }
    ++stats_.failures;
    for (auto& [id, pending] : pending_) {
      if (pending->heard || pending->peer != received.from) continue;
      pending->failure = received.failure;
      pending->timer->cancel();
    }
  }
}

void SnmpEngine::Impl::take(const SnmpSocket::Received& received) {
  auto label = read_label(received.bytes);
  if (!label) {
    ++stats_.foreign;
    return;
  }
  auto found =
      label->id > 0 && label->id <= INT32_MAX ? pending_.find(static_cast<std::int32_t>(label->id)) : pending_.end();
  if (found == pending_.end()) {
    ++stats_.stray;
    return;
  }
  auto& pending = *found->second;
  if (pending.peer != received.from) {
    ++stats_.foreign;
    return;
  }
  if (pending.heard) {
    ++stats_.stray;
    return;
  }
  try {
    pending.heard = pending.take(received.bytes);
  } catch (const std::bad_alloc&) {
    pending.heard = pending.no_memory = true;
  }
  ++(pending.heard ? stats_.answers : stats_.foreign);
  if (pending.heard) pending.timer->cancel();
}

SnmpEngine::Impl::Known SnmpEngine::Impl::find_engine(const std::string& key) {
  auto found = engines_.find(key);
  if (found == engines_.end()) return nullptr;
  found->second->used = now();
  return found->second;
}

void SnmpEngine::Impl::remember_engine(const std::string& key, const Known& known) {
  if (engines_.size() >= kMostEngines && !engines_.contains(key)) {
    auto oldest = std::ranges::min_element(engines_, {}, [](const auto& entry) { return entry.second->used; });
    engines_.erase(oldest);
  }
  auto charged = account_.reserve(kEngineBytes);
  if (!charged) return;  // asked for again next time
  known->charged = std::move(*charged);
  known->used = now();
  engines_[key] = known;
}

Result<UsmKeys> SnmpEngine::Impl::master_keys(const SnmpCredentials& credentials) {
  if (auto found = masters_.find(credentials.fingerprint); found != masters_.end()) return found->second.keys;
  TRY(auto keys, usm_master_keys(credentials.user));
  if (masters_.size() >= kMostMasters) masters_.clear();
  if (auto charged = account_.reserve(kMasterBytes))  // else made again next time
    masters_.emplace(credentials.fingerprint, Masters{keys, std::move(*charged)});
  return keys;
}

void SnmpEngine::Impl::shrink() {
  engines_ = {};
  masters_ = {};
}

SnmpStats SnmpEngine::Impl::stats() const {
  auto stats = stats_;
  stats.in_flight = pending_.size();
  stats.engines = engines_.size();
  for (const auto& family : families_)
    if (family.socket) stats.dropped_by_kernel += family.socket->dropped();
  return stats;
}

SnmpEngine::SnmpEngine(runtime::Executor executor, const Clock& clock, memory::Account& account)
    : impl_(std::make_shared<Impl>(executor, clock, account)) {}
SnmpEngine::~SnmpEngine() = default;

SnmpStats SnmpEngine::stats() const {
  return impl_->stats();
}
void SnmpEngine::shrink() {
  impl_->shrink();
}

}  // namespace holter::net
