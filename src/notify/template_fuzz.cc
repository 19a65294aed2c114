#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "notify/presets.h"
#include "notify/template.h"

// Whatever a user writes as a template, and whatever stands in labels: a text within its bound, or an error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter;
  using namespace holter::notify;
  static const auto kZone = model::LocalTime::in("UTC").value();
  if (size == 0) return 0;
  std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  WallTime now{seconds(1'700'000'000)};
  auto message = sample_message(now);
  message.alerts[0].labels[0].second = std::string(text.substr(0, 100));
  auto format = static_cast<BodyFormat>(data[0] % 3);
  Template::Options options{.zone = kZone, .language = static_cast<Language>(data[0] / 3 % 2), .now = now};
  if (auto parsed = Template::parse(text, format)) {
    auto rendered = parsed->render(message, options);
    CHECK(!rendered || rendered->size() <= Template::kMostOutput * 3);  // stray bytes become characters of three
    CHECK(rendered || rendered.error().code() == ErrorCode::kResourceExhausted);
  }
  auto standard = Template::parse(preset(format, options.language).body, format);
  CHECK(standard && standard->render(message, options));
  if (auto parsed = AnnotationTemplate::parse(text)) {
    model::Labels labels{{"a", std::string(text.substr(0, 50))}};
    auto rendered = parsed->render({.labels = labels, .values = labels, .monitor = labels});
    CHECK(rendered || rendered.error().code() == ErrorCode::kResourceExhausted);
  }
  return 0;
}
