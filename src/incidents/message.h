#pragma once

#include <string>
#include <string_view>

#include "alert/group.h"
#include "base/clock.h"
#include "base/result.h"
#include "incidents/documents.h"
#include "notify/channel.h"

namespace holter::incidents {

/// The message of a flush for one receiver, texts included. `url`: of Holter, empty where it has none. Errors: those of
/// notify::render_texts(); kCancelled when there is nothing to tell that receiver, since all is resolved and it wants
/// no resolutions.
Result<notify::Message> message_of(const alert::Flush& flush, const ReceiverSpec& receiver, const TemplateSpec* texts,
                                   std::string_view url);
/// Of an incident that nobody has acknowledged: step number `step`, from 1.
Result<notify::Message> escalation_message(const model::Alert& alert, std::size_t step, const ReceiverSpec& receiver,
                                           const TemplateSpec* texts, std::string_view url, WallTime now);
/// Fills in the texts of a message. Errors: those of notify::render_texts().
Status put_texts(notify::Message& message, const ReceiverSpec& receiver, const TemplateSpec* texts, WallTime now);

}  // namespace holter::incidents
