#include <cstddef>
#include <cstdint>

#include "collect/protocols/telnet/parse.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<std::string> kAliases{"a", "zk_version", "", "clientPort"};
  std::string_view answer(reinterpret_cast<const char*>(data), size);
  for (std::string_view app : {"zookeeper", "port"}) {
    auto values = holter::collect::telnet::find_values(answer, app, kAliases);
    if (!values) continue;
    for (const auto& value : *values)
      if (value && (value->data() < answer.data() || value->data() + value->size() > answer.data() + answer.size()))
        __builtin_trap();
  }
  return 0;
}
