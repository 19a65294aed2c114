#include "collect/protocols/snmp/ask.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include <fmt/format.h>

#include "collect/protocols/snmp/record.h"

namespace holter::collect::snmp {
namespace {

using boost::asio::awaitable;
using net::BerType;

/// Names of one question: some devices do not take more.
constexpr std::size_t kMostNames = 32;

bool is_status(const net::SnmpPdu& pdu, net::SnmpStatus status) {
  return pdu.status == std::to_underlying(status);
}
bool is_nothing(std::uint8_t type) {
  return type == std::to_underlying(BerType::kNull) || type == std::to_underlying(BerType::kNoSuchObject) ||
         type == std::to_underlying(BerType::kNoSuchInstance) || type == std::to_underlying(BerType::kEndOfMibView);
}

/// The agent's error; `names` are those of the question.
Error agent_error(const net::SnmpPdu& pdu, const std::vector<net::Oid>& names) {
  auto which = pdu.index >= 1 && static_cast<std::size_t>(pdu.index) <= names.size()
                   ? net::oid_text(names[static_cast<std::size_t>(pdu.index) - 1])
                   : fmt::format("{} names", names.size());
  return {ErrorCode::kUnavailable,
          fmt::format("cannot get {}: the agent says {}", which, net::snmp_status_name(pdu.status))};
}
Error wrong(std::string what) {
  return {ErrorCode::kProtocolViolation, "cannot use the answer: " + std::move(what)};
}

/// A column on its way.
struct Course {
  net::Oid root;
  net::Oid at;  ///< the last name that came
  std::size_t column = 0;
  bool over = false;
};

class Walk {
 public:
  Walk(net::SnmpSession* session, const Target* target, Attempt* attempt, Columns* columns)
      : session_(session), attempt_(attempt), columns_(columns) {
    for (std::size_t i = 0; i < target->columns.size(); ++i)
      courses_.push_back({target->columns[i].oid, target->columns[i].oid, i});
    bulk_ = target->credentials.version != net::SnmpVersion::kV1;
    most_repetitions_ = !bulk_ ? 1 : target->most_repetitions > 0 ? target->most_repetitions : kMostRepetitions;
  }

  awaitable<Result<Asked>> run() {
    constexpr std::size_t kFirstBindings = 60;
    while (true) {
      // The first ones that are not over: so that they go on together until they are.
      std::vector<Course*> group;
      for (auto& course : courses_)
        if (!course.over && group.size() < width_) group.push_back(&course);
      if (group.empty()) break;
      if (repetitions_ == 0)
        repetitions_ = static_cast<std::uint32_t>(std::max<std::size_t>(1, kFirstBindings / group.size()));
      repetitions_ = std::min(repetitions_, most_repetitions_);
      std::vector<net::Oid> names;
      for (auto* course : group) names.push_back(course->at);
      auto answer = co_await session_->ask(
          {.kind = bulk_ ? BerType::kGetBulk : BerType::kGetNext, .names = names, .max_repetitions = repetitions_},
          attempt_->deadline());
      if (!answer && asked_.questions > 0)
        co_return std::move(answer).error().with_context(
            fmt::format("cannot walk to the end: {} answers came", asked_.questions));
      CO_TRY(auto pdu, std::move(answer));
      ++asked_.questions;
      if (pdu.status == 0)
        CO_TRY_OK(take(pdu, group));
      else
        CO_TRY_OK(bear(pdu, group, names));
    }
    co_return std::move(asked_);
  }

 private:
  static constexpr std::uint32_t kMostRepetitions = 256;

  /// An error: smaller questions, or a column's end.
  Status bear(const net::SnmpPdu& pdu, const std::vector<Course*>& group, const std::vector<net::Oid>& names) {
    if (is_status(pdu, net::SnmpStatus::kTooBig) && repetitions_ > 1) {
      most_repetitions_ = repetitions_ = repetitions_ / 2;
      return {};
    }
    if (is_status(pdu, net::SnmpStatus::kTooBig) && group.size() > 1) {
      width_ = group.size() / 2;
      return {};
    }
    // How version 1 says that nothing follows. Which of the names it is, some devices do not tell.
    if (!is_status(pdu, net::SnmpStatus::kNoSuchName)) return agent_error(pdu, names);
    auto which = static_cast<std::size_t>(pdu.index) - 1;
    if (pdu.index >= 1 && which < group.size())
      group[which]->over = true;
    else if (group.size() > 1)
      width_ = group.size() / 2;
    else
      group[0]->over = true;
    return {};
  }

  Status take(net::SnmpPdu pdu, const std::vector<Course*>& group) {
    net::SnmpBinding binding;
    std::size_t count = 0;
    for (;; ++count) {
      TRY(auto more, net::next_binding(pdu, binding));
      if (!more) break;
      if (count == group.size() * repetitions_) return wrong("it has more values than were asked for");
      TRY_OK(step(*group[count % group.size()], binding));
    }
    if (count < group.size()) {
      // One row at least must come, or it would never end.
      if (count == 0) return wrong("it is empty");
      width_ = count;
    }
    // As many rows next time as fit; there is no telling how many of them are still to come.
    auto rows = std::max<std::size_t>(1, count / group.size());
    auto row_bytes = std::max<std::size_t>(1, session_->answer_bytes() / rows);
    repetitions_ = static_cast<std::uint32_t>(std::clamp<std::size_t>(kAimBytes / row_bytes, 1, most_repetitions_));
    return {};
  }

  Status step(Course& course, const net::SnmpBinding& binding) {
    if (course.over) return {};
    auto name = binding.name.view();
    if (is_nothing(binding.type) || !net::is_below(name, course.root)) {
      course.over = true;
      return {};
    }
    if (net::compare_oids(name, course.at) <= 0)
      return wrong(
          fmt::format("the agent goes in a circle: {} comes after {}", net::oid_text(name), net::oid_text(course.at)));
    course.at.assign(name.begin(), name.end());
    if (columns_->rows(course.column) == Columns::kMostRows) {
      course.over = asked_.cut = true;
      return {};
    }
    if (attempt_->traced()) asked_.recorded += write_binding(name, binding.type, binding.content);
    return columns_->add(course.column, name.subspan(course.root.size()), binding.type, binding.content);
  }

  net::SnmpSession* session_;
  Attempt* attempt_;
  Columns* columns_;
  std::vector<Course> courses_;
  bool bulk_ = true;
  std::size_t width_ = kMostNames;
  std::uint32_t most_repetitions_ = 0, repetitions_ = 0;
  Asked asked_;
};

}  // namespace

awaitable<Result<Asked>> walk(net::SnmpSession* session, const Target* target, Attempt* attempt, Columns* columns) {
  Walk walk(session, target, attempt, columns);
  co_return co_await walk.run();
}

awaitable<Result<Asked>> get(net::SnmpSession* session, const Target* target, Attempt* attempt, Columns* columns) {
  Asked asked;
  std::vector<std::size_t> left(target->columns.size());
  std::iota(left.begin(), left.end(), 0);
  std::size_t width = kMostNames;
  while (!left.empty()) {
    auto count = std::min(width, left.size());
    std::vector<net::Oid> names;
    for (std::size_t i = 0; i < count; ++i) names.push_back(target->columns[left[i]].oid);
    ++asked.questions;
    CO_TRY(auto pdu, co_await session->ask({.names = names}, attempt->deadline()));
    if (is_status(pdu, net::SnmpStatus::kTooBig) && count > 1) {
      width = count / 2;
      continue;
    }
    // Version 1 answers nothing at all when one of the names does not exist.
    if (is_status(pdu, net::SnmpStatus::kNoSuchName) && pdu.index >= 1 &&
        static_cast<std::size_t>(pdu.index) <= count) {
      left.erase(left.begin() + (pdu.index - 1));
      continue;
    }
    if (pdu.status != 0) co_return agent_error(pdu, names);
    net::SnmpBinding binding;
    for (std::size_t i = 0; i < count; ++i) {
      CO_TRY(auto more, net::next_binding(pdu, binding));
      if (!more || net::compare_oids(binding.name.view(), names[i]) != 0)
        co_return wrong(fmt::format("it has not the value of {}", net::oid_text(names[i])));
      if (is_nothing(binding.type)) continue;
      if (attempt->traced()) asked.recorded += write_binding(binding.name.view(), binding.type, binding.content);
      CO_TRY_OK(columns->add(left[i], {}, binding.type, binding.content));
    }
    left.erase(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(count));
  }
  co_return asked;
}

}  // namespace holter::collect::snmp
