import { useEffect, useState } from 'react';
import { Text } from '@mantine/core';
import { useWords } from '@/i18n';
import { CodeEditor, type CodeFault } from '@/ui/CodeEditor';
import type { FormField } from '@/ui/SchemaForm';
import type { Fields } from './fields';
import { readTwin, writeTwin } from './twinText';

interface Props {
  value: Fields;
  onChange: (fields: Fields) => void;
  form: FormField[];
  kept: string[];
  /** Whether what stands there cannot be read: then the fields are those of before. */
  onFault: (isFaulty: boolean) => void;
}

/** The form as a text. Both change together; what was typed as a secret is in the form only. */
export default function Twin({ value, onChange, form, kept, onFault }: Props) {
  const t = useWords('edit');
  const [text, setText] = useState(() => writeTwin(value, form, kept));
  const [fault, setFault] = useState<CodeFault | null>(null);
  useEffect(() => () => onFault(false), [onFault]);
  const wrong = (key: string) => (key === '' ? t('yamlMap') : t('yamlKey', { key }));

  function edit(next: string): void {
    if (next === text) return;
    setText(next);
    const read = readTwin(next, value, form, wrong);
    const found = 'fault' in read ? read.fault : null;
    setFault(found);
    onFault(found !== null);
    if ('fields' in read) onChange(read.fields);
  }

  return (
    <div>
      <Text c="dimmed" fz="sm" mb="xs">
        {t('yamlWhat')}
      </Text>
      <CodeEditor
        language="yaml"
        label={t('yaml')}
        value={text}
        onChange={edit}
        lint={async (now) => {
          const read = readTwin(now, value, form, wrong);
          return 'fault' in read ? [read.fault] : [];
        }}
        minHeight="20rem"
      />
      {fault !== null && (
        <Text c="red" role="alert">
          {t('yamlLine', { line: fault.line, message: fault.message })}
        </Text>
      )}
    </div>
  );
}
