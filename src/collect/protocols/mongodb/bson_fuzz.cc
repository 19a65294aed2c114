#include <cstddef>
#include <cstdint>

#include "collect/protocols/mongodb/bson.h"
#include "collect/protocols/mongodb/message.h"
#include "collect/protocols/mongodb/scram.h"
#include "read/json_rows.h"

namespace {

/// Takes rows and keeps none.
class NoRows final : public holter::read::RowSink {
 public:
  bool begin_row() override { return true; }
  bool cell(std::size_t, std::optional<std::string_view>) override { return true; }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace mongodb = holter::collect::mongodb;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (size > 0 && data[0] % 4 == 0) {
    if (auto head = mongodb::parse_head(text.substr(1, mongodb::kHeadBytes)))
      if (head->body_bytes > mongodb::kMostReply) __builtin_trap();
    (void)mongodb::parse_body(text.substr(1));
    (void)mongodb::scram_challenge("abc", text.substr(1));
    return 0;
  }
  static holter::memory::Account account{"fuzz", nullptr, 64 << 20};
  static const auto rows = holter::read::JsonRows::by_path("$", {"a", "b"}).value();
  holter::net::ChargedText json(account, 1 << 20);
  if (!mongodb::append_json(text, json)) return 0;
  // What was written is JSON, whatever the document held.
  NoRows sink;
  if (!rows.read(json.text(), account, sink)) __builtin_trap();
  return 0;
}
