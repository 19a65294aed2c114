#include <cstddef>
#include <cstdint>

#include "collect/protocols/imap/words.h"
#include "collect/quoted.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace imap = holter::collect::imap;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  for (char c : imap::encode_folder(text))
    if (c < 0x20 || c == 0x7f) __builtin_trap();
  (void)holter::collect::quoted(text);
  (void)imap::find_counts(text);
  return 0;
}
