#include "read/xml_document.h"

#include <cstdlib>
#include <cstring>
#include <new>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::read {
namespace {

using namespace std::string_view_literals;

// pugixml takes its allocator for the whole process, so the meter of the moment is a matter of the thread.
thread_local Meter* current_meter = nullptr;

/// In front of each block: pugixml does not say how much it frees.
struct alignas(16) Header {
  Meter* meter;
  std::size_t bytes;
};

void* allocate(std::size_t bytes) {
  const std::size_t all = bytes + sizeof(Header);
  if (current_meter != nullptr && !current_meter->take(all)) return nullptr;
  void* block = std::malloc(all);
  if (block == nullptr) {
    if (current_meter != nullptr) current_meter->give(all);
    return nullptr;
  }
  return new (block) Header{current_meter, all} + 1;
}

void deallocate(void* p) {
  if (p == nullptr) return;
  Header* header = static_cast<Header*>(p) - 1;
  if (header->meter != nullptr) header->meter->give(header->bytes);
  std::free(header);
}

Error wrong(ErrorCode code, std::string_view what) {
  return {code, fmt::format("cannot read the XML document: {}", what)};
}

}  // namespace

void use_metered_xml_memory() {
  static const bool once = [] {
    pugi::set_memory_management_functions(allocate, deallocate);
    return true;
  }();
  (void)once;  // only its making matters
}

XmlMemory::XmlMemory(Meter& meter) : before_(current_meter) {
  use_metered_xml_memory();
  current_meter = &meter;
}

XmlMemory::~XmlMemory() {
  current_meter = before_;
}

Status XmlDocument::parse(std::string_view text, XmlEncoding encoding) {
  if (text.size() > kMaxText)
    return wrong(ErrorCode::kTooLarge,
                 fmt::format("it has {} bytes; {} is the most", text.size(), format_size(kMaxText)));
  const bool wide = encoding == XmlEncoding::kDeclared &&
                    (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF") || text.starts_with("<\0"sv) ||
                     text.starts_with("\0<"sv) || text.starts_with("\0\0"sv));
  if (!wide && !text.empty())
    if (const void* nul = std::memchr(text.data(), '\0', text.size()))
      return wrong(ErrorCode::kProtocolViolation,
                   fmt::format("a NUL at byte {}", static_cast<const char*>(nul) - text.data()));
  if (!text_.append(text.data(), text.size())) return meter_.refusal("read the XML document");
  const auto result =
      document_.load_buffer_inplace(text_.data(), text_.size(), pugi::parse_default | pugi::parse_doctype,
                                    encoding == XmlEncoding::kUtf8 ? pugi::encoding_utf8 : pugi::encoding_auto);
  if (result.status == pugi::status_out_of_memory) return meter_.refusal("read the XML document");
  if (!result) {
    const auto at = std::min(static_cast<std::size_t>(std::max<std::ptrdiff_t>(result.offset, 0)), text.size());
    return wrong(ErrorCode::kProtocolViolation, fmt::format("{} at byte {} of {}, near \"{}\"", result.description(),
                                                            at, text.size(), excerpt(text.substr(at, 40), 40)));
  }
  return check_tree();
}

Status XmlDocument::check_tree() const {
  std::size_t depth = 0;
  // Without recursion: the depth is what the peer likes.
  for (pugi::xml_node node = document_.first_child(); node;) {
    if (node.type() == pugi::node_doctype)
      return wrong(ErrorCode::kProtocolViolation, "it has a document type declaration (<!DOCTYPE), which is refused");
    if (node.first_child()) {
      if (++depth > kMaxDepth)
        return wrong(ErrorCode::kTooLarge, fmt::format("it nests deeper than {} levels", kMaxDepth));
      node = node.first_child();
      continue;
    }
    while (node && !node.next_sibling()) {
      node = node.parent();
      if (node.type() == pugi::node_document) return {};
      --depth;
    }
    node = node.next_sibling();
  }
  return {};
}

}  // namespace holter::read
