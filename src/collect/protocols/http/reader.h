#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "collect/attempt.h"
#include "collect/table_sink.h"
#include "net/http.h"

namespace holter::collect::http {

/// What decides how answers are read. Sets that agree in it share a Reader.
struct ReaderKey {
  std::string_view parse_type;
  std::string_view script;
  std::string_view set;  ///< counts only for `prometheus`, where it is the metric's name
  const std::vector<std::string>& aliases;
};

/// A parse type with its script compiled: how an answer becomes rows. Frozen, for any number of threads.
class Reader {
 public:
  struct Type;

  /// A parse type that does not exist is read like `default`, as the format has it. Errors: kInvalidArgument: no
  /// parse type, or a script that is wrong.
  static Result<std::shared_ptr<const Reader>> compile(const ReaderKey& key);
  virtual ~Reader() = default;

  /// Puts the rows of a body in UTF-8 into the sink. `charset_known`: a charset was declared and has been decoded.
  /// Steps are noted on `attempt`. Errors: what is wrong with the answer; kResourceExhausted.
  virtual Status read(const net::HttpResponse& response, bool charset_known, Attempt& attempt,
                      TableSink& sink) const = 0;

  const Type& type() const { return *type_; }
  const std::vector<std::string>& aliases() const { return aliases_; }
  bool wants_keyword() const { return wants_keyword_; }
  /// Held by this object, an estimate.
  std::size_t bytes() const;

 protected:
  Reader() = default;

 private:
  const Type* type_ = nullptr;
  std::vector<std::string> aliases_;
  bool wants_keyword_ = false;
  std::size_t script_bytes_ = 0;
};

/// What is known of a parse type before anything is compiled.
struct Reader::Type {
  std::string_view name;
  std::string_view accept = "*/*";
  bool xml = false;                ///< the document may say its own charset
  bool needs_body = true;          ///< else only for the keyword
  bool fetches = false;            ///< sitemap: the addresses in the answer are asked, too
  std::size_t compiled_bytes = 0;  ///< of a script, an estimate
  Result<std::shared_ptr<Reader>> (*make)(const ReaderKey& key);
};

/// The parse type of that name; `default` for one that does not exist. Errors: kInvalidArgument: none is given.
Result<const Reader::Type*> find_type(std::string_view name);

}  // namespace holter::collect::http
