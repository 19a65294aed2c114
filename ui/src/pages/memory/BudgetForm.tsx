import { useState } from 'react';
import { Button, Group, Paper, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, ok } from '@/api/client';
import { said } from '@/app/notify';
import { useWords } from '@/i18n';
import { useConfirm } from '@/ui/Confirm';
import { bytes } from '@/ui/format';
import { ProblemNote } from '@/ui/ProblemNote';

/** Changes the budget of the running process; the configuration decides again at the next start. */
export function BudgetForm({ budget }: { budget: number }) {
  const t = useWords('memory');
  const confirm = useConfirm();
  const client = useQueryClient();
  const [text, setText] = useState('');
  const change = useMutation({
    mutationFn: (wanted: string | null) => ok(api.PUT('/api/v1/memory/budget', { body: { budget: wanted } })),
    onSuccess: (now) => {
      setText('');
      said(t('budgetIs', { budget: bytes(now.budget_bytes) }));
      void client.invalidateQueries({ queryKey: ['memory'] });
    },
  });
  async function send(wanted: string | null): Promise<void> {
    if (await confirm({ title: t('budgetTitle'), body: t('budgetWhat') })) change.mutate(wanted);
  }
  return (
    <Paper withBorder p="md" component="section">
      <Title order={2} size="h4" mb="xs">
        {t('budget')}
      </Title>
      <Text c="dimmed" fz="sm" mb="sm">
        {t('budgetNow', { budget: bytes(budget) })}
      </Text>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send(text.trim());
        }}
      >
        <Group align="flex-end">
          <TextInput label={t('budgetNew')} placeholder="128MiB" value={text} onChange={(event) => setText(event.currentTarget.value)} />
          <Button type="submit" disabled={text.trim() === ''} loading={change.isPending}>
            {t('common:actions.apply')}
          </Button>
          <Button variant="default" onClick={() => void send(null)}>
            {t('budgetDefault')}
          </Button>
        </Group>
      </form>
      {change.error !== null && <ProblemNote error={change.error} />}
    </Paper>
  );
}
