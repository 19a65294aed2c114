#include "api/events.h"

#include <vector>

#include <fmt/format.h>

#include "api/json.h"
#include "api/json_members.h"

namespace holter::api {
namespace {

/// Events taken from the backend at a time; with texts of a few hundred bytes they fit into kStreamBytes.
constexpr std::size_t kStep = 16;

void write_incident(JsonWriter& json, const IncidentChange& change) {
  json.key("incident");
  json.begin_object();
  json.member("id", change.id);
  json.member("action", change.action);
  json.member("rule", change.rule);
  json.member("title", change.title);
  json.member("severity", model::to_string(change.severity));
  json.key("monitor");
  if (change.monitor.value == 0)
    json.null();
  else
    json.id(change.monitor.value);
  write_text_or_null(json, "who", change.who);
  json.member("text", change.text);
  json.end_object();
}

}  // namespace

/// Server-sent events (WHATWG HTML, section 9.2): "id" and one line of JSON as "data" each. The kind is in the data: a
/// browser hands events of a name of their own only to who knows the name.
class EventStream final : public LiveStream {
 public:
  EventStream(EventHub& hub, std::uint64_t after, EventReader reader, memory::Reservation reservation)
      : hub_(hub), after_(after), reader_(std::move(reader)), reservation_(std::move(reservation)) {
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
    if (!reader_.sees(event)) return;
    out.append(fmt::format("id: {}\ndata: ", event.id));
    JsonWriter json(out);
    write_event(json, event);
    out.append("\n\n");
    ++hub_.stats_.events_sent;
  }

  EventHub& hub_;
  std::uint64_t after_;
  const EventReader reader_;
  memory::Reservation reservation_;
  bool begun_ = false;
};

bool EventReader::sees(const Event& event) const {
  if (event.job) return who_.role() >= access::Role::kEditor || event.job->started_by == who_.account();
  if (who_.role() >= access::Role::kViewer) return true;
  return event.incident && event.incident->monitor.value != 0 &&
         who_.role_in(event.incident->folder) >= access::Role::kViewer;
}

std::string_view to_string(JobProgress::State state) {
  constexpr std::string_view kWords[] = {"running", "done", "failed"};
  return kWords[static_cast<std::size_t>(state)];
}

std::string_view to_string(JobProgress::Phase phase) {
  constexpr std::string_view kWords[] = {"check", "store", "apply"};
  return kWords[static_cast<std::size_t>(phase)];
}

void write_event(JsonWriter& json, const Event& event) {
  json.begin_object();
  json.member("id", event.id);
  json.time_member("time", event.time_ms);
  json.member("kind", event.kind);
  json.member("severity", event.severity);
  json.member("text", event.text);
  if (event.job) {
    const auto& job = *event.job;
    json.key("job");
    json.begin_object();
    json.member("id", job.id);
    json.member("kind", job.kind);
    json.member("phase", to_string(job.phase));
    json.member("done", job.done);
    json.key("total");
    if (job.total == 0)
      json.null();
    else
      json.value(job.total);
    json.member("state", to_string(job.state));
    json.key("started_by");
    if (job.started_by.empty())
      json.null();
    else
      json.value(job.started_by);
    json.end_object();
  }
  if (event.incident) write_incident(json, *event.incident);
  if (event.notification) {
    const auto& dead = *event.notification;
    json.key("notification");
    json.begin_object();
    json.member("id", dead.id);
    json.member("receiver", dead.receiver);
    json.member("channel", dead.channel);
    json.member("title", dead.title);
    json.member("answer", dead.answer);
    json.end_object();
  }
  json.end_object();
}

EventHub::EventHub(Backend& backend, memory::Account& account, Stats& stats)
    : backend_(backend), account_(account), stats_(stats) {
  backend_.on_event([this] { notify(); });
}

EventHub::~EventHub() {
  backend_.on_event({});
}

Result<std::unique_ptr<LiveStream>> EventHub::open(std::uint64_t after, EventReader reader) {
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
  return std::make_unique<EventStream>(*this, first_unseen(backend_, after), std::move(reader),
                                       std::move(*reservation));
}

void EventHub::notify() {
  for (auto* stream : streams_)
    if (stream->wake) stream->wake();
}

std::uint64_t first_unseen(const Backend& backend, std::uint64_t after) {
  return after > 0 && backend.events(after - 1, 1).empty() ? 0 : after;
}

}  // namespace holter::api
