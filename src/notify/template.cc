#include "notify/template.h"

#include <charconv>
#include <deque>
#include <kainjow/mustache.hpp>
#include <new>
#include <optional>

#include <fmt/format.h>

#include "base/utf8.h"
#include "notify/template_names.h"
#include "notify/template_text.h"

namespace holter::notify {
namespace {

namespace km = kainjow::mustache;

constexpr std::size_t kMostSteps = 50'000;  // names looked up, and passes through lists

/// The text would be too long, or takes too long to make. Thrown through the library, and caught in render().
struct TooMuch {};

/// Where the library looks up names: values are made when they are asked for, and all that they cost is counted.
class Scope final : public km::basic_context<std::string> {
 public:
  Scope(const TemplateFacts& facts, std::size_t most_output) : facts_(facts), left_(most_output) {}

  void charge(std::size_t bytes) const {
    if (bytes > left_) throw TooMuch();
    left_ -= bytes;
  }

  const km::data* get(const std::string& name) const override {
    step();
    if (name.front() == kChargeMark) {
      std::size_t bytes = 0;
      std::from_chars(name.data() + 1, name.data() + name.size(), bytes);
      charge(bytes);
      return &no_text_;
    }
    for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame) {
      if (frame->place.alert == nullptr && frame->place.label == nullptr) continue;
      if (auto value = facts_.find(name, frame->place)) return hold(std::move(*value));
    }
    auto value = facts_.find(name, {});
    return value ? hold(std::move(*value)) : nullptr;
  }
  const km::data* get_partial(const std::string&) const override { return nullptr; }

  void push(const km::data* item) override {
    step();
    frames_.push_back({place_of(item), held_.size()});
  }
  void pop() override {
    while (held_.size() > frames_.back().held) held_.pop_back();
    frames_.pop_back();
  }

 private:
  struct Held {
    km::data data;
    TemplateValue value;
  };
  struct Frame {
    TemplatePlace place;
    std::size_t held;  // what lies above it goes with it
  };

  void step(std::size_t count = 1) const {
    steps_ += count;
    if (steps_ > kMostSteps) throw TooMuch();
  }

  static km::data list_of(std::size_t size) {
    km::data list(km::data::type::list);
    for (std::size_t i = 0; i < size; ++i) list << km::data(true);
    return list;
  }

  const km::data* hold(TemplateValue value) const {
    if (std::holds_alternative<std::monostate>(value)) return nullptr;
    km::data data(true);
    if (const auto* text = std::get_if<std::string>(&value)) {
      charge(text->size());
      data = km::data(*text);
    } else if (const auto* alerts = std::get_if<std::vector<const model::Alert*>>(&value)) {
      step(alerts->size());
      data = list_of(alerts->size());
    } else if (const auto* labels = std::get_if<const model::Labels*>(&value)) {
      step((*labels)->size());
      data = list_of((*labels)->size());
    }
    return &held_.emplace_back(std::move(data), std::move(value)).data;
  }

  /// Which alert or label an element of one of our lists stands for.
  TemplatePlace place_of(const km::data* item) const {
    for (auto held = held_.rbegin(); held != held_.rend(); ++held) {
      if (!held->data.is_list()) continue;
      const auto& list = held->data.list_value();
      std::less<> before;  // also of pointers into different lists
      if (before(item, list.data()) || !before(item, list.data() + list.size())) continue;
      auto index = static_cast<std::size_t>(item - list.data());
      if (const auto* alerts = std::get_if<std::vector<const model::Alert*>>(&held->value))
        return {.alert = (*alerts)[index], .label = nullptr};
      return {.alert = nullptr, .label = &(*std::get<const model::Labels*>(held->value))[index]};
    }
    return {};
  }

  const TemplateFacts& facts_;
  const km::data no_text_{std::string(1, kNoText)};
  mutable std::size_t left_;
  mutable std::size_t steps_ = 0;
  mutable std::deque<Held> held_;  // a deque: the library holds pointers to elements
  std::vector<Frame> frames_;
};

Error too_much(std::size_t most) {
  return {
      ErrorCode::kResourceExhausted,
      fmt::format("cannot render the template: the text has more than {} KiB, or its lists are nested", most / 1024)};
}

Result<std::string> render_text(const std::string& text, std::size_t literals, bool html, const TemplateFacts& facts,
                                std::size_t most) try {
  Scope scope(facts, most);
  scope.charge(literals);
  km::mustache parsed(text);
  if (!parsed.is_valid())
    return Error(ErrorCode::kInternal, fmt::format("BUG: a checked template: {}", parsed.error_message()));
  if (!html) parsed.set_custom_escape([](const std::string& value) { return value; });
  auto rendered = parsed.render(scope);
  std::erase(rendered, kNoText);
  if (rendered.size() > most) return too_much(most);  // by escaping
  std::string scratch;
  auto clean = as_utf8(rendered, scratch);
  return clean.data() == rendered.data() ? std::move(rendered) : std::string(clean);
} catch (const TooMuch&) {
  return too_much(most);
} catch (const std::bad_alloc&) {
  return Error(ErrorCode::kResourceExhausted, "cannot render the template: no memory");
}

Result<TemplateText> checked(std::string_view text, const KnownNames& names, bool may_be_raw) {
  if (text.size() > Template::kMostTemplate)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot use the template: it has {} bytes; {} KiB is the most", text.size(),
                             Template::kMostTemplate / 1024));
  auto result = check_template(text, names, may_be_raw);
  if (!result) return std::move(result).error().with_context("cannot use the template");
  return result;
}

}  // namespace

Result<Template> Template::parse(std::string_view text, BodyFormat format) {
  TRY(auto read, checked(text, MessageNames(), format != BodyFormat::kHtml));
  return Template(std::move(read.text), read.literals, format);
}

Result<std::string> Template::render(const Message& message, const Options& options) const {
  return render_text(text_, literals_, format_ == BodyFormat::kHtml, MessageFacts(message, options), kMostOutput);
}

Result<AnnotationTemplate> AnnotationTemplate::parse(std::string_view text) {
  TRY(auto read, checked(text, AnnotationNames(), true));
  return AnnotationTemplate(std::move(read.text), read.literals);
}

Result<std::string> AnnotationTemplate::render(const AnnotationFacts& facts) const {
  return render_text(text_, literals_, false, AnnotationLookup(facts), kMostOutput);
}

}  // namespace holter::notify
