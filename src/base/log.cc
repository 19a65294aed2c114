#include "base/log.h"

#include <exception>
#include <memory>
#include <mutex>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log_line.h"

namespace holter::log {
namespace {

constexpr std::size_t kLongestLine = 4096;
std::atomic<Level> g_level{Level::kWarning};  // the process has one standard error, hence one level
std::atomic<Format> g_format{Format::kText};

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("holter", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::trace);
    return made;
  }();
  return *instance;
}

}  // namespace

void open(Level level, Format format) {
  g_level.store(level, std::memory_order_relaxed);
  g_format.store(format, std::memory_order_relaxed);
  logger();
}

bool enabled(Level level) {
  return level >= g_level.load(std::memory_order_relaxed);
}

void write(Level level, std::string_view folder, std::string_view message) {
  std::string shortened;
  if (message.size() > kLongestLine) message = shortened = std::string(message.substr(0, kLongestLine)) + "...";
  auto text = line(g_format.load(std::memory_order_relaxed), SystemClock().wall(), level, folder, message);
  logger().log(spdlog::level::info, spdlog::string_view_t(text));  // its own level is in it
  logger().flush();
}

void vwrite(Level level, std::string_view folder, fmt::string_view f, fmt::format_args args) noexcept {
  try {
    write(level, folder, fmt::vformat(f, args));
  } catch (const std::exception&) {  // no memory: formatting fails by nothing else, its arguments being checked
    static Repeats repeats;
    constexpr std::string_view kLine = "error base: cannot write a log line: no memory is left\n";
    // A failure to say so has nobody left to be told.
    if (repeats.count() != 0 && ::write(STDERR_FILENO, kLine.data(), kLine.size()) < 0) return;
  }
}

}  // namespace holter::log
