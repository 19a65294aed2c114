import { useState } from 'react';
import { ActionIcon, Button, Fieldset, Group, Stack, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useWords } from '@/i18n';

interface Props {
  value: Record<string, string>;
  onChange: (labels: Record<string, string>) => void;
  label?: string;
  disabled?: boolean;
  error?: string | undefined;
}

type Row = [name: string, value: string];

function toLabels(rows: Row[]): Record<string, string> {
  return Object.fromEntries(rows.filter(([name]) => name !== ''));
}
function same(a: Record<string, string>, b: Record<string, string>): boolean {
  return JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
}

/** Names and values, a line each. A name that is there twice is said, and the later one counts. */
export function LabelInput({ value, onChange, label, disabled = false, error }: Props) {
  const t = useWords('ui');
  const [rows, setRows] = useState<Row[]>(Object.entries(value));
  // Somebody else has changed it: a draft was taken up, or the text beside it was edited.
  const shown = same(toLabels(rows), value) ? rows : Object.entries(value);

  function change(next: Row[]): void {
    setRows(next);
    onChange(toLabels(next));
  }
  const isDouble = (name: string) => name !== '' && shown.filter((row) => row[0] === name).length > 1;

  return (
    <Fieldset legend={label ?? t('labels.title')} disabled={disabled}>
      <Stack gap="xs">
        {shown.map(([name, text], i) => (
          <Group key={i} gap="xs" wrap="nowrap" align="flex-start">
            <TextInput
              aria-label={t('labels.name', { n: i + 1 })}
              placeholder={t('labels.namePlaceholder')}
              value={name}
              maxLength={100}
              flex={1}
              error={isDouble(name) ? t('labels.double') : undefined}
              onChange={(event) => change(shown.with(i, [event.currentTarget.value, text]))}
            />
            <TextInput
              aria-label={t('labels.value', { n: i + 1 })}
              placeholder={t('labels.valuePlaceholder')}
              value={text}
              maxLength={1000}
              flex={2}
              onChange={(event) => change(shown.with(i, [name, event.currentTarget.value]))}
            />
            <ActionIcon variant="default" size="lg" aria-label={t('labels.remove', { n: i + 1 })} onClick={() => change(shown.toSpliced(i, 1))}>
              <IconTrash size={16} />
            </ActionIcon>
          </Group>
        ))}
        {error !== undefined && <span role="alert">{error}</span>}
        <Button variant="subtle" size="xs" w="fit-content" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setRows([...shown, ['', '']])}>
          {t('labels.add')}
        </Button>
      </Stack>
    </Fieldset>
  );
}
