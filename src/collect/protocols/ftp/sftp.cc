#include "collect/protocols/ftp/sftp.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"
#include "collect/coro_probe.h"
#include "collect/protocols/ftp/sftp_packet.h"
#include "collect/ssh_sessions.h"
#include "collect/stream_probe.h"
#include "net/ssh_channel.h"

namespace holter::collect::sftp {
namespace {

using boost::asio::awaitable;
using model::ResultCode;

/// An answer as a line of the recorded answer: "VERSION 3", "ATTRS 40755" (octal, or nothing), "HANDLE",
/// "STATUS 2 No such file".
std::string line_of(const Answer& answer) {
  switch (answer.type) {
    case Type::kVersion:
      return fmt::format("VERSION {}", *answer.number);
    case Type::kAttributes:
      return answer.number ? fmt::format("ATTRS {:o}", *answer.number) : "ATTRS";
    case Type::kHandle:
      return "HANDLE";
    default:
      return fmt::format("STATUS {} {}", *answer.number, excerpt(answer.text, 200));
  }
}

/// The other way round; nothing for a line that is none of these.
std::optional<Answer> answer_of(std::string_view line) {
  auto word = line.substr(0, line.find(' '));
  auto rest = line.substr(std::min(line.size(), word.size() + 1));
  Answer answer;
  if (word == "HANDLE") return Answer{.type = Type::kHandle};
  if (word == "ATTRS")
    answer.type = Type::kAttributes;
  else if (word == "STATUS")
    answer.type = Type::kStatus;
  else
    return std::nullopt;
  std::uint32_t number = 0;
  auto [end, failure] =
      std::from_chars(rest.data(), rest.data() + rest.size(), number, answer.type == Type::kAttributes ? 8 : 10);
  if (failure == std::errc()) answer.number = number;
  if (answer.type == Type::kStatus && !answer.number) return std::nullopt;
  answer.text = rest.substr(static_cast<std::size_t>(end - rest.data()));
  if (answer.text.starts_with(' ')) answer.text.remove_prefix(1);
  return answer;
}

/// Whether the answer to STAT or OPENDIR says that the directory is there. Nothing: it does not say.
std::optional<bool> is_directory(const Answer& answer) {
  constexpr std::uint32_t kKind = 0170000, kDirectory = 0040000;  // as in st_mode of POSIX
  if (answer.type == Type::kHandle) return true;
  if (answer.type == Type::kAttributes && answer.number) return (*answer.number & kKind) == kDirectory;
  if (answer.type == Type::kStatus &&
      (answer.number == kNoSuchFile || answer.number == kPermissionDenied || answer.number == kFailure))
    return false;
  return std::nullopt;
}

/// Requests on one channel, each with its answer. Errors: those of net::SshChannel and of the parser.
class Talk {
 public:
  Talk(Attempt* attempt, net::SshChannel* channel, std::string_view peer)
      : attempt_(attempt), channel_(channel), peer_(peer) {}

  awaitable<Status> begin() {
    constexpr std::string_view kStep = "agree on SFTP with";
    CO_TRY_OK(co_await channel_->write(init_packet(), attempt_->deadline(), kStep));
    CO_TRY(auto answer, co_await next(kStep));
    if (answer.type != Type::kVersion) co_return unexpected(answer, kStep);
    if (answer.number != kOurVersion)
      co_return Error(ErrorCode::kProtocolViolation, fmt::format("cannot {} {}: it speaks version {}, not {}", kStep,
                                                                 peer_, *answer.number, kOurVersion));
    co_return Status();
  }

  /// The answer of that type, or a status. Its text is valid until the next request.
  awaitable<Result<Answer>> ask(Type request, std::string text, Type wanted, std::string_view step) {
    CO_TRY_OK(co_await channel_->write(request_packet(request, ++id_, text), attempt_->deadline(), step));
    CO_TRY(auto answer, co_await next(step));
    if (answer.id != id_ || (answer.type != wanted && answer.type != Type::kStatus)) co_return unexpected(answer, step);
    co_return answer;
  }

  /// An answer that ends the talk.
  Error unexpected(const Answer& answer, std::string_view step) const {
    bool status = answer.type == Type::kStatus && answer.id == id_;
    return {ErrorCode::kProtocolViolation,
            fmt::format("cannot {} {}: {} {}", step, peer_,
                        status ? "the server says" : "it answers what was not asked:", line_of(answer))};
  }
  std::size_t charged_bytes() const { return charged_.bytes(); }

 private:
  awaitable<Result<Answer>> next(std::string_view step) {
    std::string length(kLengthBytes, '\0');
    CO_TRY_OK(co_await channel_->read_exact(length.data(), length.size(), attempt_->deadline(), step));
    auto size = parse_length(length);
    if (!size) co_return in_step(std::move(size).error(), step);
    if (charged_.bytes() < *size) {
      CO_TRY(charged_, attempt_->reserve(*size));
    }
    packet_.resize(*size);
    CO_TRY_OK(co_await channel_->read_exact(packet_.data(), packet_.size(), attempt_->deadline(), step));
    auto answer = parse_answer(packet_);
    if (!answer) co_return in_step(std::move(answer).error(), step);
    if (attempt_->traced()) {
      attempt_->step(fmt::format("{}: {}", step, line_of(*answer)));
      attempt_->note_answer(line_of(*answer) + "\n");
    }
    co_return answer;
  }
  Error in_step(Error error, std::string_view step) const {
    return std::move(error).with_context(fmt::format("cannot {} {}", step, peer_));
  }

  Attempt* const attempt_;
  net::SshChannel* const channel_;
  const std::string_view peer_;
  std::uint32_t id_ = 0;
  memory::Reservation charged_;
  std::string packet_;
};

class SftpProbe final : public CoroProbe {
 public:
  SftpProbe(const ProbeConfig& config, SshTarget target, std::string directory)
      : shared_aliases_(config.share_in_set(config.aliases)),
        place_(config.share_in_monitor(Place{target, target.peer.name(), std::move(directory)})),
        aliases_(*shared_aliases_),
        target_(place_->target) {}

  std::string_view target() const override { return place_->name; }
  milliseconds timeout() const override { return target_.timeout; }
  std::size_t bytes() const override {
    auto total = sizeof(*this);
    if (shared_aliases_.own) total += bytes_of_texts(aliases_);
    if (place_.own) total += sizeof(Place) + target_.bytes() + place_->name.capacity() + place_->directory.capacity();
    return total;
  }

  /// The last line is the answer that says it.
  Outcome replay(Attempt& attempt, std::string_view answer) override {
    std::string_view last;
    while (!answer.empty())
      if (auto line = next_line(answer); !line.empty()) last = line;
    auto read = answer_of(last);
    auto active = read ? is_directory(*read) : std::nullopt;
    if (!active)
      return {ResultCode::kFail, fmt::format("cannot read the answer of {}: '{}'", place_->name, excerpt(last))};
    return add_row(attempt, *active, 0);
  }

 private:
  struct Place {
    SshTarget target;
    std::string name, directory;
    bool operator==(const Place&) const = default;
  };
  struct Found {
    bool active = false;
    double time_ms = 0;
  };

  awaitable<Outcome> run(Attempt& attempt) override {
    auto* asked = &attempt;
    auto found = co_await SshSessions::of(attempt.services())
                     .with_session<Found>(asked, &target_, [this, asked](net::SshSession* session, bool*) {
                       return look(asked, session);  // may be done twice
                     });
    if (found) co_return add_row(attempt, found->active, found->time_ms);
    auto outcome = outcome_of(found.error());
    if (outcome.code != ResultCode::kUnavailable) outcome.code = ResultCode::kUnconnectable;
    co_return outcome;
  }

  awaitable<Result<Found>> look(Attempt* attempt, net::SshSession* session) const {
    const std::string subsystem = "sftp";
    CO_TRY(auto channel,
           co_await net::SshChannel::open(session, net::SshChannel::Kind::kSubsystem, &subsystem, attempt->deadline()));
    attempt->step("started sftp");
    Talk talk(attempt, channel.get(), place_->name);
    CO_TRY_OK(co_await talk.begin());
    std::string_view step = "look at the directory on";
    CO_TRY(auto answer, co_await talk.ask(Type::kStat, place_->directory, Type::kAttributes, step));
    if (answer.type == Type::kAttributes && !answer.number) {  // it does not tell files and directories apart
      step = "open the directory on";
      CO_TRY(answer, co_await talk.ask(Type::kOpenDirectory, place_->directory, Type::kHandle, step));
    }
    auto active = is_directory(answer);
    if (!active) co_return talk.unexpected(answer, step);
    Found found{.active = *active, .time_ms = elapsed_ms(*attempt)};
    attempt->note_held(kRunningBytes + talk.charged_bytes());
    channel->finish();  // closes the handle, too
    co_return found;
  }

  Outcome add_row(Attempt& attempt, bool active, double time_ms) const {
    return add_text_row(attempt, aliases_, time_ms,
                        [active](std::string_view alias) -> std::optional<std::string_view> {
                          if (alias == "isActive") return active ? "true" : "false";
                          return std::nullopt;
                        });
  }

  const Shared<std::vector<std::string>> shared_aliases_;
  const Shared<Place> place_;
  const std::vector<std::string>& aliases_;
  const SshTarget& target_;
};

}  // namespace

Result<std::unique_ptr<Probe>> compile(const ProbeConfig& config) {
  TRY(auto target, SshTarget::of(config.block));
  target.timeout = timeout_of(config.block);
  return std::make_unique<SftpProbe>(config, std::move(target), std::string(config.block.text_or("direction")));
}

}  // namespace holter::collect::sftp
