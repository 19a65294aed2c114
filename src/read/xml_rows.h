#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "memory/account.h"
#include "read/row_sink.h"

namespace holter::read {

/// How the bytes of an XML document are read. Always: a byte order mark counts, and bytes that are not UTF-8 become
/// U+FFFD.
enum class XmlEncoding : std::uint8_t {
  kDeclared,  ///< as the document says: UTF-8, UTF-16, UTF-32, ISO-8859-1; anything else is taken for UTF-8
  kUtf8,      ///< whatever it says: the caller has decoded it, as HTTP's Content-Type goes before
};

/// Rows of an XML answer by XPath 1.0, as the parse type `xmlPath` of the definition format has them (section 5.1.4).
/// Not aware of namespaces: `//DeviceInfo` finds `<DeviceInfo xmlns="...">`, and `a:b` is a name with a colon in it.
/// Compiled once; frozen; for any number of threads.
///
/// What an answer can make an expression cost is bounded: at most 10 `/` and 5 `*`, no `//*` or `//node()` alone, in a
/// condition only children and attributes, a number, text or function on one side of a comparison, and a column looks
/// at what is below its node only.
class XmlRows {
 public:
  static constexpr std::size_t kMaxRows = 1000;
  static constexpr std::size_t kMaxExpression = 4096;  ///< bytes

  struct Summary {
    std::size_t rows = 0;
    std::size_t nodes = 0;  ///< that the script found; those beyond kMaxRows are left out
  };

  /// `script` is a node set, one row for each node; an alias is a string seen from the node. Errors: kInvalidArgument.
  static Result<XmlRows> compile(std::string_view script, std::vector<std::string> aliases);

  /// A blank text is no value. Without any node there is one row of nothing if responseTime or keyword is asked for.
  /// Errors: those of XmlDocument::parse(); kTooLarge for a cell over 1 MiB; kResourceExhausted, also when the sink
  /// refuses.
  Result<Summary> read(std::string_view document, memory::Account& account, RowSink& sink,
                       XmlEncoding encoding = XmlEncoding::kDeclared) const;

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

/// Takes the addresses of a sitemap.
class UrlSink {
 public:
  virtual ~UrlSink() = default;
  /// False: no more, which ends the reading with kResourceExhausted.
  [[nodiscard]] virtual bool url(std::string_view url) = 0;
};

/// The addresses of a sitemap (sitemaps.org, 0.9), in order: of each <url> the first <loc>; or the lines of a text
/// whose first begins with http:// or https://. Returns how many. Errors: those of XmlDocument::parse(); kTooLarge
/// beyond 50,000, the most that the protocol allows.
Result<std::size_t> read_sitemap(std::string_view document, memory::Account& account, UrlSink& sink,
                                 XmlEncoding encoding = XmlEncoding::kDeclared);

}  // namespace holter::read
