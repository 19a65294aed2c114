#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "stress/faults/faults.h"

namespace holter::stress {

/// The tester's end of libholter-faults.so (faults/README.md): which allocations of a server are refused. Threads: any;
/// the page is shared with the server. The file goes with this object.
class Refusal {
 public:
  /// Makes the page in `directory`, for the program file named `program`. Errors: kUnavailable when the library does
  /// not lie beside this program, kIo.
  static Result<std::unique_ptr<Refusal>> make(const std::string& directory, const std::string& program = "holter");
  ~Refusal();

  /// What the server's environment needs.
  std::map<std::string, std::string> environment() const;

  void once_at(std::uint64_t number);
  /// All from now on.
  void all();
  void off();
  std::uint64_t allocations() const { return page_->allocations.load(); }
  std::uint64_t refused() const { return page_->refused.load(); }

 private:
  Refusal() = default;
  std::string library_, path_;
  FaultPage* page_ = nullptr;
};

}  // namespace holter::stress
