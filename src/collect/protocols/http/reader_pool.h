#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/result.h"
#include "collect/protocols/http/reader.h"

namespace holter::collect::http {

/// Lets the sets of thousands of monitors share their compiled readers: equal ones are held once, as long as a probe
/// uses them. Beyond `most` different ones in use, further ones are not shared. Any thread.
class ReaderPool {
 public:
  explicit ReaderPool(std::size_t most) : most_(most) {}

  struct Found {
    std::shared_ptr<const Reader> reader;
    bool is_new = false;  ///< made by this call: who asked pays for it
  };
  /// Errors: those of Reader::compile().
  Result<Found> get(const ReaderKey& key);

  /// Different ones known, some of which may be out of use.
  std::size_t size() const;

 private:
  const std::size_t most_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::weak_ptr<const Reader>> known_;
};

}  // namespace holter::collect::http
