import { useWords } from '@/i18n';
import { TextEditor } from './TextEditor';

/** A page that answers with JSON: the most frequent thing that nobody has written a definition for. */
const EXAMPLE = `app: my_service
category: custom
name:
  en-US: My service
params:
  - field: host
    name:
      en-US: Host
    type: host
    required: true
  - field: port
    name:
      en-US: Port
    type: number
    range: '[0,65535]'
    required: true
    defaultValue: 80
metrics:
  - name: status
    priority: 0
    protocol: http
    fields:
      - field: responseTime
        type: 0
        unit: ms
    http:
      host: ^_^host^_^
      port: ^_^port^_^
      url: /status
      method: GET
      parseType: default
`;

export default function NewPage() {
  const t = useWords('definitions');
  return <TextEditor title={t('new')} back="/definitions" name="" start={{ text: EXAMPLE, etag: null }} draftKey="definition.new" />;
}
