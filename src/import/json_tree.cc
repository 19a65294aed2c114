#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <cstdint>
#include <limits>
#include <new>

#include <fmt/format.h>

#include "base/units.h"
#include "import/tree.h"

namespace holter::imports {
namespace {

constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kMaxValues = 2'000'000;
constexpr std::size_t kMaxKeys = 1000;

/// Boost.JSON's handler: builds the tree while the text is read, so that the limits hold before memory is taken.
class Builder {
  using error_code = boost::json::error_code;
  using string_view = boost::json::string_view;

 public:
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = max_object_size;
  static constexpr std::size_t max_key_size = max_object_size;
  static constexpr std::size_t max_string_size = max_object_size;

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code& ec) { return open(Tree::Kind::kMap, ec); }
  bool on_object_end(std::size_t, error_code&) { return close(); }
  bool on_array_begin(error_code& ec) { return open(Tree::Kind::kList, ec); }
  bool on_array_end(std::size_t, error_code&) { return close(); }
  bool on_key_part(string_view s, std::size_t, error_code&) { return part(s); }
  bool on_key(string_view s, std::size_t, error_code& ec) { return key(s, ec); }
  bool on_string_part(string_view s, std::size_t, error_code&) { return part(s); }
  bool on_string(string_view s, std::size_t, error_code& ec) { return scalar(s, ec); }
  bool on_number_part(string_view s, error_code&) { return part(s); }
  bool on_int64(std::int64_t, string_view s, error_code& ec) { return scalar(s, ec); }
  bool on_uint64(std::uint64_t, string_view s, error_code& ec) { return scalar(s, ec); }
  bool on_double(double, string_view s, error_code& ec) { return scalar(s, ec); }
  bool on_bool(bool b, error_code& ec) { return scalar(b ? "true" : "false", ec); }
  bool on_null(error_code& ec) { return add({}, ec) != nullptr; }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }

  Tree root;
  std::string refusal;  ///< why it stopped, when it did

 private:
  bool part(string_view s) {
    text_.append(s.data(), s.size());
    return true;
  }
  bool scalar(string_view s, error_code& ec) {
    part(s);
    Tree node{.kind = Tree::Kind::kScalar};
    node.text.swap(text_);
    return add(std::move(node), ec) != nullptr;
  }
  bool key(string_view s, error_code& ec) {
    part(s);
    auto& keys = open_.back()->keys;
    if (keys.size() >= kMaxKeys) return refuse(fmt::format("an object with more than {} keys", kMaxKeys), ec);
    if (std::ranges::find(keys, text_, &Tree::Key::text) != keys.end())
      return refuse(fmt::format("the key '{}' twice in an object", excerpt(text_)), ec);
    keys.push_back({std::move(text_), 0, 0});
    text_.clear();
    return true;
  }
  /// An open container is the last of its parent's items, which do not grow until it is closed: pointers hold.
  bool open(Tree::Kind kind, error_code& ec) {
    auto* node = add({.kind = kind}, ec);
    if (node != nullptr) open_.push_back(node);
    return node != nullptr;
  }
  bool close() {
    open_.pop_back();
    return true;
  }
  Tree* add(Tree node, error_code& ec) {
    if (++values_ > kMaxValues) {
      refuse(fmt::format("JSON with more than {} values", kMaxValues), ec);
      return nullptr;
    }
    if (open_.empty()) {
      root = std::move(node);
      return &root;
    }
    return &open_.back()->items.emplace_back(std::move(node));
  }
  bool refuse(std::string what, error_code& ec) {
    refusal = std::move(what);
    ec = boost::json::error::extra_data;  // Boost wants a reason with every stop
    return false;
  }

  std::vector<Tree*> open_;
  std::string text_;
  std::size_t values_ = 0;
};

}  // namespace

Result<Tree> read_json(const Input& input) {
  std::string_view text = input.text;
  if (text.size() > kMaxInput)
    return Error(ErrorCode::kInvalidArgument, fmt::format("{}: cannot read {}: at most {} are allowed", input.name,
                                                          format_size(text.size()), format_size(kMaxInput)));
  constexpr std::string_view kMark = "\xEF\xBB\xBF";  // byte order mark: some editors leave one
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  boost::json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::json::error_code ec;
  boost::json::basic_parser<Builder> parser(options);
  auto read = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && read == text.size()) return std::move(parser.handler().root);
  auto line = 1 + std::ranges::count(text.substr(0, read), '\n');
  const auto& refusal = parser.handler().refusal;
  std::string why = !refusal.empty() ? refusal
                    : ec == boost::json::error::too_deep
                        ? fmt::format("JSON that nests deeper than {} levels", kMaxDepth)
                    : ec ? fmt::format("JSON: {}", ec.message())
                         : "JSON: more follows the end of the document";
  return Error(ErrorCode::kInvalidArgument, fmt::format("{}:{}: cannot read {}", input.name, line, why));
}

}  // namespace holter::imports
