#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/owned_folders.h"

namespace holter::api {

/// Folders for tests: remembers what it was asked, and answers with what it was given.
class FakeFolders final : public OwnedFolders {
 public:
  template <class T>
  using Answer = boost::asio::awaitable<Answered<T>>;

  FakeFolders() {
    folder.path = "dc1/rack2";
    folder.description = "second from the left";
    folder.stored = true;
    folder.created_ms = 1'764'000'000'000;
    folder.created_by = "api";
    folder.version = 4711;
    folder.monitors = 3;
    folder.by_state[static_cast<std::size_t>(model::State::kUp)] = 2;
    folder.by_state[static_cast<std::size_t>(model::State::kUnreachable)] = 1;
  }

  Answer<FolderList> list(Caller) override {
    calls.emplace_back("list");
    if (problem) co_return *problem;
    FolderList list;
    list.folders = {FolderReport{}, folder};
    co_return std::move(list);
  }
  Answer<FolderReport> create(std::string path, std::string description, Caller) override {
    calls.push_back("create " + path + " " + description);
    if (problem) co_return *problem;
    co_return folder;
  }
  Answer<FolderReport> change(std::string path, Version of, Change given, Caller) override {
    calls.push_back("change " + path);
    version = of;
    changed = std::move(given);
    if (problem) co_return *problem;
    co_return folder;
  }
  Answer<void> remove(std::string path, Version of, Caller) override {
    calls.push_back("remove " + path);
    version = of;
    if (problem) co_return *problem;
    co_return Answered<void>();
  }

  FolderReport folder;  ///< what is answered
  std::optional<Problem> problem;
  std::vector<std::string> calls;
  Change changed;
  Version version;
};

}  // namespace holter::api
