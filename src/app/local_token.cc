#include "app/local_token.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/proc_file.h"

namespace holter::app {
namespace {

std::string path_in(const std::string& data_dir) {
  return data_dir + "/local.token";
}

Error failed(std::string_view verb, const std::string& path) {
  auto code = errno == ENOENT                     ? ErrorCode::kNotFound
              : errno == EACCES || errno == EPERM ? ErrorCode::kForbidden
                                                  : ErrorCode::kIo;
  return {code, fmt::format("cannot {} {}: {}", verb, path, std::strerror(errno))};
}

}  // namespace

Result<LocalToken> LocalToken::make(const std::string& data_dir) {
  auto token = secrets::ApiToken::random();
  auto text = token.text();
  auto path = path_in(data_dir), fresh = path + ".new";
  ::unlink(fresh.c_str());  // of a start that did not come to its end
  {
    Descriptor file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file) return failed("make", fresh);
    if (::write(file.get(), text.view().data(), text.size()) != static_cast<ssize_t>(text.size()))
      return failed("write", fresh);
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) return failed("replace", path);
  return LocalToken(std::move(path), token.hash());
}

LocalToken::~LocalToken() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

Result<std::string> read_local_token(const std::string& data_dir) {
  auto path = path_in(data_dir);
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return failed("read", path);
  std::array<char, secrets::AnyToken::kTextBytes + 1> text{};
  auto count = ::read(file.get(), text.data(), text.size());
  if (count < 0) return failed("read", path);
  auto token = secrets::ApiToken::parse({text.data(), static_cast<std::size_t>(count)});
  if (!token) return Error(ErrorCode::kIo, fmt::format("cannot use {}: it holds no token", path));
  return std::string(text.data(), static_cast<std::size_t>(count));
}

}  // namespace holter::app
