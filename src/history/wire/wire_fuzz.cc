#include <algorithm>

#include "history/wire/frame.h"
#include "history/wire/message.h"
#include "history/wire/sql_message.h"

namespace wire = holter::history::wire;

// The first byte chooses between reading a header and reading a payload of one type.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  wire::Bytes bytes(reinterpret_cast<const std::byte*>(data + 1), size - 1);
  switch (data[0]) {
    case 0:
      if (bytes.size() >= wire::kHeaderBytes)
        if (auto header = wire::decode_header(bytes.first<wire::kHeaderBytes>()))
          (void)wire::check_payload(*header, bytes.subspan(wire::kHeaderBytes));
      break;
    case 1:
      (void)wire::decode_hello(bytes);
      break;
    case 2:
      (void)wire::decode_ack(bytes);
      break;
    case 3:
      (void)wire::decode_failure(bytes);
      break;
    case 4:
      (void)wire::decode_stats(bytes);
      break;
    case 5:
      if (auto query = wire::decode_range_query(bytes))  // what is accepted means the same when sent on
        if (!std::ranges::equal(wire::encode(*query), bytes)) __builtin_trap();
      break;
    case 6:
      if (auto query = wire::decode_rounds_query(bytes))
        if (!std::ranges::equal(wire::encode(*query), bytes)) __builtin_trap();
      break;
    case 7:
      (void)wire::decode_range_answer(bytes);
      break;
    case 8:
      (void)wire::decode_rounds_answer(bytes);
      break;
    case 9:
      if (auto query = wire::decode_heartbeats_query(bytes))
        if (!std::ranges::equal(wire::encode(*query), bytes)) __builtin_trap();
      break;
    case 10:
      if (auto query = wire::decode_round_list_query(bytes))
        if (!std::ranges::equal(wire::encode(*query), bytes)) __builtin_trap();
      break;
    case 11:
      (void)wire::decode_heartbeats_answer(bytes);
      break;
    case 12:
      (void)wire::decode_round_list_answer(bytes);
      break;
    case 13:
      if (auto query = wire::decode_sql_query(bytes))
        if (!std::ranges::equal(wire::encode(*query), bytes)) __builtin_trap();
      break;
    case 14:
      if (auto answer = wire::decode_sql_answer(bytes))
        if (auto again = wire::encode(*answer); !again || !std::ranges::equal(*again, bytes)) __builtin_trap();
      break;
    default:
      break;
  }
  return 0;
}
