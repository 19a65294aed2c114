#include <cstddef>
#include <cstdint>

#include "stress/sampler.h"

// Answers of a server under test, which may be out of its mind.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  holter::stress::Sample sample;
  holter::stress::read_memory(text, sample);
  holter::stress::read_schedule(text);
  holter::stress::read_last_words(text);
  return 0;
}
