#pragma once

#include <string>
#include <utility>

#include "base/result.h"
#include "secrets/token.h"

namespace holter::app {

/// A token that lets programs of this machine in who may read the data directory, and with it all that Holter owns:
/// `holter status`, scripts. It is new at each start, stands in "<data_dir>/local.token" (0600), and is known to the
/// running program only by its hash.
class LocalToken {
 public:
  /// Makes one and writes the file. Errors: kIo.
  static Result<LocalToken> make(const std::string& data_dir);
  LocalToken(LocalToken&& other) noexcept : path_(std::exchange(other.path_, {})), hash_(other.hash_) {}
  LocalToken& operator=(LocalToken&&) = delete;
  ~LocalToken();

  const secrets::TokenHash& hash() const { return hash_; }

 private:
  LocalToken(std::string path, secrets::TokenHash hash) : path_(std::move(path)), hash_(hash) {}

  std::string path_;  ///< empty: moved away
  secrets::TokenHash hash_;
};

/// The token of the program that runs on this data directory. Errors: kNotFound where none runs, kForbidden where the
/// file is not for us, kIo.
Result<std::string> read_local_token(const std::string& data_dir);

}  // namespace holter::app
