#pragma once

#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "secrets/keyring.h"
#include "testing/fake_root.h"

namespace holter::secrets::test {

// 32 bytes each: 0, 1, 2... 31 and 31, 30... 0.
constexpr const char* kUp = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
constexpr const char* kDown = "Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=";

/// A keyring of a list as in HOLTER_SECRET_KEY, without any file.
inline std::unique_ptr<Keyring> keyring_of(const std::string& list) {
  auto keyring = Keyring::load({.data_dir = "/nonexistent", .list = SecretText(list)});
  if (!keyring) {
    ADD_FAILURE() << keyring.error().message();
    std::abort();
  }
  return std::move(*keyring);
}

/// A data directory with a key file in it, or not yet.
class KeyFileTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Keyring>> load(bool has_sealed = false) const {
    return Keyring::load({.data_dir = root_.path(), .has_sealed = has_sealed});
  }
  std::unique_ptr<Keyring> loaded() const {
    auto keyring = load();
    if (!keyring) {
      ADD_FAILURE() << keyring.error().message();
      std::abort();
    }
    return std::move(*keyring);
  }
  std::string text() const {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void put(std::string_view text) const { root_.put("secret.key", text); }

  testing::FakeRoot root_;
  const std::string path_ = root_.path() + "/secret.key";
};

}  // namespace holter::secrets::test
