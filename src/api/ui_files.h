#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "api/body.h"

namespace holter::api {

/// A file of the web interface, as the build put it into the program (tools/pack_ui.py). All are packed as gzip; their
/// bytes are pages of the program file, which the system reads when somebody asks for them and may drop again.
struct UiFile {
  std::string_view path;  ///< below ui/dist, e.g. "assets/index-BkV3x1.js"
  std::string_view content_type;
  std::string_view packed;  ///< gzip (RFC 1952)
  std::size_t plain_bytes = 0;
  std::uint64_t hash = 0;  ///< of the plain bytes; for the entity tag
};

/// All files, sorted by path. Generated.
std::span<const UiFile> ui_files();

/// Null where there is none.
const UiFile* find_ui_file(std::string_view path);

/// Whether the interface has pages below this first segment of a path, e.g. "monitors". Which page it is, the interface
/// finds out by itself. A test holds this list against the areas of ui/src/pages.
bool is_ui_section(std::string_view segment);

/// Appends the plain bytes. `out` says whether the account refused them.
void unpack(const UiFile& file, memory::Account& account, Body& out);

}  // namespace holter::api
