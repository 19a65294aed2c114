#include "collect/protocols/mqtt/talk.h"

#include <fmt/format.h>

#include "collect/hex.h"

namespace holter::collect::mqtt {

using boost::asio::awaitable;

Status Findings::take(const Packet& packet, std::string_view message) {
  auto nothing = [&] {
    return Error(ErrorCode::kProtocolViolation,
                 fmt::format("a packet of type {} answers nothing that was sent", static_cast<int>(packet.type)));
  };
  if (connected == (packet.type == Type::kConnack)) return nothing();
  switch (packet.type) {
    case Type::kConnack:
      if (packet.code != 0)
        return Error(packet.code == 3 ? ErrorCode::kUnavailable : ErrorCode::kUnauthenticated,
                     fmt::format("the server refuses: {} (code {})", refusal_text(packet.code), packet.code));
      connected = true;
      return {};
    case Type::kSuback:
      if (packet.id != kSubscribeId || subscribed) return nothing();
      subscribed = (packet.code & 0x80) == 0;
      return {};
    case Type::kPuback:
      if (packet.id != kPublishId || !subscribed) return nothing();
      published = true;
      return {};
    case Type::kUnsuback:
      if (packet.id != kUnsubscribeId || !subscribed) return nothing();
      unsubscribed = true;
      return {};
    default:  // a message, which may come before what acknowledges the subscription (section 3.8.4)
      // A retained one was there before.
      if (packet.payload == message && !packet.retained)
        received = true;
      else
        ++others;
      return {};
  }
}

Error Talk::in_step(Error error, std::string_view what) const {
  return std::move(error).with_context(fmt::format("cannot {} {}", what, stream_->peer()));
}

awaitable<Status> Talk::send(std::string packet, std::string_view what) {
  co_return co_await stream_->write(packet, attempt_->deadline(), what);
}

awaitable<Status> Talk::next(MonoTime deadline, std::string_view what) {
  while (!head_) {
    CO_TRY(auto byte, co_await stream_->read_exact(1, deadline, what));
    begun_ += byte;
    auto head = parse_head(begun_);
    if (!head) co_return in_step(std::move(head).error(), what);
    head_ = *head;
  }
  CO_TRY(auto body, co_await stream_->read_exact(head_->length, deadline, what));
  attempt_->note_held(CoroProbe::kRunningBytes + stream_->charged_bytes());
  if (attempt_->traced()) {
    CO_TRY_OK(heard_.append(begun_));
    CO_TRY_OK(heard_.append(body));
  }
  begun_.clear();
  auto packet = parse_packet(*std::exchange(head_, std::nullopt), body);
  if (!packet) co_return in_step(std::move(packet).error(), what);
  auto taken = findings_.take(*packet, message_);
  if (!taken) co_return in_step(std::move(taken).error(), what);
  // The text is gone with the next read: what must be known of the packet is its number.
  if (packet->type == Type::kPublish && packet->id != 0)
    CO_TRY_OK(co_await send(puback_packet(packet->id), "acknowledge a message of"));
  co_return Status();
}

awaitable<Status> Talk::connect(const Login* login) {
  constexpr std::string_view kStep = "log in to";
  CO_TRY_OK(co_await send(connect_packet(*login), kStep));
  CO_TRY_OK(co_await next(attempt_->deadline(), kStep));
  attempt_->step("the server accepts the connection");
  co_return Status();
}

awaitable<Status> Talk::subscribe(std::string_view topic) {
  constexpr std::string_view kStep = "subscribe to the topic at";
  CO_TRY_OK(co_await send(subscribe_packet(Findings::kSubscribeId, topic), kStep));
  while (!findings_.subscribed) CO_TRY_OK(co_await next(attempt_->deadline(), kStep));
  attempt_->step(*findings_.subscribed ? "subscribed" : "the server refuses the subscription");
  co_return Status();
}

awaitable<Status> Talk::publish(std::string_view topic) {
  constexpr std::string_view kStep = "publish the message at";
  CO_TRY_OK(co_await send(publish_packet(Findings::kPublishId, topic, message_), kStep));
  while (!findings_.published) CO_TRY_OK(co_await next(attempt_->deadline(), kStep));
  attempt_->step("published");
  co_return Status();
}

awaitable<Status> Talk::receive(MonoTime until) {
  while (!findings_.received) {
    auto taken = co_await next(until, "receive the message from");
    if (taken) continue;
    if (taken.error().code() != ErrorCode::kTimeout) co_return taken;
    attempt_->step(fmt::format("the message has not come, but {} others", findings_.others));
    co_return Status();
  }
  attempt_->step("received the message");
  co_return Status();
}

awaitable<Status> Talk::unsubscribe(std::string_view topic) {
  constexpr std::string_view kStep = "unsubscribe at";
  CO_TRY_OK(co_await send(unsubscribe_packet(Findings::kUnsubscribeId, topic), kStep));
  while (!findings_.unsubscribed) CO_TRY_OK(co_await next(attempt_->deadline(), kStep));
  attempt_->step("unsubscribed");
  co_return Status();
}

awaitable<void> Talk::disconnect() {
  (void)co_await send(disconnect_packet(), "take leave of");
}

void Talk::note_answer() {
  if (attempt_->traced()) attempt_->note_answer(to_hex(heard_.text()));
}

}  // namespace holter::collect::mqtt
