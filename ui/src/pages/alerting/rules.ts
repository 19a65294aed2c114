import type { Kind, Spec } from './documents';
import { RuleExpression } from './RuleExpression';
import { RulePreview } from './RulePreview';
import { RuleSummary } from './RuleSummary';

const isRealtime = (spec: Spec) => spec['kind'] !== 'periodic' && spec['kind'] !== 'builtin';
const isPeriodic = (spec: Spec) => spec['kind'] === 'periodic';
const isOwn = (spec: Spec) => spec['kind'] !== 'builtin';

export const ruleKind: Kind = {
  name: 'rules',
  role: 'editor',
  start: { kind: 'realtime', severity: 'warning' },
  Summary: RuleSummary,
  Head: RuleExpression,
  Foot: RulePreview,
  groups: [
    {
      title: 'query',
      fields: [
        { key: 'source', type: 'choice', options: ['sql', 'promql'], fallback: 'sql', when: isPeriodic },
        { key: 'query', type: 'textarea', required: true, when: isPeriodic },
        { key: 'interval', type: 'duration', fallback: '1m', when: isPeriodic },
      ],
    },
    {
      title: 'about',
      fields: [
        { key: 'app', inside: 'selector', type: 'app', when: isRealtime },
        { key: 'set', inside: 'selector', type: 'set', when: isRealtime },
        { key: 'folder', inside: 'selector', type: 'folder', when: isOwn },
        { key: 'labels', inside: 'selector', type: 'labels', when: isRealtime },
        { key: 'monitors', inside: 'selector', type: 'monitors', when: isRealtime },
        { key: 'matchers', inside: 'selector', type: 'text' },
      ],
    },
    {
      title: 'when',
      fields: [
        { key: 'for', type: 'duration' },
        { key: 'keep_firing_for', type: 'duration' },
        { key: 'n', type: 'number', min: 1, max: 100, fallback: '1', when: isRealtime },
        { key: 'm', type: 'number', min: 1, max: 100, fallback: '1', when: isRealtime },
        { key: 'no_data', type: 'choice', options: ['ok', 'keep', 'alert'], fallback: 'ok', when: isOwn },
        { key: 'no_data_after', type: 'duration', when: isOwn },
        { key: 'active_hours', type: 'text' },
        { key: 'when_unreachable', type: 'choice', options: ['suppress', 'evaluate'], fallback: 'suppress', when: isRealtime },
      ],
    },
    {
      title: 'texts',
      fields: [
        { key: 'severity', type: 'choice', options: ['info', 'warning', 'critical', 'emergency'], fallback: 'warning' },
        { key: 'message', type: 'textarea' },
        { key: 'labels', type: 'labels' },
        { key: 'annotations', type: 'labels' },
      ],
    },
  ],
};
