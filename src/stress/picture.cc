#include "stress/picture.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::stress {
namespace {

constexpr double kLeft = 74, kRight = 846, kTop = 54, kBottom = 300;
constexpr double kBandTop = 316, kBandBottom = 330;
constexpr std::size_t kMostPoints = 800;

constexpr std::string_view kStyle = R"(<style>
svg { font: 12px sans-serif; --ink: #24292f; --soft: #6e7781; --line: #d0d7de; --ground: #ffffff;
      --main: #0969da; --child: #8250df; --paused: #9a6700; --budget: #cf222e; }
@media (prefers-color-scheme: dark) {
  svg { --ink: #e6edf3; --soft: #9198a1; --line: #3d444d; --ground: #0d1117;
        --main: #58a6ff; --child: #bc8cff; --paused: #d29922; --budget: #ff7b72; } }
.ground { fill: var(--ground); } text { fill: var(--ink); } .soft { fill: var(--soft); }
.grid { stroke: var(--line); } .phase { stroke: var(--soft); stroke-dasharray: 2 4; }
.main, .child, .paused { fill: none; stroke-width: 1.6; stroke-linejoin: round; }
.main { stroke: var(--main); } .child { stroke: var(--child); } .paused { stroke: var(--paused); stroke-dasharray: 5 2; }
.budget { stroke: var(--budget); stroke-width: 1.4; stroke-dasharray: 7 4; }
.tmain { fill: var(--main); } .tchild { fill: var(--child); } .tpaused { fill: var(--paused); }
.tbudget { fill: var(--budget); }
</style>
)";

constexpr const char* kLevelColors[] = {"#2da44e", "#bf8700", "#e16f24", "#cf222e", "#82071e"};

std::string escape(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '&')
      out += "&amp;";
    else
      out += c;
  }
  return out;
}

/// Where times and values lie.
struct Scale {
  double end_s = 1, most = 1;
  double x(double time_s) const { return kLeft + (kRight - kLeft) * std::clamp(time_s / end_s, 0.0, 1.0); }
  double y(double value) const { return kBottom - (kBottom - kTop) * std::clamp(value / most, 0.0, 1.0); }
};

using Value = std::function<double(const Sample&)>;

std::string path(const Outcome& outcome, const Scale& scale, const char* style, const Value& value) {
  const auto& samples = outcome.samples;
  auto step = samples.size() / kMostPoints + 1;
  std::string d;
  for (std::size_t i = 0; i < samples.size(); i += step) {
    // The highest of what one point stands for: no peak gets lost.
    auto last = samples.begin() + static_cast<std::ptrdiff_t>(std::min(i + step, samples.size()));
    auto highest =
        std::ranges::max(std::ranges::subrange(samples.begin() + static_cast<std::ptrdiff_t>(i), last), {}, value);
    d += fmt::format("{}{:.1f} {:.1f}", d.empty() ? "M" : "L", scale.x(samples[i].time_s), scale.y(value(highest)));
  }
  return d.empty() ? "" : fmt::format("<path class=\"{}\" d=\"{}\"/>\n", style, d);
}

std::string text(double x, double y, std::string_view style, std::string_view anchor, std::string_view words) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\" text-anchor=\"{}\">{}</text>\n", x, y, style, anchor,
                     escape(words));
}

/// A round step with which `most` takes four to ten lines.
double step_for(double most) {
  double step = std::pow(2.0, std::floor(std::log2(std::max(most, 1.0))) - 2);
  return most / step > 8 ? step * 2 : step;
}

std::string grid(const Outcome& outcome, const Scale& scale) {
  std::string out;
  auto step = step_for(scale.most);
  for (double value = 0; value <= scale.most; value += step) {
    out += fmt::format("<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>\n", kLeft, kRight,
                       scale.y(value), scale.y(value));
    out += text(kLeft - 6, scale.y(value) + 4, "soft", "end", format_size(static_cast<std::uint64_t>(value)));
  }
  for (int i = 0; i <= 6; ++i) {
    double time = scale.end_s * i / 6;
    out += text(scale.x(time), kBandBottom + 18, "soft", "middle", fmt::format("{:.0f} s", time));
  }
  double free_from = 0;  // words of neighbours do not overlap
  for (const auto& phase : outcome.phases) {
    auto x = scale.x(phase.from_s);
    out += fmt::format("<line class=\"phase\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\"/>\n", x, kTop,
                       kBandBottom);
    if (x >= free_from) {
      out += text(x + 3, kTop - 5, "soft", "start", phase.name);
      free_from = x + 6.5 * static_cast<double>(phase.name.size()) + 8;
    }
  }
  return out;
}

/// The level over time; grey where the server did not say.
std::string band(const Outcome& outcome, const Scale& scale) {
  std::string out;
  const auto& samples = outcome.samples;
  for (std::size_t i = 0; i < samples.size();) {
    auto next = i;
    while (next < samples.size() && samples[next].level == samples[i].level) ++next;
    double from = scale.x(samples[i].time_s);
    double to = next < samples.size() ? scale.x(samples[next].time_s) : kRight;
    const char* color = samples[i].level < 0 ? "#8c959f" : kLevelColors[samples[i].level];
    out +=
        fmt::format("<rect x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\" fill=\"{}\"><title>{}</title></rect>\n",
                    from, kBandTop, std::max(to - from, 0.5), kBandBottom - kBandTop, color,
                    samples[i].level < 0 ? "no answer" : kLevelNames[samples[i].level]);
    i = next;
  }
  return out;
}

std::string legend(const Outcome& outcome, double paused_most) {
  auto out = text(kLeft, 18, "", "start",
                  fmt::format("{}: {}", outcome.name,
                              outcome.passed() ? "passed"
                              : outcome.ran    ? "failed"
                                               : "not run"));
  out += text(kLeft + 160, 18, "tmain", "start", "main process");
  out += text(kLeft + 250, 18, "tchild", "start", "history process");
  out += text(kLeft + 354, 18, "tbudget", "start", fmt::format("budget {}", format_size(outcome.budget)));
  if (paused_most > 0)
    out += text(kLeft + 474, 18, "tpaused", "start", fmt::format("paused monitors (at most {:.0f})", paused_most));
  double x = kLeft;
  for (std::size_t i = 0; i < std::size(kLevelNames); ++i, x += 90) {
    out += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"10\" height=\"10\" fill=\"{}\"/>\n", x, kBandBottom + 28,
                       kLevelColors[i]);
    out += text(x + 14, kBandBottom + 37, "soft", "start", kLevelNames[i]);
  }
  return out;
}

}  // namespace

std::string draw(const Outcome& outcome) {
  double paused_most = 0;
  double most = static_cast<double>(outcome.budget);
  for (const auto& sample : outcome.samples) {
    paused_most = std::max(paused_most, static_cast<double>(sample.paused));
    most = std::max({most, static_cast<double>(sample.resident), static_cast<double>(sample.child_resident)});
  }
  Scale scale{.end_s = outcome.samples.empty() ? 1 : std::max(outcome.samples.back().time_s, 1.0), .most = most * 1.08};
  std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 880 380\" width=\"880\" role=\"img\">\n";
  out += fmt::format("<title>{}</title>\n", escape(outcome.what));
  out += kStyle;
  out += "<rect class=\"ground\" width=\"880\" height=\"380\"/>\n";
  out += grid(outcome, scale);
  if (paused_most > 0)
    out += path(outcome, scale, "paused",
                [&](const Sample& s) { return static_cast<double>(s.paused) / paused_most * 0.9 * scale.most; });
  out += path(outcome, scale, "child", [](const Sample& s) { return static_cast<double>(s.child_resident); });
  out += path(outcome, scale, "main", [](const Sample& s) { return static_cast<double>(s.resident); });
  out += fmt::format("<line class=\"budget\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>\n", kLeft, kRight,
                     scale.y(static_cast<double>(outcome.budget)), scale.y(static_cast<double>(outcome.budget)));
  out += band(outcome, scale);
  out += legend(outcome, paused_most);
  return out + "</svg>\n";
}

}  // namespace holter::stress
