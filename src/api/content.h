#pragma once

#include <boost/json/memory_resource.hpp>
#include <boost/json/object.hpp>
#include <initializer_list>
#include <string_view>

#include "base/result.h"
#include "memory/account.h"

namespace holter::api {

/// Memory that is overwritten before it goes back to where it came from, for trees that may have passwords in them.
/// Threads: any.
class WipedMemory final : public boost::json::memory_resource {
 public:
  /// `upstream` outlives it, and what it gave out.
  explicit WipedMemory(boost::json::memory_resource& upstream) : upstream_(upstream) {}
  /// That of the heap.
  static boost::json::memory_resource* heap();

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override;
  void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override;
  bool do_is_equal(const boost::json::memory_resource& other) const noexcept override { return this == &other; }

  boost::json::memory_resource& upstream_;
};

/// The content of a request that changes something, taken apart. Its bytes are on the account while it lives, and are
/// overwritten at its end.
class Content {
 public:
  /// Reads a JSON object; no bytes at all are an empty one. Errors: kInvalidArgument for what is not a JSON object
  /// (nested deeper than 24), and for a key that is not in `keys`, with the nearest known; kResourceExhausted.
  static Result<Content> parse(std::string_view text, std::initializer_list<std::string_view> keys,
                               memory::Account& account);

  /// The same with any keys.
  static Result<Content> parse(std::string_view text, memory::Account& account);

  /// Null when the key is absent.
  const boost::json::value* find(std::string_view key) const { return object_.if_contains(key); }
  const boost::json::object& members() const { return object_; }

 private:
  memory::Reservation reservation_;
  boost::json::object object_{WipedMemory::heap()};
};

}  // namespace holter::api
