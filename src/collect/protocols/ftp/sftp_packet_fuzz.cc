#include <cstddef>
#include <cstdint>

#include "collect/protocols/ftp/sftp_packet.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace sftp = holter::collect::sftp;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  // As from a channel: packet after packet.
  while (bytes.size() >= sftp::kLengthBytes) {
    auto length = sftp::parse_length(bytes.substr(0, sftp::kLengthBytes));
    if (!length) return 0;
    if (*length == 0 || *length > sftp::kMostPacket) __builtin_trap();
    auto body = bytes.substr(sftp::kLengthBytes, *length);
    if (auto answer = sftp::parse_answer(body)) {
      if (!answer->text.empty() &&
          (answer->text.data() < body.data() || answer->text.data() + answer->text.size() > body.data() + body.size()))
        __builtin_trap();
      if (answer->type == sftp::Type::kVersion && !answer->number) __builtin_trap();
      if (answer->type == sftp::Type::kStatus && !answer->number) __builtin_trap();
      if (answer->type == sftp::Type::kHandle && answer->text.size() > sftp::kMostHandle) __builtin_trap();
    }
    bytes.remove_prefix(sftp::kLengthBytes + body.size());
  }
  return 0;
}
