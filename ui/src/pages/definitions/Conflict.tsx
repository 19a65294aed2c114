import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useWords } from '@/i18n';
import { DiffView } from '@/ui/DiffView';
import { Loading } from '@/ui/Loading';
import { ProblemNote } from '@/ui/ProblemNote';
import { definitionQuery, readWritten, type Written } from './queries';

interface Props {
  name: string;
  mine: string;
  onTheirs: (theirs: Written) => void;
  /** With the tag of what was looked at: what comes later is not overwritten unseen. */
  onMine: (tag: string | null) => void;
}

/** Somebody was quicker: what differs, and whose shall count. Mounted anew for each refusal. */
export function Conflict({ name, mine, onTheirs, onMine }: Props) {
  const t = useWords('definitions');
  const fresh = { staleTime: 0, gcTime: 0, refetchOnMount: 'always', refetchOnWindowFocus: false } as const;
  const { data, error, refetch } = useQuery({ queryKey: ['definitions', name, 'theirs'], queryFn: ({ signal }) => readWritten(name, signal), ...fresh });
  const who = useQuery({ ...definitionQuery(name), refetchOnMount: 'always' });
  if (data === undefined) return error === null ? <Loading /> : <ProblemNote error={error} retry={() => void refetch()} />;
  return (
    <Alert color="orange" title={t('stale.title')} role="alert">
      <Stack gap="sm">
        <Text>{t('stale.what', { who: who.data?.updated_by ?? t('stale.somebody') })}</Text>
        <DiffView language="yaml" label={t('stale.label')} before={data.text} after={mine} />
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
