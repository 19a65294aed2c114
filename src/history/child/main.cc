// holter-history: the history engine, started by the main process with one end of a socket. Not for use by hand.
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "history/child/server.h"
#include "history/child/settings.h"
#include "history/child/store.h"
#include "history/wire/message.h"
#include "memory/allocator.h"

// Two allocators live in this process: the program's (memory/allocator.h) and the one inside libduckdb, which reads
// this name before main(). It shall give memory back at once and keep no address space, since that counts against the
// data limit: measured with DuckDB 1.5 the peak falls by 12 MiB. A libduckdb without the name does not mind. (A third,
// inside libarrow, is told by the environment: client.cc.)
extern "C" {
[[gnu::used]] const char* duckdb_je_malloc_conf_2_conf_harder =
    "retain:false,narenas:1,dirty_decay_ms:0,muzzy_decay_ms:0,background_thread:false";
}

namespace holter::history::child {
namespace {

constexpr unsigned kLastWords_s = 10;  // what an orphan has to finish

extern "C" void on_orphaned(int) {
  ::alarm(kLastWords_s);
}

/// The main process decides when this one ends, by closing the socket. A terminal's Ctrl-C goes to both, and the main
/// process has batches to send then; and should it die, the closed socket is noticed, with an alarm behind it.
Status set_signals(int parent) {
  for (int ignored : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) std::signal(ignored, SIG_IGN);
  std::signal(SIGUSR2, on_orphaned);
  if (::prctl(PR_SET_PDEATHSIG, SIGUSR2) != 0)
    return Error(ErrorCode::kInternal,
                 fmt::format("cannot ask for the parent's death signal: {}", std::strerror(errno)));
  if (::getppid() != parent) return Error(ErrorCode::kCancelled, "cannot serve: the main process is gone already");
  return {};
}

/// Sanitizers map terabytes of shadow memory: no limit in their builds.
Status set_data_limit(std::uint64_t bytes) {
#ifndef HOLTER_SANITIZED
  rlimit limit{bytes, bytes};
  if (bytes > 0 && ::setrlimit(RLIMIT_DATA, &limit) != 0)
    return Error(ErrorCode::kInternal,
                 fmt::format("cannot limit the data segment to {} bytes: {}", bytes, std::strerror(errno)));
#endif
  return {};
}

/// A predecessor whose main process was killed may still be finishing. Waits for it, and for the socket's end.
Result<std::unique_ptr<Store>> open_patiently(const StoreOptions& options, int socket, const Clock& clock) {
  auto until = clock.mono() + seconds(kLastWords_s);
  for (;;) {
    auto store = Store::open(options, &clock);
    if (store || store.error().code() != ErrorCode::kUnavailable || clock.mono() >= until) return store;
    pollfd end{socket, POLLRDHUP, 0};
    if (::poll(&end, 1, 50) > 0) return Error(ErrorCode::kCancelled, "cannot serve: the main process has closed");
  }
}

Status serve(const Settings& settings) {
  TRY_OK(set_signals(settings.parent));
  TRY_OK(set_data_limit(settings.data_limit));
  SystemClock clock;
  TRY(auto store, open_patiently(settings.store, settings.socket, clock));
  memory::purge_allocator();  // opening replays the log
  Server server(settings.socket, store.get(), &clock);
  TRY_OK(server.handshake());
  TRY_OK(server.run());
  return store->flush();
}

/// The main process logs why; standard error is the last resort.
void report(int socket, const Error& error) {
  auto payload = wire::encode(wire::Failure{error.code(), error.message()});
  auto header = wire::encode_header(wire::FrameType::kFailure, 0, payload);
  bool sent = ::send(socket, header.data(), header.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(header.size()) &&
              ::send(socket, payload.data(), payload.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(payload.size());
  if (!sent) fmt::print(stderr, "holter-history: {}\n", error.message());
}

int run(int argc, char** argv) try {
  auto settings = parse_settings({argv + 1, static_cast<std::size_t>(argc - 1)});
  if (!settings) {
    fmt::print(stderr, "holter-history: {}\nIt is started by `holter serve`, not by hand.\n",
               settings.error().message());
    return 2;
  }
  auto status = serve(*settings);
  if (status) return 0;
  report(settings->socket, status.error());
  return 1;
} catch (
    const std::exception& e) {  // out of memory where no query could be blamed: the main process starts a new child
  std::fprintf(stderr, "holter-history: cannot go on: %s\n", e.what());
  return 3;
}

}  // namespace
}  // namespace holter::history::child

int main(int argc, char** argv) {
  return holter::history::child::run(argc, argv);
}
