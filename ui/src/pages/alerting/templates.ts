import type { Kind } from './documents';
import { TemplatePreview } from './TemplatePreview';
import { TextSummary } from './TextSummary';

export const templateKind: Kind = {
  name: 'templates',
  role: 'editor',
  start: { title: '{{title}}', text: '{{#firing}}\n{{severity}} {{labels.alertname}}: {{annotations.summary}}\n{{/firing}}' },
  Summary: TextSummary,
  Foot: TemplatePreview,
  groups: [
    {
      title: 'texts',
      fields: [
        { key: 'title', type: 'text' },
        { key: 'text', type: 'textarea', required: true },
        { key: 'format', type: 'choice', options: ['text', 'markdown'], fallback: 'text' },
        { key: 'html', type: 'textarea' },
      ],
    },
  ],
};
