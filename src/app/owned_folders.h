#pragma once

#include <string>

#include "api/owned_folders.h"
#include "app/fleet.h"
#include "app/owned_monitors.h"
#include "catalog/catalog.h"
#include "catalog/folders.h"
#include "latest/latest.h"

namespace holter::app {

/// Folders of users: the catalog has them, the fleet knows who lies in them.
/// Threads: the control executor's.
class OwnedFolders final : public api::OwnedFolders {
 public:
  using Caller = api::Caller;
  template <class T>
  using Answer = boost::asio::awaitable<api::Answered<T>>;

  struct Parts {
    catalog::Catalog& catalog;
    Fleet& fleet;
    const latest::Latest& latest;
    OwnedMonitors& owned;
    memory::Account& pages;  ///< of folders that are being read
  };
  explicit OwnedFolders(Parts parts) : parts_(parts) {}

  Answer<api::FolderList> list(Caller caller) override;
  Answer<api::FolderReport> create(std::string path, std::string description, Caller caller) override;
  Answer<api::FolderReport> change(std::string path, Version version, Change change, Caller caller) override;
  Answer<void> remove(std::string path, Version version, Caller caller) override;

 private:
  /// A folder with its counts.
  api::FolderReport report(const catalog::Folder& folder) const;

  const Parts parts_;
};

}  // namespace holter::app
