#pragma once

#include <optional>
#include <string>

#include "catalog/audit.h"
#include "catalog/monitors.h"

namespace holter::app {

/// A monitor for the audit log: JSON of all that users set. Secrets are only marked as set; their sealed form is not in
/// it. What would be longer than the log takes is cut down to name, app and version.
std::string audit_text(const catalog::Monitor& monitor);

/// Notes that a monitor was made, changed or deleted; to be called in the transaction that does so. `what`:
/// "monitor.update". Errors: those of append_audit().
Status note_change(catalog::Transaction& transaction, const std::string& what,
                   const std::optional<catalog::Monitor>& before, const std::optional<catalog::Monitor>& after);

}  // namespace holter::app
