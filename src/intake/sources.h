#pragma once

#include <string_view>

#include "base/result.h"
#include "intake/body.h"
#include "intake/taker.h"

// Inside of this folder: one reader for each form. Errors of readers: kInvalidArgument where the body as a whole is not
// of the form, kResourceExhausted.
namespace holter::intake {

struct Body {
  json::value value;   ///< of a form: an object of strings
  TreeMemory& memory;  ///< for trees within strings
};

Status read_alertmanager(const Body& body, Taker& taker);
Status read_grafana(const Body& body, Taker& taker);
Status read_zabbix(const Body& body, Taker& taker);
Status read_uptime_kuma(const Body& body, Taker& taker);
Status read_skywalking(const Body& body, Taker& taker);
Status read_tencent(const Body& body, Taker& taker);
Status read_huaweicloud_ces(const Body& body, Taker& taker);
Status read_volcengine(const Body& body, Taker& taker);
Status read_alibabacloud_sls(const Body& body, Taker& taker);
Status read_alibabacloud_cms(const Body& body, Taker& taker);
Status read_generic(const Body& body, Taker& taker);

/// An alert as the webhooks of Alertmanager and Grafana have it. Errors: kInvalidArgument.
Result<Draft> webhook_alert(const json::value& alert);
/// Errors: kInvalidArgument unless the member is a list.
Result<const json::array*> list_of(const json::value& body, std::string_view name);
Error not_of_form(std::string_view what);

}  // namespace holter::intake
