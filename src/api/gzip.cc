#include "api/gzip.h"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include <zlib.h>

#include "base/check.h"

namespace holter::api {
namespace {

constexpr int kLevel = 5;
constexpr int kWindowBits = 12;  // 4 KiB
constexpr int kMemoryLevel = 5;
constexpr int kAsGzip = 16;

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

bool same_word(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
    if (c != lower[i]) return false;
  }
  return true;
}

/// "q=0", "q=0.0"...: not at all.
bool refused_by(std::string_view parameters) {
  auto text = trimmed(parameters);
  if (!text.starts_with("q=") && !text.starts_with("Q=")) return false;
  return text.substr(2).find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  bool any = false;
  while (!accept_encoding.empty()) {
    auto item = accept_encoding.substr(0, accept_encoding.find(','));
    accept_encoding.remove_prefix(std::min(accept_encoding.size(), item.size() + 1));
    auto semicolon = item.find(';');
    auto coding = trimmed(item.substr(0, semicolon));
    bool refused = semicolon != std::string_view::npos && refused_by(item.substr(semicolon + 1));
    if (same_word(coding, "gzip") || same_word(coding, "x-gzip")) return !refused;
    if (coding == "*") any = !refused;
  }
  return any;
}

struct Gzip::State {
  memory::Reservation charged;
  z_stream stream{};
};

Gzip::Gzip(std::unique_ptr<State> state) : state_(std::move(state)) {}

std::unique_ptr<Gzip> Gzip::open(memory::Account& account) {
  auto charged = account.reserve(kStateBytes);
  if (!charged) return nullptr;
  std::unique_ptr<State> state(new (std::nothrow) State);
  if (!state ||
      deflateInit2(&state->stream, kLevel, Z_DEFLATED, kWindowBits + kAsGzip, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK)
    return nullptr;
  state->charged = std::move(*charged);
  return std::unique_ptr<Gzip>(new Gzip(std::move(state)));
}

Gzip::~Gzip() {
  deflateEnd(&state_->stream);
}

void Gzip::add(std::string_view text, bool last, Body& out) {
  auto& z = state_->stream;
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // NOLINT: zlib reads only
  z.avail_in = static_cast<uInt>(text.size());
  std::array<char, 4096> piece;  // NOLINT: zlib fills it
  do {
    z.next_out = reinterpret_cast<Bytef*>(piece.data());
    z.avail_out = piece.size();
    auto done = deflate(&z, last ? Z_FINISH : Z_NO_FLUSH);
    CHECK(done == Z_OK || done == Z_STREAM_END || done == Z_BUF_ERROR);
    out.append({piece.data(), piece.size() - z.avail_out});
  } while (z.avail_out == 0 && !out.refused());
}

}  // namespace holter::api
