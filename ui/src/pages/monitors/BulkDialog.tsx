import { useState } from 'react';
import { Alert, Button, Group, Modal, Select, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { api, ok, type Schemas } from '@/api/client';
import { said } from '@/app/notify';
import { useWords } from '@/i18n';
import { number } from '@/ui/format';
import { LabelInput } from '@/ui/LabelInput';
import { Loading } from '@/ui/Loading';
import { ProblemNote } from '@/ui/ProblemNote';
import type { BulkAction } from './BulkBar';
import { foldersQuery } from './FolderTree';
import type { BulkFilter } from './filter';

interface Props {
  action: BulkAction;
  filter: BulkFilter;
  onClose: () => void;
  onDone: () => void;
}
type Edit = NonNullable<Schemas['BulkOrder']['edit']>;

interface Fields {
  interval: string;
  criticality: string | null;
  folder: string | null;
  labels: Record<string, string>;
  without: string[];
}

/** What the API is told: only what is to change. */
export function editOf(fields: Fields): Edit {
  const labels: Record<string, string | null> = { ...fields.labels };
  for (const name of fields.without) labels[name] = null;
  return {
    ...(fields.interval.trim() === '' ? {} : { interval: fields.interval.trim() }),
    ...(fields.criticality === null ? {} : { criticality: fields.criticality as 'critical' | 'normal' | 'low' }),
    ...(fields.folder === null ? {} : { folder: fields.folder }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
  };
}

const root = '/';

/** First what would come out, by a dry run; then the change itself. Large ones go on when the dialog is left. */
export function BulkDialog({ action, filter, onClose, onDone }: Props) {
  const t = useWords('monitors');
  const [fields, setFields] = useState<Fields>({ interval: '', criticality: null, folder: null, labels: {}, without: [] });
  const folders = useQuery({ ...foldersQuery, enabled: action === 'edit' });
  const edit = editOf(fields);
  const isReady = action !== 'edit' || Object.keys(edit).length > 0;
  const order = (dry_run: boolean) => ({ filter, action, dry_run, ...(action === 'edit' ? { edit } : {}) });
  const send = (dry_run: boolean) => ok(api.POST('/api/v1/monitors/bulk', { body: order(dry_run) }));
  const dry = useQuery({
    queryKey: ['monitors', 'bulk', order(true)],
    queryFn: () => send(true),
    enabled: isReady,
    staleTime: 0,
    gcTime: 0,
  });
  const change = useMutation({
    mutationFn: () => send(false),
    onSuccess: ({ changed }) => {
      said(t(`bulk.done_${action}`, { n: number(changed) }));
      onDone();
    },
  });

  return (
    <Modal opened onClose={onClose} size="lg" title={t(`bulk.title_${action}`)} closeButtonProps={{ 'aria-label': t('common:actions.close') }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady && dry.data !== undefined) change.mutate();
        }}
      >
        <Stack>
          {action === 'edit' && (
            <>
              <Text c="dimmed">{t('bulk.editWhat')}</Text>
              <TextInput label={t('bulk.interval')} placeholder="30s" value={fields.interval} onChange={(event) => setFields({ ...fields, interval: event.currentTarget.value })} />
              <Select
                label={t('bulk.criticality')}
                clearable
                data={(['critical', 'normal', 'low'] as const).map((value) => ({ value, label: t(`criticality.${value}`) }))}
                value={fields.criticality}
                onChange={(criticality) => setFields({ ...fields, criticality })}
              />
              <Select
                label={t('bulk.folder')}
                clearable
                searchable
                data={(folders.data?.folders ?? []).filter((one) => one.stored || one.path === '').map((one) => ({ value: one.path === '' ? root : one.path, label: one.path === '' ? t('folders.root') : one.path }))}
                value={fields.folder === '' ? root : fields.folder}
                onChange={(folder) => setFields({ ...fields, folder: folder === root ? '' : folder })}
              />
              <LabelInput label={t('bulk.labels')} value={fields.labels} onChange={(labels) => setFields({ ...fields, labels })} />
              <TagsInput label={t('bulk.without')} value={fields.without} onChange={(without) => setFields({ ...fields, without })} acceptValueOnBlur />
            </>
          )}
          {!isReady ? (
            <Text c="dimmed">{t('bulk.nothingYet')}</Text>
          ) : dry.data === undefined ? (
            dry.isError ? <ProblemNote error={dry.error} retry={() => void dry.refetch()} /> : <Loading />
          ) : (
            <Alert color={action === 'delete' ? 'red' : 'blue'} role="status">
              {t(`bulk.would_${action}`, { n: number(dry.data.changed), matched: number(dry.data.matched) })}
              {dry.data.in_files > 0 && ` ${t('bulk.inFiles', { n: number(dry.data.in_files) })}`}
            </Alert>
          )}
          {change.error !== null && <ProblemNote error={change.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common:actions.cancel')}
            </Button>
            <Button type="submit" color={action === 'delete' ? 'red' : undefined} loading={change.isPending} disabled={!isReady || dry.data === undefined || dry.data.changed === 0}>
              {t(`bulk.${action}`)}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
