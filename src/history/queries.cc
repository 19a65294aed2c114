#include "history/queries.h"

#include <utility>

#include <fmt/format.h>

#include "history/signal.h"

namespace holter::history {

namespace asio = boost::asio;

struct Queries::Pending {
  explicit Pending(runtime::Executor executor) : done(executor) {}
  Signal done;
  std::optional<Result<Frame>> answer;
};

/// Takes a query off the lists when its caller has what it wants, gives up or is cancelled.
class Queries::Ticket {
 public:
  Ticket(Queries* queries, Pending* pending) : queries_(queries), id_(queries->next_id_++) {
    queries_->pending_.emplace(id_, pending);
  }
  ~Ticket() {
    queries_->pending_.erase(id_);
    std::erase_if(queries_->out_, [this](const Outgoing& query) { return query.id == id_; });
  }
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;
  std::uint64_t id() const { return id_; }

 private:
  Queries* queries_;
  std::uint64_t id_;
};

asio::awaitable<Result<Frame>> Queries::ask(wire::FrameType type, wire::Payload payload, MonoTime deadline) {
  if (pending_.size() >= kMost)
    co_return Error(ErrorCode::kResourceExhausted,
                    fmt::format("cannot query history: {} queries wait already", pending_.size()));
  Pending pending(executor_);
  Ticket ticket(this, &pending);
  out_.push_back({type, ticket.id(), std::move(payload)});
  on_query_();
  while (!pending.answer && clock_->mono() < deadline) co_await pending.done.wait(deadline);
  if (!pending.answer) co_return Error(ErrorCode::kTimeout, "cannot query history: no answer in time");
  if (!*pending.answer) co_return std::move(*pending.answer).error();
  Frame frame = std::move(**pending.answer);
  if (frame.refused)
    co_return Error(ErrorCode::kResourceExhausted,
                    fmt::format("cannot take an answer of {} bytes: no memory", frame.header.length));
  if (frame.header.type != wire::FrameType::kFailure) co_return frame;
  CO_TRY(auto failure, wire::decode_failure(frame.payload));
  co_return Error(failure.code, failure.message);
}

std::optional<Queries::Outgoing> Queries::next() {
  if (out_.empty()) return std::nullopt;
  auto query = std::move(out_.front());
  out_.pop_front();
  return query;
}

void Queries::answered(Frame frame) {
  auto found = pending_.find(frame.header.id);
  if (found == pending_.end()) return;
  found->second->answer = std::move(frame);
  found->second->done.tell();
}

void Queries::fail_all(const std::string& why) {
  out_.clear();
  for (auto& [id, pending] : pending_) {
    pending->answer = Error(ErrorCode::kUnavailable, why);
    pending->done.tell();
  }
}

}  // namespace holter::history
