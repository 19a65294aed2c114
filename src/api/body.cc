#include "api/body.h"

#include <algorithm>
#include <utility>

#include "secrets/primitives.h"

namespace holter::api {

void Body::overwrite() {
  secrets::wipe(text_);
  text_.clear();
}

void Body::refuse(std::string why) {
  refused_ = true;
  refusal_ = std::move(why);
  if (secret_) overwrite();
  std::string().swap(text_);
  reservation_.reset();
}

bool Body::grow(std::size_t wanted) {
  auto old = text_.capacity();
  auto size = std::max({wanted, old * 2, std::size_t{512}});
  // While the text moves, both blocks exist: ask for the new one on top of the old one.
  auto fresh = account_->reserve(size + 1);
  if (!fresh) {
    refuse(fresh.error().message());
    return false;
  }
  {
    std::string larger;
    larger.reserve(size);
    larger.append(text_);
    if (secret_) overwrite();
    text_.swap(larger);
  }
  reservation_ = std::move(*fresh);
  return true;
}

}  // namespace holter::api
