#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "notify/template.h"
#include "notify/template_text.h"

namespace holter::notify {

/// What a name in a template stands for. std::monostate: nothing, false as a section.
using TemplateValue =
    std::variant<std::monostate, bool, std::string, std::vector<const model::Alert*>, const model::Labels*>;

/// Where in its lists a template is: at most one of these.
struct TemplatePlace {
  const model::Alert* alert = nullptr;
  const model::Labels::value_type* label = nullptr;
};

/// Who looks up names while a template is rendered.
class TemplateFacts {
 public:
  virtual ~TemplateFacts() = default;
  /// std::nullopt: the name does not belong to this place; what is around it is asked next.
  virtual std::optional<TemplateValue> find(std::string_view name, const TemplatePlace& place) const = 0;
};

/// The names of a notification (template.h lists them).
class MessageNames final : public KnownNames {
 public:
  bool knows(std::string_view name, const std::vector<std::string_view>& sections) const override;
  std::string_view near(std::string_view name) const override;
};
class MessageFacts final : public TemplateFacts {
 public:
  MessageFacts(const Message& message, const Template::Options& options) : message_(message), options_(options) {}
  std::optional<TemplateValue> find(std::string_view name, const TemplatePlace& place) const override;

 private:
  std::optional<TemplateValue> of_alert(std::string_view name, const model::Alert& alert) const;
  std::optional<TemplateValue> of_message(std::string_view name) const;

  const Message& message_;
  const Template::Options& options_;
};

/// The names of a rule's annotations.
class AnnotationNames final : public KnownNames {
 public:
  bool knows(std::string_view name, const std::vector<std::string_view>& sections) const override;
  std::string_view near(std::string_view name) const override;
};
class AnnotationLookup final : public TemplateFacts {
 public:
  explicit AnnotationLookup(const AnnotationFacts& facts) : facts_(facts) {}
  std::optional<TemplateValue> find(std::string_view name, const TemplatePlace& place) const override;

 private:
  const AnnotationFacts& facts_;
};

}  // namespace holter::notify
