#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace holter::collect::dns {

/// Reads the parts of a message (RFC 1035, section 4), never beyond its end. Errors of all: kProtocolViolation with the
/// offset.
class Reader {
 public:
  explicit Reader(std::string_view message) : message_(message) {}

  Result<std::uint16_t> number16();
  Result<std::uint32_t> number32();
  /// A name, perhaps compressed, with a dot at its end. Pointers only go back, so that there are no circles.
  Result<std::string> name();
  /// The data of a record as zone files write it; of types that are not known as RFC 3597 does.
  Result<std::string> record_data(std::uint16_t type, std::size_t length);
  bool at_end() const { return at_ == message_.size(); }

 private:
  Result<std::string_view> take(std::size_t count);
  Result<std::string> known_data(std::uint16_t type, std::size_t end);
  Result<std::string> quoted_text(std::size_t end);
  Error cut_short() const;

  std::string_view message_;
  std::size_t at_ = 0;
};

}  // namespace holter::collect::dns
