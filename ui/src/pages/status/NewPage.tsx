import { useState } from 'react';
import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { api, ok } from '@/api/client';
import { toProblem } from '@/api/problem';
import { said } from '@/app/notify';
import { useWords } from '@/i18n';
import { PageHeader } from '@/ui/PageHeader';
import { ProblemNote } from '@/ui/ProblemNote';
import { useDraft } from '@/ui/useDraft';
import { useUnsaved } from '@/ui/useUnsaved';
import { emptyPage, type Fields } from './form';
import { PageForm } from './PageForm';

export default function NewPage() {
  const t = useWords('status');
  const navigate = useNavigate();
  const client = useQueryClient();
  const [empty] = useState(() => JSON.stringify(emptyPage()));
  const [edited, setEdited] = useState<Fields | null>(null);
  const draft = useDraft<Fields>('status.new', edited);
  const value = edited ?? draft.kept ?? (JSON.parse(empty) as Fields);
  const save = useMutation({
    mutationFn: () => ok(api.POST('/api/v1/status-pages', { body: value })),
    onSuccess: async ({ slug }) => {
      draft.forget();
      setEdited(null);
      said(t('saved'));
      await client.invalidateQueries({ queryKey: ['status'] });
      await navigate({ to: '/status-pages/$slug', params: { slug } });
    },
  });
  useUnsaved(edited !== null && !save.isPending && !save.isSuccess);
  const problem = save.error === null ? null : toProblem(save.error);

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <PageHeader
        title={t('new.title')}
        back="/status-pages"
        actions={
          <Button type="submit" loading={save.isPending}>
            {t('common:actions.save')}
          </Button>
        }
      />
      {problem !== null && <ProblemNote error={problem} />}
      <PageForm value={value} onChange={setEdited} isNew readOnly={false} errors={Object.fromEntries(problem?.fields.map((one) => [one.name, one.detail]) ?? [])} />
    </form>
  );
}
