#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/proc_file.h"
#include "base/result.h"

namespace holter {

/// The right to use a data directory alone. `holter serve` has it from its start to its end; a command that replaces
/// what serve reads takes it meanwhile. It is a lock of the open file "<data_dir>/serve.lock" (F_OFD_SETLK), which the
/// kernel lets go of however the process ends; the file itself stays. Threads: one.
class DataLock {
 public:
  /// Who has the lock.
  struct Holder {
    std::int64_t pid = 0;  ///< 0: it has not said so
    std::string url;       ///< of the API; empty: it serves none (yet)
  };

  /// The directory must be there. Errors: kUnavailable when another process has it, naming its id; kIo.
  static Result<DataLock> take(const std::string& data_dir);
  /// Nothing when nobody has the lock. Errors: kIo.
  static Result<std::optional<Holder>> holder(const std::string& data_dir);

  /// Tells others where this process answers: "http://127.0.0.1:2157". Errors: kIo.
  Status announce(const std::string& url);

 private:
  explicit DataLock(Descriptor file) : file_(std::move(file)) {}
  Descriptor file_;
};

}  // namespace holter
