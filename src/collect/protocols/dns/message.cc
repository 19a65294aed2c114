#include "collect/protocols/dns/message.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"
#include "collect/protocols/dns/reader.h"

namespace holter::collect::dns {
namespace {

struct Named {
  std::uint16_t number;
  std::string_view name;
};
constexpr Named kTypes[] = {{1, "A"},       {2, "NS"},     {5, "CNAME"}, {6, "SOA"},    {12, "PTR"},   {13, "HINFO"},
                            {15, "MX"},     {16, "TXT"},   {28, "AAAA"}, {29, "LOC"},   {33, "SRV"},   {35, "NAPTR"},
                            {39, "DNAME"},  {41, "OPT"},   {43, "DS"},   {44, "SSHFP"}, {46, "RRSIG"}, {47, "NSEC"},
                            {48, "DNSKEY"}, {50, "NSEC3"}, {52, "TLSA"}, {64, "SVCB"},  {65, "HTTPS"}, {99, "SPF"},
                            {252, "AXFR"},  {255, "ANY"},  {256, "URI"}, {257, "CAA"}};
constexpr Named kClasses[] = {{1, "IN"}, {3, "CH"}, {4, "HS"}, {254, "NONE"}, {255, "ANY"}};
constexpr std::array<std::string_view, 12> kStatuses{"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
                                                     "NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
                                                     "NXRRSET", "NOTAUTH", "NOTZONE",  "DSOTYPENI"};
constexpr std::array<std::string_view, 7> kOpcodes{"QUERY", "IQUERY", "STATUS", "RESERVED3", "NOTIFY", "UPDATE", "DSO"};

Result<std::uint16_t> number_of(std::string_view text, std::span<const Named> names, std::string_view generic) {
  for (const auto& [number, name] : names)
    if (same_text(text, name)) return number;
  if (text.size() > generic.size() && same_text(text.substr(0, generic.size()), generic)) {
    auto digits = text.substr(generic.size());
    std::uint16_t number = 0;
    auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (failure == std::errc{} && end == digits.data() + digits.size()) return number;
  }
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("cannot use '{}': not known; any number can be given as {}<n>", excerpt(text), generic));
}

std::string name_of(std::uint16_t number, std::span<const Named> names, std::string_view generic) {
  auto found = std::ranges::find(names, number, &Named::number);
  return found != names.end() ? std::string(found->name) : fmt::format("{}{}", generic, number);
}

void put16(std::string& bytes, std::uint16_t value) {
  bytes += static_cast<char>(value >> 8);
  bytes += static_cast<char>(value & 255);
}

void add_to(std::vector<RecordSet>& sets, RecordSet record) {
  for (auto& set : sets) {
    if (set.type != record.type || set.cls != record.cls || !same_text(set.name, record.name)) continue;
    set.values.push_back(std::move(record.values.front()));
    return;
  }
  sets.push_back(std::move(record));
}

Status read_record(Reader& reader, std::vector<RecordSet>& sets) {
  RecordSet record;
  TRY(record.name, reader.name());
  TRY(record.type, reader.number16());
  TRY(record.cls, reader.number16());
  TRY(record.ttl, reader.number32());
  TRY(auto length, reader.number16());
  TRY(auto value, reader.record_data(record.type, length));
  constexpr std::uint16_t kOpt = 41;
  if (record.type == kOpt) return {};
  record.values.push_back(std::move(value));
  add_to(sets, std::move(record));
  return {};
}

std::string flags_text(std::uint16_t flags) {
  constexpr std::pair<int, std::string_view> kFlags[] = {{0x8000, "qr"}, {0x0400, "aa"}, {0x0200, "tc"}, {0x0100, "rd"},
                                                         {0x0080, "ra"}, {0x0020, "ad"}, {0x0010, "cd"}};
  std::string text;
  for (auto [bit, name] : kFlags)
    if ((flags & bit) != 0) text += fmt::format("{} ", name);
  return text;
}

}  // namespace

Result<std::uint16_t> type_of(std::string_view text) {
  return number_of(text, kTypes, "TYPE");
}
Result<std::uint16_t> class_of(std::string_view text) {
  return number_of(text, kClasses, "CLASS");
}

Result<std::string> write_query(std::uint16_t id, std::string_view name, std::uint16_t type, std::uint16_t cls) {
  std::string bytes;
  put16(bytes, id);
  put16(bytes, 0x0100);  // recursion desired
  put16(bytes, 1);
  bytes.append(6, '\0');
  auto rest = name;
  if (rest.ends_with('.')) rest.remove_suffix(1);
  std::size_t start = bytes.size();
  while (!rest.empty()) {
    auto label = rest.substr(0, rest.find('.'));
    bool last = label.size() == rest.size();
    rest.remove_prefix(last ? rest.size() : label.size() + 1);
    if (label.empty() || label.size() > 63 || (!last && rest.empty()))
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("cannot ask for '{}': the parts of a name have 1 to 63 bytes", excerpt(name)));
    bytes += static_cast<char>(label.size());
    bytes += label;
  }
  bytes += '\0';
  if (bytes.size() - start > 255)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot ask for '{}': a name has at most 255 bytes", excerpt(name)));
  put16(bytes, type);
  put16(bytes, cls);
  return bytes;
}

Result<Message> parse_message(std::string_view bytes) {
  Reader reader(bytes);
  Message message;
  TRY(message.id, reader.number16());
  TRY(auto flags, reader.number16());
  std::size_t records = 0;
  for (auto& count : message.counts) {
    TRY(count, reader.number16());
    records += count;
  }
  if (records > kMostRecords)
    return Error(ErrorCode::kProtocolViolation,
                 fmt::format("cannot read the message: {} records, more than {}", records, kMostRecords));
  auto opcode = static_cast<std::size_t>(flags >> 11 & 15), status = static_cast<std::size_t>(flags & 15);
  message.opcode = opcode < kOpcodes.size() ? std::string(kOpcodes[opcode]) : fmt::format("RESERVED{}", opcode);
  message.status = status < kStatuses.size() ? std::string(kStatuses[status]) : fmt::format("RESERVED{}", status);
  message.flags = flags_text(flags);
  message.is_answer = (flags & 0x8000) != 0;
  message.truncated = (flags & 0x0200) != 0;
  for (int i = 0; i < message.counts[0]; ++i) {
    RecordSet question;
    TRY(question.name, reader.name());
    TRY(question.type, reader.number16());
    TRY(question.cls, reader.number16());
    message.sections[0].push_back(std::move(question));
  }
  // What a truncated message has lost is no fault: it says so itself.
  for (int section = 1; section < 4; ++section)
    for (int i = 0; i < message.counts[section]; ++i) {
      if (message.truncated && reader.at_end()) return message;
      TRY_OK(read_record(reader, message.sections[section]));
    }
  return message;
}

std::string text_of(const RecordSet& set) {
  auto text = fmt::format("{{ {} {} {} {}", set.name, set.ttl, name_of(set.cls, kClasses, "CLASS"),
                          name_of(set.type, kTypes, "TYPE"));
  for (const auto& value : set.values) text += fmt::format(" [{}]", value);
  return text + " }";
}

}  // namespace holter::collect::dns
