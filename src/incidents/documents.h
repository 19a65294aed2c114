#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "alert/inhibition.h"
#include "alert/route.h"
#include "alert/rule.h"
#include "alert/silence.h"
#include "base/result.h"
#include "notify/escalation.h"
#include "notify/template.h"

// The documents of alerting: JSON that users write and the catalog keeps, and the values that the parts below work
// with. Each reader takes the object `spec`; errors are kInvalidArgument with the member in front
// ("spec.selector.app: ..."). A writer gives what its reader takes, without what is as by default.
namespace holter::incidents {

/// What stands around each spec.
struct Document {
  std::string name;
  bool enabled = true;
  boost::json::object spec;
};
Result<Document> read_document(std::string_view text);

Result<alert::Rule> read_rule(const Document& document);
boost::json::object write_rule(const alert::Rule& rule);

/// A silence without id and author. `now` is its start where none is given; an end must be.
Result<alert::Silence> read_silence(const Document& document, WallTime now);
boost::json::object write_silence(const alert::Silence& silence);

Result<alert::InhibitionRule> read_inhibition(const Document& document);

struct Routing {
  alert::RouteSpec root;
  std::vector<notify::EscalationStep> escalation;  ///< of incidents that nobody has acknowledged; may be none
};
Result<Routing> read_routing(const Document& document);
boost::json::object write_routing(const Routing& routing);

struct ReceiverSpec {
  std::string name;
  bool enabled = true;
  std::string channel;
  /// By field. A secret is a sealed text (catalog/sealed_values.h), or empty for {"set": true} of a user.
  std::map<std::string, std::string, std::less<>> settings;
  std::vector<std::string> kept;  ///< fields given as {"set": true}: the stored secret is meant
  notify::Language language = notify::Language::kEnglish;
  std::string zone;           ///< of times in texts; empty: the system's
  std::string text_template;  ///< name of a template; empty: the preset of the channel
  bool send_resolved = true;
  unsigned per_minute = 60;
};
Result<ReceiverSpec> read_receiver(const Document& document);
/// `shown`: a secret becomes {"set": true}; else it stays as it is.
boost::json::object write_receiver(const ReceiverSpec& receiver, bool shown);

struct TemplateSpec {
  std::string title, text, html;  ///< an empty one: the preset
};
Result<TemplateSpec> read_template(const Document& document);

Result<notify::Rotation::Options> read_rotation(const Document& document);

}  // namespace holter::incidents
