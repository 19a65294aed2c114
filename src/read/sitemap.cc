#include <optional>

#include <fmt/format.h>

#include "base/utf8.h"
#include "read/xml_document.h"
#include "read/xml_rows.h"

namespace holter::read {
namespace {

constexpr std::size_t kMaxUrls = 50'000;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Without the prefix of a namespace.
std::string_view local_name(const pugi::xml_node& node) {
  std::string_view name = node.name();
  return name.substr(name.rfind(':') + 1);
}

class Urls {
 public:
  explicit Urls(UrlSink& sink) : sink_(sink) {}

  Status add(std::string_view url) {
    url = trimmed(url);
    if (url.empty()) return {};
    if (count_ == kMaxUrls)
      return Error(ErrorCode::kTooLarge,
                   fmt::format("cannot read the sitemap: it has more than {} addresses", kMaxUrls));
    ++count_;
    if (sink_.url(as_utf8(url, clean_))) return {};
    return Error(
        ErrorCode::kResourceExhausted,
        fmt::format("cannot keep the addresses of the sitemap: there is no room for more than {}", count_ - 1));
  }
  std::size_t count() const { return count_; }

 private:
  UrlSink& sink_;
  std::size_t count_ = 0;
  std::string clean_;
};

Status read_tree(const pugi::xml_node& root, Urls& urls) {
  for (const auto& set : root.children())
    for (const auto& entry : set.children()) {
      if (local_name(entry) != "url") continue;
      for (const auto& part : entry.children())
        if (local_name(part) == "loc") {
          TRY_OK(urls.add(part.text().get()));
          break;
        }
    }
  return {};
}

}  // namespace

Result<std::size_t> read_sitemap(std::string_view text, memory::Account& account, UrlSink& sink, XmlEncoding encoding) {
  Urls urls(sink);
  const auto start = text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  if (start.starts_with("http://") || start.starts_with("https://")) {
    for (std::size_t at = 0; at < text.size();) {
      const auto line = text.substr(at, text.substr(at).find('\n'));
      at += line.size() + 1;
      TRY_OK(urls.add(line));
    }
    return urls.count();
  }
  XmlDocument document(account);
  TRY_OK(document.parse(text, encoding));
  TRY_OK(read_tree(document.root(), urls));
  return urls.count();
}

}  // namespace holter::read
