#include "api/body.h"

#include <algorithm>

namespace holter::api {

bool Body::grow(std::size_t wanted) {
  auto old = text_.capacity();
  auto size = std::max({wanted, old * 2, std::size_t{512}});
  // While the text moves, both blocks exist: ask for the new one on top of the old one.
  auto fresh = account_->reserve(size + 1);
  if (!fresh) {
    refused_ = true;
    refusal_ = fresh.error().message();
    std::string().swap(text_);
    reservation_.reset();
    return false;
  }
  text_.reserve(size);
  reservation_ = std::move(*fresh);
  return true;
}

}  // namespace holter::api
