#include "app/support_bundle.h"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "app/local_token.h"
#include "base/clock.h"
#include "base/proc_file.h"
#include "base/units.h"
#include "catalog/database.h"
#include "net/http.h"
#include "net/resolver.h"

namespace holter::app {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

constexpr seconds kPatience{3};
constexpr int kMostDepth = 4;

/// The beginning of a small file, under a line with its name.
std::string section(const std::string& path) {
  std::string text(kMostSmallFile, '\0');
  errno = 0;
  auto found = read_proc(path.c_str(), text);
  if (found.empty()) return fmt::format("== {}: {}\n\n", path, errno != 0 ? std::strerror(errno) : "empty");
  return fmt::format("== {}\n{}{}\n", path, found, found.ends_with('\n') ? "" : "\n");
}

std::string groups_of_memory() {
  std::string out;
  for (const auto& group : memory_groups())
    for (const char* name : {"memory.max", "memory.high", "memory.current", "memory.swap.max", "memory.events",
                             "memory.limit_in_bytes", "memory.usage_in_bytes"})
      if (std::error_code unknown; fs::exists(group.file(name), unknown)) out += section(group.file(name));
  return out;
}

asio::awaitable<void> ask(net::HttpClient& http, std::string url, std::string token, MonoTime deadline,
                          BundlePart& part) {
  net::HttpRequest request{.url = url, .max_redirects = 0, .max_body_bytes = 64 << 20, .keep_body_bytes = kMostAnswer};
  // The token is of this machine, and new at each start.
  if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
  // What it answers is looked at by people; its certificate may be of any name.
  request.verify_tls = false;
  auto answer = co_await http.fetch(std::move(request), deadline);
  if (!answer)
    part = {part.name + ".error", answer.error().message() + "\n"};
  else if (answer->status != 200)
    part = {part.name + ".error", fmt::format("cannot get {}: status {}\n", url, answer->status)};
  else if (answer->body.size() >= kMostAnswer)
    part = {part.name + ".cut", std::move(answer->body) + "\n(cut here)\n"};
  else
    part.text = std::move(answer->body);
}

/// Values of variables that are called like secrets, and what looks like one in the others.
void hide_environment(Scrubber& scrubber) {
  constexpr std::array<std::string_view, 6> kWords = {"SECRET", "PASS", "TOKEN", "KEY", "CREDENTIAL", "AUTH"};
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    std::string_view variable(*at);
    auto name = variable.substr(0, variable.find('='));
    if (name.size() == variable.size()) continue;
    auto value = variable.substr(name.size() + 1);
    scrubber.hide_all_of(value);
    if (std::ranges::none_of(kWords, [&](auto word) { return name.contains(word); })) continue;
    if (value.starts_with('/')) continue;  // a path, as HOLTER_SECRET_KEY_FILE has
    scrubber.hide(value);
    for (std::size_t begin = 0; begin < value.size();) {
      auto end = std::min(value.find(',', begin), value.size());
      scrubber.hide(value.substr(begin, end - begin));
      begin = end + 1;
    }
  }
}

void hide_monitor(const model::Monitor& monitor, Scrubber& scrubber) {
  for (const auto& def : monitor.definition->params) {
    const auto* value = monitor.param(def.field);
    if (value == nullptr) continue;
    if (def.type == model::ParamType::kPassword) scrubber.hide(*value);
    scrubber.hide_all_of(*value);
  }
}

/// What looks like a secret in files of monitors that cannot be understood, but are told of.
void hide_unread(const std::string& monitors, Scrubber& scrubber) {
  constexpr std::size_t kMostFiles = 1000;
  std::vector<std::string> paths;
  std::error_code failure;
  for (fs::directory_iterator it(monitors, failure), end; !failure && it != end && paths.size() < kMostFiles;
       it.increment(failure))
    paths.push_back(it->path().string());
  if (failure) paths = {monitors};
  for (const auto& path : paths)
    if (auto text = last_lines(path, kMostLog)) scrubber.hide_all_of(*text);
}

}  // namespace

Result<std::string> last_lines(const std::string& path, std::size_t most) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat about{};
  if (!file || ::fstat(file.get(), &about) != 0)
    return Error(ErrorCode::kIo, fmt::format("cannot read {}: {}", path, std::strerror(errno)));
  if (!S_ISREG(about.st_mode))
    return Error(ErrorCode::kInvalidArgument, fmt::format("cannot read {}: it is no regular file", path));
  auto size = static_cast<std::size_t>(about.st_size);
  auto begin = size > most ? size - most : 0;
  std::string text(size - begin, '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    auto n = ::pread(file.get(), text.data() + done, text.size() - done, static_cast<off_t>(begin + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error(ErrorCode::kIo, fmt::format("cannot read {}: {}", path, std::strerror(errno)));
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  text.resize(done);
  if (begin > 0) text.erase(0, std::min(text.find('\n'), text.size() - 1) + 1);
  return text;
}

std::string list_files(const std::string& directory) {
  std::string out;
  std::size_t count = 0;
  std::error_code failure;
  fs::recursive_directory_iterator it(directory, fs::directory_options::skip_permission_denied, failure), end;
  for (; !failure && it != end; it.increment(failure)) {
    if (it.depth() >= kMostDepth) it.disable_recursion_pending();
    struct stat about{};
    if (::lstat(it->path().c_str(), &about) != 0) continue;  // gone meanwhile
    if (++count > kMostFilesListed) return out + fmt::format("... and more than {} others\n", kMostFilesListed);
    out += fmt::format("{:>14}  {:06o}  {}:{}  {}  {}\n", about.st_size, about.st_mode, about.st_uid, about.st_gid,
                       format_time(WallTime(seconds(about.st_mtim.tv_sec))),
                       excerpt(it->path().lexically_relative(directory).string(), 500));
  }
  if (failure) out += fmt::format("cannot read {}: {}\n", directory, failure.message());
  return out;
}

std::string describe_machine(long pid) {
  std::string out;
  struct utsname name{};
  if (::uname(&name) == 0) out += fmt::format("{} {} {} {}\n", name.sysname, name.release, name.version, name.machine);
  out += fmt::format("processors {}, page size {}, user {}:{}\n\n", ::sysconf(_SC_NPROCESSORS_ONLN),
                     ::sysconf(_SC_PAGESIZE), ::geteuid(), ::getegid());
  for (const char* path :
       {"/etc/os-release", "/proc/uptime", "/proc/loadavg", "/proc/meminfo", "/proc/pressure/memory",
        "/proc/pressure/cpu", "/proc/pressure/io", "/proc/self/cgroup", "/proc/self/limits",
        "/proc/sys/net/ipv4/ping_group_range", "/proc/sys/vm/overcommit_memory", "/proc/sys/fs/file-nr"})
    out += section(path);
  out += groups_of_memory();
  if (pid > 0)
    for (const char* file : {"limits", "status", "cgroup"}) out += section(fmt::format("/proc/{}/{}", pid, file));
  return out;
}

std::vector<BundlePart> ask_server(const std::string& url, const std::string& data_dir) {
  auto token = read_local_token(data_dir).value_or("");
  asio::io_context context(1);
  SystemClock clock;
  memory::Budget budget(64 << 20);
  net::Resolver resolver({}, context.get_executor(), clock, budget.account("dns"));
  net::HttpClient http({}, context.get_executor(), clock, resolver, budget.account("http"));
  std::vector<BundlePart> parts;
  struct Page {
    const char *path, *name;
    Scrubber::Form form;
  };
  for (const auto& [path, name, form] : {Page{"/api/v1/summary", "summary.json", Scrubber::Form::kJson},
                                         Page{"/api/v1/memory", "memory.json", Scrubber::Form::kJson},
                                         Page{"/api/v1/schedule", "schedule.json", Scrubber::Form::kJson},
                                         Page{"/api/v1/events", "events.json", Scrubber::Form::kJson},
                                         Page{"/metrics", "metrics.txt", Scrubber::Form::kText}}) {
    // One after another: a server that is short of memory is not asked for all at once.
    BundlePart part{fmt::format("server/{}", name), "", form};
    bool ended = false;
    asio::co_spawn(context, ask(http, url + path, token, clock.mono() + kPatience, part),
                   [&](std::exception_ptr failure) {
                     if (failure) part = {part.name + ".error", "cannot ask: memory is exhausted\n"};
                     ended = true;
                   });
    context.restart();  // it has stopped since, for want of work
    while (!ended) context.run_one();
    parts.push_back(std::move(part));
  }
  return parts;
}

void hide_secrets(const Loaded& loaded, Scrubber& scrubber) {
  hide_environment(scrubber);
  for (const auto& key : define::config_keys()) {
    auto given = loaded.given.find(key.path);
    if (given == loaded.given.end()) continue;
    scrubber.hide_all_of(given->second.text);
    if (key.secret) scrubber.hide(given->second.text);
  }
  if (auto password = catalog::postgresql_password(loaded.config.catalog.postgresql)) scrubber.hide(*password);
  Loaded again{.config = loaded.config};
  load_definitions(again);
  define::load_monitors(again.config.monitors, again.definitions, again.config.collect.min_interval, again.problems,
                        [&](model::Monitor&& monitor) {
                          hide_monitor(monitor, scrubber);
                          return true;
                        });
  if (!again.problems.ok()) hide_unread(again.config.monitors, scrubber);
}

}  // namespace holter::app
