#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "collect/protocols/http/reader.h"

namespace holter::collect::http {

// One for each parse type: docs/definitions.md says what each makes of an answer. Errors: kInvalidArgument.
using Made = Result<std::shared_ptr<Reader>>;
Made make_website(const ReaderKey& key);
Made make_header(const ReaderKey& key);
Made make_default(const ReaderKey& key);
Made make_json_path(const ReaderKey& key);
Made make_exporter(const ReaderKey& key);
Made make_promql(const ReaderKey& key);
Made make_xml(const ReaderKey& key);
Made make_config(const ReaderKey& key);
Made make_regex(const ReaderKey& key);
Made make_csv(const ReaderKey& key);
/// Rows of addresses that were not asked: for answers that were recorded. sitemap.h asks them.
Made make_sitemap(const ReaderKey& key);

/// Non-overlapping matches of the regular expression `pattern` in `text`; 0 for an empty or wrong one, as the format
/// has it. In linear time, with the memory of expr::compile_regex().
std::size_t count_matches(std::string_view pattern, std::string_view text);
/// Why `pattern` is wrong, or empty.
std::string fault_of_pattern(std::string_view pattern);

}  // namespace holter::collect::http
