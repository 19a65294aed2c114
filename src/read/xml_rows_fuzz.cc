// An XPath of a definition and a document of a target, with a NUL between; and the document as a sitemap.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "read/xml_rows.h"

namespace {

using namespace holter::read;

class Sink final : public RowSink, public UrlSink {
 public:
  bool begin_row() override { return true; }
  bool cell(std::size_t, std::optional<std::string_view>) override { return true; }
  bool url(std::string_view) override { return true; }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const auto script = all.substr(0, all.find('\0'));
  const auto document = all.substr(std::min(script.size() + 1, size));
  holter::memory::Account account("fuzz", nullptr, 4 << 20);
  Sink sink;
  for (bool column : {false, true}) {
    auto rows = column ? XmlRows::compile("//a", {std::string(script), "keyword"})
                       : XmlRows::compile(script, {"b", "@c", "a/b[1]"});
    if (!rows) {
      if (!rows.error().message().starts_with("cannot compile XPath ")) std::abort();
      continue;
    }
    auto read = rows->read(document, account, sink);
    if (!read && !read.error().message().starts_with("cannot ")) std::abort();
  }
  auto urls = read_sitemap(document, account, sink);
  if (!urls && !urls.error().message().starts_with("cannot ")) std::abort();
  if (account.used() != 0) std::abort();
  return 0;
}
