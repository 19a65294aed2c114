#include <memory>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"
#include "collect/coro_probe.h"
#include "collect/protocols/script/command.h"
#include "collect/protocols/script/tool.h"
#include "collect/script_rows.h"
#include "collect/stream_probe.h"

namespace holter::collect {
namespace {

using boost::asio::awaitable;
using model::ResultCode;
using script::Command;
using script::Places;

constexpr std::string_view kNotAllowed =
    "cannot run the command: Holter may not run commands on its own machine; script.allow: on in the configuration, or "
    "HOLTER_SCRIPT_ALLOW=on, allows it";

Outcome failure(const Error& error) {
  if (error.code() == ErrorCode::kResourceExhausted) return outcome_of(error);
  return {error.code() == ErrorCode::kTimeout ? ResultCode::kTimeout : ResultCode::kFail, error.message()};
}

class ScriptProbe final : public CoroProbe {
 public:
  ScriptProbe(ScriptLayout layout, const script::Tool* tool, script::CommandLine line, milliseconds timeout)
      : layout_(std::move(layout)), tool_(tool), line_(std::move(line)), timeout_(timeout) {}

  Outcome replay(Attempt& attempt, std::string_view answer) override { return replay_script(attempt, layout_, answer); }
  std::string_view target() const override { return "localhost"; }
  /// The command has all of the time that was set; what it does not heed in time is killed after it.
  milliseconds timeout() const override { return timeout_ + Command::kTermGrace; }
  std::size_t bytes() const override {
    auto total = sizeof(*this) + layout_.bytes() + line_.directory.capacity();
    for (const auto& argument : line_.arguments) total += sizeof(std::string) + argument.capacity();
    return total;
  }

 private:
  awaitable<Outcome> run(Attempt& attempt) override {
    const auto& services = attempt.services();
    if (!services.allow_scripts) co_return Outcome{ResultCode::kFail, std::string(kNotAllowed)};
    auto program = script::find_program(*tool_);
    if (!program) co_return failure(program.error());
    auto deadline = attempt.started() + timeout_;
    auto& places = services.objects.get<Places>(
        [&services] { return std::make_unique<Places>(services.executor, services.clock); });
    auto place = co_await places.take(deadline);
    if (!place) co_return failure(place.error());
    auto line = line_;
    line.program = std::move(*program);
    auto command = Command::start(&attempt, &line, std::move(*place));
    if (!command) co_return failure(command.error());
    auto status = co_await command->run(&attempt, deadline);
    if (!status && status.error().code() == ErrorCode::kTimeout)
      co_return Outcome{ResultCode::kTimeout, not_ended(*command)};
    if (!status) co_return failure(status.error());
    co_return read_script(attempt, layout_, {.out = command->out(), .err = command->err(), .exit_status = *status},
                          elapsed_ms(attempt));
  }

  std::string not_ended(const Command& command) const {
    auto text = fmt::format("cannot run the command: it had not ended after {} ms", timeout_.count());
    if (!command.err().empty()) text += ": " + excerpt(command.err(), 400);
    return text;
  }

  const ScriptLayout layout_;
  const script::Tool* const tool_;
  const script::CommandLine line_;
  const milliseconds timeout_;
};

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

Result<std::unique_ptr<Probe>> compile(const ProbeConfig& config) {
  const auto& block = config.block;
  TRY(auto layout, ScriptLayout::of(config, ScriptSplit::kWhiteSpace, true));
  TRY(const auto* tool, script::find_tool(block.text_or("scriptTool")));
  auto command = block.text_or("scriptCommand");
  auto path = block.text_or("scriptPath");
  if (is_blank(command) && path.empty())
    return Error(ErrorCode::kInvalidArgument, "cannot run a command: neither scriptCommand nor scriptPath is given");
  script::CommandLine line{.program = {}, .arguments = {}, .directory = std::string(block.text_or("workDirectory"))};
  const auto& before = is_blank(command) ? tool->with_file : tool->with_text;
  line.arguments.assign(before.begin(), before.end());
  line.arguments.emplace_back(is_blank(command) ? path : command);
  for (std::string_view text : {std::string_view(line.arguments.back()), std::string_view(line.directory)})
    if (text.contains('\0')) return Error(ErrorCode::kInvalidArgument, "cannot run a command with a NUL byte in it");
  return std::make_unique<ScriptProbe>(std::move(layout), tool, std::move(line),
                                       timeout_of(block, milliseconds(10'000)));
}

constexpr KeyInfo kKeys[] = {{"scriptTool", true, "who runs the command: bash, sh, python3, perl, powershell, cmd..."},
                             {"scriptCommand", false, "the command's text"},
                             {"scriptPath", false, "or the file that has it"},
                             {"workDirectory", false, "where it runs; default where Holter does"},
                             {"parseType", true, "oneRow, multiRow, netcat or log"},
                             {"charset", false, "of the output; default UTF-8"},
                             {"timeout", false, "ms that the command may take; default 10000"}};

}  // namespace

const PluginInfo& script_plugin() {
  static constexpr PluginInfo kInfo{.name = "script", .block = "script", .keys = kKeys, .compile = compile};
  return kInfo;
}

}  // namespace holter::collect
