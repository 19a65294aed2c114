#include "api/events.h"

#include <vector>

#include <fmt/format.h>

#include "api/json.h"

namespace holter::api {
namespace {

/// Events taken from the backend at a time; with texts of a few hundred bytes they fit into kStreamBytes.
constexpr std::size_t kStep = 16;

}  // namespace

/// Server-sent events (WHATWG HTML, section 9.2): "id" and one line of JSON as "data" each. The kind is in the data: a
/// browser hands events of a name of their own only to who knows the name.
class EventStream final : public LiveStream {
 public:
  EventStream(EventHub& hub, std::uint64_t after, memory::Reservation reservation)
      : hub_(hub), after_(after), reservation_(std::move(reservation)) {
    hub_.streams_.insert(this);
    hub_.stats_.streams = hub_.streams_.size();
    ++hub_.stats_.streams_total;
  }
  ~EventStream() override {
    hub_.streams_.erase(this);
    hub_.stats_.streams = hub_.streams_.size();
  }

  void next(Body& out) override {
    if (!begun_) {
      begun_ = true;
      // What the browser waits before it connects anew. A comment, so that the peer sees at once that all is well.
      out.append("retry: 3000\n: events of Holter\n\n");
    }
    while (out.size() < BodyStream::kPieceBytes && !out.refused()) {
      auto events = hub_.backend_.events(after_, kStep);
      for (const auto& event : events) write(out, event);
      if (events.size() < kStep) return;
    }
  }
  std::string_view heartbeat() const override { return ":\n\n"; }

 private:
  void write(Body& out, const Event& event) {
    // Kept events are a bounded list: whoever reads too slowly, or comes back too late, is told what is gone.
    if (after_ != 0 && event.id > after_ + 1)
      out.append(fmt::format("event: gap\ndata: {{\"missed\":{}}}\n\n", event.id - after_ - 1));
    after_ = event.id;
    out.append(fmt::format("id: {}\ndata: ", event.id));
    JsonWriter json(out);
    json.begin_object();
    json.member("id", event.id);
    json.time_member("time", event.time_ms);
    json.member("kind", event.kind);
    json.member("severity", event.severity);
    json.member("text", event.text);
    json.end_object();
    out.append("\n\n");
    ++hub_.stats_.events_sent;
  }

  EventHub& hub_;
  std::uint64_t after_;
  memory::Reservation reservation_;
  bool begun_ = false;
};

EventHub::EventHub(Backend& backend, memory::Account& account, Stats& stats)
    : backend_(backend), account_(account), stats_(stats) {
  backend_.on_event([this] { notify(); });
}

EventHub::~EventHub() {
  backend_.on_event({});
}

Result<std::unique_ptr<LiveStream>> EventHub::open(std::uint64_t after) {
  if (streams_.size() >= kMostStreams) {
    ++stats_.streams_refused;
    return Error(
        ErrorCode::kResourceExhausted,
        fmt::format("cannot open another event stream: {} are open, the limit is {}; ask /api/v1/events now and "
                    "then instead",
                    streams_.size(), kMostStreams));
  }
  auto reservation = account_.reserve(kStreamBytes);
  if (!reservation) {
    ++stats_.streams_refused;
    return reservation.error();
  }
  return std::make_unique<EventStream>(*this, first_unseen(backend_, after), std::move(*reservation));
}

void EventHub::notify() {
  for (auto* stream : streams_)
    if (stream->wake) stream->wake();
}

std::uint64_t first_unseen(const Backend& backend, std::uint64_t after) {
  return after > 0 && backend.events(after - 1, 1).empty() ? 0 : after;
}

}  // namespace holter::api
