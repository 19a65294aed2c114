#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "incidents/documents.h"
#include "notify/escalation.h"
#include "notify/outbox.h"
#include "secrets/keyring.h"

namespace holter::incidents {

/// Who can be told: receivers with their channels, templates, and rotations, whose name stands for the receiver who is
/// on call. Secrets are sealed in here, and open only for an attempt. Threads: one. Lifetime: the keyring outlives it.
class Receivers final : public notify::Receivers {
 public:
  /// `exec_allowed`: the channel exec may be used (notify.allow_exec).
  Receivers(const secrets::Keyring& keyring, bool exec_allowed) : keyring_(keyring), exec_allowed_(exec_allowed) {}

  /// Puts it in the place of the one with that id. Errors: kInvalidArgument ("spec....") for settings that the channel
  /// does not take, kForbidden for a channel that configuration does not allow, kConflict for a rotation's name.
  Status set(std::uint64_t id, ReceiverSpec receiver);
  /// What set() would say.
  Status check(const ReceiverSpec& receiver) const;
  void remove(std::uint64_t id);
  Status set_rotation(std::uint64_t id, std::string name, notify::Rotation rotation);
  void remove_rotation(std::uint64_t id);
  void set_template(std::uint64_t id, std::string name, TemplateSpec spec);
  void remove_template(std::uint64_t id);

  const ReceiverSpec* find(std::string_view name) const;
  const TemplateSpec* find_template(std::string_view name) const;
  /// All names that a route may have: receivers and rotations.
  std::vector<std::string> names() const;
  /// "the rotation 'x' needs it", or empty.
  std::string rotation_with(std::string_view receiver) const;
  /// The receiver that is meant at `now`: itself, or who is on call; nullptr where there is none, or it is disabled.
  const ReceiverSpec* meant(std::string_view name, WallTime now) const;

  /// What a secret of a receiver is sealed for.
  static std::string context(std::uint64_t id, std::string_view field);
  /// Opens the secrets of a receiver. Errors: those of Keyring::open(), kInvalidArgument of notify::check_settings().
  Result<notify::OpenReceiver> open(std::uint64_t id, const ReceiverSpec& receiver) const;

  // notify::Receivers
  const notify::PluginInfo* channel_of(std::string_view receiver) const override;
  Result<notify::OpenReceiver> open(std::string_view receiver) const override;

 private:
  struct Named {
    std::uint64_t id = 0;
    ReceiverSpec spec;
  };
  const secrets::Keyring& keyring_;
  const bool exec_allowed_;
  std::map<std::string, Named, std::less<>> receivers_;
  std::map<std::string, std::pair<std::uint64_t, notify::Rotation>, std::less<>> rotations_;
  std::map<std::string, std::pair<std::uint64_t, TemplateSpec>, std::less<>> templates_;
};

}  // namespace holter::incidents
