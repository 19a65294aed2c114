import { ActionIcon, Button, Fieldset, Group, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import type { Schemas } from '@/api/client';
import { useWords } from '@/i18n';

type Steps = NonNullable<Schemas['AlertRoutesSpec']['escalation']>;

interface Props {
  value: Steps;
  onChange: (steps: Steps) => void;
  names: string[];
  readOnly: boolean;
}

/** Who is told when nobody has acknowledged an incident for so long. */
export function EscalationForm({ value, onChange, names, readOnly }: Props) {
  const t = useWords('alerting');
  return (
    <Fieldset legend={t('escalation.title')} disabled={readOnly}>
      <Stack>
        <Text c="dimmed" fz="sm">
          {t('escalation.what')}
        </Text>
        {value.map((step, i) => (
          <Group key={i} align="flex-end" wrap="nowrap">
            <TextInput
              label={t('escalation.after')}
              placeholder="15m"
              w={110}
              value={step.after}
              onChange={(event) => onChange(value.with(i, { ...step, after: event.currentTarget.value }))}
            />
            <TagsInput
              flex={1}
              label={t('routes.receivers')}
              data={names}
              value={step.receivers}
              onChange={(receivers) => onChange(value.with(i, { ...step, receivers }))}
              acceptValueOnBlur
            />
            <ActionIcon variant="default" size="lg" aria-label={t('escalation.remove', { n: i + 1 })} onClick={() => onChange(value.toSpliced(i, 1))}>
              <IconTrash size={16} />
            </ActionIcon>
          </Group>
        ))}
        <Button size="xs" variant="default" w="fit-content" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => onChange([...value, { after: '', receivers: [] }])}>
          {t('escalation.add')}
        </Button>
      </Stack>
    </Fieldset>
  );
}
