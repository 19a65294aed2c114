#include "stress/refusal.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <new>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

namespace holter::stress {

Result<std::unique_ptr<Refusal>> Refusal::make(const std::string& directory, const std::string& program) {
  std::unique_ptr<Refusal> refusal(new Refusal);
  std::error_code failure;
  auto self = std::filesystem::read_symlink("/proc/self/exe", failure);
  refusal->library_ = (self.parent_path() / "libholter-faults.so").string();
  if (!std::filesystem::exists(refusal->library_, failure))
    return Error(ErrorCode::kUnavailable, fmt::format("cannot refuse allocations: {} is missing", refusal->library_));
  refusal->path_ = directory + "/faults";
  int file = ::open(refusal->path_.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  void* memory = file < 0 || ::ftruncate(file, sizeof(FaultPage)) != 0
                     ? MAP_FAILED
                     : ::mmap(nullptr, sizeof(FaultPage), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  auto code = errno;
  if (file >= 0) ::close(file);
  if (memory == MAP_FAILED)
    return Error(ErrorCode::kIo, fmt::format("cannot share {}: {}", refusal->path_, std::strerror(code)));
  refusal->page_ = new (memory) FaultPage;
  std::strncpy(refusal->page_->program, program.c_str(), sizeof(refusal->page_->program) - 1);
  return refusal;
}

Refusal::~Refusal() {
  if (page_ == nullptr) return;
  off();
  ::munmap(page_, sizeof(FaultPage));
  ::unlink(path_.c_str());
}

std::map<std::string, std::string> Refusal::environment() const {
  return {{"LD_PRELOAD", library_}, {kFaultsVariable, path_}};
}

void Refusal::once_at(std::uint64_t number) {
  page_->at = number;
  page_->mode = FaultMode::kOnceAt;
}

void Refusal::all() {
  page_->at = 0;
  page_->mode = FaultMode::kFrom;
}

void Refusal::off() {
  page_->mode = FaultMode::kOff;
}

}  // namespace holter::stress
