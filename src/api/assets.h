#pragma once

#include <string_view>

namespace holter::api {

/// The content of a file that the build put into the program (holter_embed() in cmake/Module.cmake), by its path below
/// src/api, e.g. "page/app.js". The names are constants of the program: an unknown one is a bug (checked).
std::string_view asset(std::string_view name);

}  // namespace holter::api
