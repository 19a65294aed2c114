import { useState } from 'react';
import { Text } from '@mantine/core';
import { parse, stringify } from 'yaml';
import { useWords } from '@/i18n';
import { CodeEditor } from '@/ui/CodeEditor';
import type { Spec } from './documents';

interface Props {
  value: Spec;
  onChange: (spec: Spec) => void;
  readOnly: boolean;
}

/** The document as a text; what it says goes into the form as soon as it can be read. */
export function JsonTwin({ value, onChange, readOnly }: Props) {
  const t = useWords('alerting');
  const [text, setText] = useState(() => stringify(value, { lineWidth: 0 }));
  const [fault, setFault] = useState<string>();

  function edit(next: string): void {
    setText(next);
    try {
      const read: unknown = parse(next);
      const isMap = typeof read === 'object' && read !== null && !Array.isArray(read);
      setFault(isMap ? undefined : t('edit.noMap'));
      if (isMap) onChange(read as Spec);
    } catch (error) {
      setFault(error instanceof Error ? error.message.split('\n')[0] : String(error));
    }
  }
  return (
    <div>
      <CodeEditor language="yaml" label={t('edit.yaml')} value={text} onChange={edit} readOnly={readOnly} minHeight="16rem" />
      {fault !== undefined && (
        <Text c="red" role="alert">
          {fault}
        </Text>
      )}
    </div>
  );
}
