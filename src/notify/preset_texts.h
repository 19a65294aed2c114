#pragma once

#include <string_view>

// The preset templates, in Mustache. A tag of a section that stands alone on its line leaves no line.

namespace holter::notify::texts {

constexpr std::string_view kTitleEnglish =
    "{{#is_firing}}[{{severity_word}}] {{/is_firing}}{{^is_firing}}[resolved] {{/is_firing}}"
    "{{#common_labels.alertname}}{{common_labels.alertname}}{{/common_labels.alertname}}"
    "{{^common_labels.alertname}}{{alert_count}} alerts{{/common_labels.alertname}}"
    "{{#common_labels.monitor}}: {{common_labels.monitor}}{{/common_labels.monitor}}"
    "{{#is_firing}} ({{firing_count}} firing{{#has_resolved}}, {{resolved_count}} "
    "resolved{{/has_resolved}}){{/is_firing}}";

constexpr std::string_view kTitleChinese =
    "{{#is_firing}}【{{severity_word}}】{{/is_firing}}{{^is_firing}}【已恢复】{{/is_firing}}"
    "{{#common_labels.alertname}}{{common_labels.alertname}}{{/common_labels.alertname}}"
    "{{^common_labels.alertname}}{{alert_count}} 条告警{{/common_labels.alertname}}"
    "{{#common_labels.monitor}}：{{common_labels.monitor}}{{/common_labels.monitor}}"
    "{{#is_firing}}（{{firing_count}} 条告警中{{#has_resolved}}，{{resolved_count}} "
    "条已恢复{{/has_resolved}}）{{/is_firing}}";

constexpr std::string_view kTextEnglish = R"({{#firing}}
[{{severity_word}}] {{alertname}}{{#labels.monitor}} on {{labels.monitor}}{{/labels.monitor}}
{{#summary}}
{{summary}}
{{/summary}}
{{#description}}
{{description}}
{{/description}}
{{#evidence}}
Evidence: {{evidence}}
{{/evidence}}
Since {{starts}} ({{duration}})

{{/firing}}
{{#resolved}}
[resolved] {{alertname}}{{#labels.monitor}} on {{labels.monitor}}{{/labels.monitor}}
{{#summary}}
{{summary}}
{{/summary}}
{{starts}} to {{ends}} ({{duration}}): {{resolution_word}}

{{/resolved}}
{{#left_out}}
{{left_out}} more alerts are not shown.
{{/left_out}}
{{#url}}
{{url}}
{{/url}}
)";

constexpr std::string_view kTextChinese = R"({{#firing}}
【{{severity_word}}】{{alertname}}{{#labels.monitor}}，监控：{{labels.monitor}}{{/labels.monitor}}
{{#summary}}
{{summary}}
{{/summary}}
{{#description}}
{{description}}
{{/description}}
{{#evidence}}
依据：{{evidence}}
{{/evidence}}
开始时间：{{starts}}（已持续 {{duration}}）

{{/firing}}
{{#resolved}}
【已恢复】{{alertname}}{{#labels.monitor}}，监控：{{labels.monitor}}{{/labels.monitor}}
{{#summary}}
{{summary}}
{{/summary}}
{{starts}} 至 {{ends}}（持续 {{duration}}）：{{resolution_word}}

{{/resolved}}
{{#left_out}}
另有 {{left_out}} 条告警未显示。
{{/left_out}}
{{#url}}
{{url}}
{{/url}}
)";

constexpr std::string_view kMarkdownEnglish = R"({{#firing}}
**[{{severity_word}}] {{alertname}}**{{#labels.monitor}} on **{{labels.monitor}}**{{/labels.monitor}}
{{#summary}}
{{summary}}
{{/summary}}
{{#description}}
> {{description}}
{{/description}}
{{#evidence}}
- Evidence: {{evidence}}
{{/evidence}}
- Since: {{starts}} ({{duration}})

{{/firing}}
{{#resolved}}
**[resolved] {{alertname}}**{{#labels.monitor}} on **{{labels.monitor}}**{{/labels.monitor}}
{{#summary}}
{{summary}}
{{/summary}}
- {{starts}} to {{ends}} ({{duration}}): {{resolution_word}}

{{/resolved}}
{{#left_out}}
{{left_out}} more alerts are not shown.
{{/left_out}}
{{#url}}
[Open in Holter]({{url}})
{{/url}}
)";

constexpr std::string_view kMarkdownChinese = R"({{#firing}}
**【{{severity_word}}】{{alertname}}**{{#labels.monitor}}，监控：**{{labels.monitor}}**{{/labels.monitor}}
{{#summary}}
{{summary}}
{{/summary}}
{{#description}}
> {{description}}
{{/description}}
{{#evidence}}
- 依据：{{evidence}}
{{/evidence}}
- 开始时间：{{starts}}（已持续 {{duration}}）

{{/firing}}
{{#resolved}}
**【已恢复】{{alertname}}**{{#labels.monitor}}，监控：**{{labels.monitor}}**{{/labels.monitor}}
{{#summary}}
{{summary}}
{{/summary}}
- {{starts}} 至 {{ends}}（持续 {{duration}}）：{{resolution_word}}

{{/resolved}}
{{#left_out}}
另有 {{left_out}} 条告警未显示。
{{/left_out}}
{{#url}}
[在 Holter 中查看]({{url}})
{{/url}}
)";

// Mail programs know tables and inline styles, and little else.
constexpr std::string_view kHtmlEnglish = R"(<!DOCTYPE html>
<html lang="en"><body style="margin:0;padding:16px;background:#f4f5f7;font-family:sans-serif;font-size:14px;color:#1f2933">
<table role="presentation" width="100%" style="max-width:640px;margin:0 auto;background:#ffffff" cellpadding="0" cellspacing="0">
<tr><td style="padding:14px 18px;color:#ffffff;background:{{#is_firing}}#b42318{{/is_firing}}{{^is_firing}}#1a7f37{{/is_firing}}">
<b>{{status_word}}: {{firing_count}} firing, {{resolved_count}} resolved</b></td></tr>
{{#firing}}
<tr><td style="padding:14px 18px;border-left:4px solid #b42318;border-bottom:1px solid #e4e7eb">
<b>{{alertname}}</b> ({{severity_word}}){{#labels.monitor}} on <b>{{labels.monitor}}</b>{{/labels.monitor}}
{{#summary}}
<div>{{summary}}</div>
{{/summary}}
{{#description}}
<div style="color:#52606d">{{description}}</div>
{{/description}}
{{#evidence}}
<div>Evidence: {{evidence}}</div>
{{/evidence}}
<div style="color:#52606d">Since {{starts}} ({{duration}})</div>
{{#generator_url}}
<div><a href="{{generator_url}}">Show</a></div>
{{/generator_url}}
</td></tr>
{{/firing}}
{{#resolved}}
<tr><td style="padding:14px 18px;border-left:4px solid #1a7f37;border-bottom:1px solid #e4e7eb">
<b>{{alertname}}</b> (resolved){{#labels.monitor}} on <b>{{labels.monitor}}</b>{{/labels.monitor}}
{{#summary}}
<div>{{summary}}</div>
{{/summary}}
<div style="color:#52606d">{{starts}} to {{ends}} ({{duration}}): {{resolution_word}}</div>
</td></tr>
{{/resolved}}
{{#left_out}}
<tr><td style="padding:14px 18px">{{left_out}} more alerts are not shown.</td></tr>
{{/left_out}}
{{#url}}
<tr><td style="padding:14px 18px"><a href="{{url}}">Open in Holter</a></td></tr>
{{/url}}
</table></body></html>
)";

constexpr std::string_view kHtmlChinese = R"(<!DOCTYPE html>
<html lang="zh"><body style="margin:0;padding:16px;background:#f4f5f7;font-family:sans-serif;font-size:14px;color:#1f2933">
<table role="presentation" width="100%" style="max-width:640px;margin:0 auto;background:#ffffff" cellpadding="0" cellspacing="0">
<tr><td style="padding:14px 18px;color:#ffffff;background:{{#is_firing}}#b42318{{/is_firing}}{{^is_firing}}#1a7f37{{/is_firing}}">
<b>{{status_word}}：{{firing_count}} 条告警中，{{resolved_count}} 条已恢复</b></td></tr>
{{#firing}}
<tr><td style="padding:14px 18px;border-left:4px solid #b42318;border-bottom:1px solid #e4e7eb">
<b>{{alertname}}</b>（{{severity_word}}）{{#labels.monitor}}监控：<b>{{labels.monitor}}</b>{{/labels.monitor}}
{{#summary}}
<div>{{summary}}</div>
{{/summary}}
{{#description}}
<div style="color:#52606d">{{description}}</div>
{{/description}}
{{#evidence}}
<div>依据：{{evidence}}</div>
{{/evidence}}
<div style="color:#52606d">开始时间：{{starts}}（已持续 {{duration}}）</div>
{{#generator_url}}
<div><a href="{{generator_url}}">查看</a></div>
{{/generator_url}}
</td></tr>
{{/firing}}
{{#resolved}}
<tr><td style="padding:14px 18px;border-left:4px solid #1a7f37;border-bottom:1px solid #e4e7eb">
<b>{{alertname}}</b>（已恢复）{{#labels.monitor}}监控：<b>{{labels.monitor}}</b>{{/labels.monitor}}
{{#summary}}
<div>{{summary}}</div>
{{/summary}}
<div style="color:#52606d">{{starts}} 至 {{ends}}（持续 {{duration}}）：{{resolution_word}}</div>
</td></tr>
{{/resolved}}
{{#left_out}}
<tr><td style="padding:14px 18px">另有 {{left_out}} 条告警未显示。</td></tr>
{{/left_out}}
{{#url}}
<tr><td style="padding:14px 18px"><a href="{{url}}">在 Holter 中查看</a></td></tr>
{{/url}}
</table></body></html>
)";

}  // namespace holter::notify::texts
