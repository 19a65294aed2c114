#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "base/utf8.h"
#include "notify/fake_wire.h"
#include "notify/plugin.h"

// The answers that a channel reads come from anybody: the first byte chooses the channel, the second the status, the
// third a header; the rest is the body of each answer.

namespace {

using holter::notify::Field;
using holter::notify::PluginInfo;

holter::notify::Settings settings_of(const PluginInfo& channel) {
  std::map<std::string, std::string, std::less<>> values;
  for (const auto& field : channel.fields) {
    std::string value(field.otherwise);
    if (value.empty()) value = field.type == Field::Type::kNumber ? "7" : "https://host.example/v1";
    values.emplace(field.name, std::move(value));
  }
  return holter::notify::Settings(std::move(values));
}

boost::asio::awaitable<void> attempt(const PluginInfo& channel, const holter::notify::Message& message,
                                     const holter::notify::Settings& settings, holter::notify::Wire& wire, bool& done) {
  auto outcome = co_await channel.send(message, settings, wire);
  std::string scratch;
  auto text = holter::as_utf8(outcome.answer, scratch);
  if (outcome.answer.empty() || text != outcome.answer || outcome.answer.contains('\n')) std::abort();
  if (outcome.retry_after && outcome.kind != holter::notify::Outcome::Kind::kRetry) std::abort();
  done = true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  auto plugins = holter::notify::all_plugins();
  const auto& channel = plugins[data[0] % plugins.size()]();
  constexpr int kStatuses[] = {200, 201, 202, 204, 400, 401, 403, 404, 410, 429, 500, 503};
  holter::notify::HttpAnswer answer{.status = kStatuses[data[1] % std::size(kStatuses)],
                                    .headers = {{"Retry-After", std::to_string(data[2])}},
                                    .body = std::string(reinterpret_cast<const char*>(data) + 3, size - 3)};
  if (data[2] == 0) answer.headers.clear();
  holter::notify::FakeWire wire;
  for (int i = 0; i < 8; ++i) {
    wire.answer(answer);
    wire.answer(holter::notify::MailAnswer{answer.status, answer.body});
    wire.answer(holter::notify::CommandAnswer{answer.status, answer.body});
  }
  holter::notify::Message message{.key = "k", .group = "g", .receiver = "r", .firing = data[2] % 2 == 0, .title = "t"};
  auto settings = settings_of(channel);
  boost::asio::io_context context;
  bool done = false;
  boost::asio::co_spawn(context, attempt(channel, message, settings, wire, done), boost::asio::detached);
  context.run();
  if (!done) std::abort();
  return 0;
}
