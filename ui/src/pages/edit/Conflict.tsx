import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api, okWithTag } from '@/api/client';
import { useWords } from '@/i18n';
import { DiffView } from '@/ui/DiffView';
import { Loading } from '@/ui/Loading';
import { ProblemNote } from '@/ui/ProblemNote';
import type { FormField } from '@/ui/SchemaForm';
import type { Stored } from './Editor';
import { fieldsOf, keptSecrets, type Fields } from './fields';
import { writeTwin } from './twinText';

interface Props {
  id: string;
  mine: Fields;
  form: FormField[];
  onTheirs: (theirs: Stored) => void;
  /** With the tag of the version that was looked at: one that comes later is not overwritten unseen. */
  onMine: (tag: string | null) => void;
}

/** Somebody was quicker: what differs, and whose shall count. Mounted anew for each refusal. */
export function Conflict({ id, mine, form, onTheirs, onMine }: Props) {
  const t = useWords('edit');
  const { data, error, refetch } = useQuery({
    queryKey: ['edit', 'theirs', id],
    queryFn: ({ signal }) => okWithTag(api.GET('/api/v1/monitors/{id}', { params: { path: { id } }, signal })),
    staleTime: 0,
    gcTime: 0,
    refetchOnMount: 'always',
    refetchOnWindowFocus: false,
  });
  if (data === undefined) return error === null ? <Loading /> : <ProblemNote error={error} retry={() => void refetch()} />;
  const theirs = fieldsOf(data.data);
  return (
    <Alert color="orange" title={t('stale.title')} role="alert">
      <Stack gap="sm">
        <Text>{t('stale.what', { who: data.data.updated_by ?? t('stale.somebody') })}</Text>
        <DiffView
          language="yaml"
          label={t('stale.label')}
          before={writeTwin(theirs, form, theirs.keep)}
          after={writeTwin(mine, form, keptSecrets(mine, form, data.data))}
        />
        <Group>
          <Button variant="default" onClick={() => onTheirs(data)}>
            {t('stale.theirs')}
          </Button>
          <Button color="orange" onClick={() => onMine(data.etag)}>
            {t('stale.mine')}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
