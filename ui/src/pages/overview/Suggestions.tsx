import { useState } from 'react';
import { Alert, Button, Group, List, Progress, Select, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Schemas } from '@/api/client';
import { useWords } from '@/i18n';
import { Name } from '@/ui/Name';
import { useUnsaved } from '@/ui/useUnsaved';
import { foldersQuery } from './queries';
import { SuggestionCard } from './SuggestionCard';
import { keyOf, stillMissing, type Draft, type Suggestion } from './suggestions';
import { useSaving } from './useSaving';
import classes from './overview.module.css';

/** More would keep the server, and whoever waits for the first, busy with what nobody may want. */
const TRIED_AT_ONCE = 6;

interface Props {
  report: Schemas['SuggestReport'];
  onDone: () => void;
}

export function Suggestions({ report, onDone }: Props) {
  const t = useWords('overview');
  const folders = useQuery(foldersQuery);
  const [folder, setFolder] = useState('');
  const [drafts, setDrafts] = useState<Record<string, Draft>>({});
  const [picked, setPicked] = useState<ReadonlySet<string>>(
    () => new Set(report.suggestions.filter((one) => one.missing.length === 0 && one.reachable).map(keyOf)),
  );
  const saving = useSaving();

  const draftOf = (suggestion: Suggestion): Draft => ({
    ...(drafts[keyOf(suggestion)] ?? { name: suggestion.name, params: {} }),
    folder,
  });
  const wanted = report.suggestions
    .filter((one) => picked.has(keyOf(one)) && !(keyOf(one) in saving.saved))
    .map((suggestion) => ({ suggestion, draft: draftOf(suggestion) }))
    .filter(({ suggestion, draft }) => stillMissing(suggestion, draft).length === 0 && draft.name.trim() !== '');
  useUnsaved(
    report.suggestions.some(
      (one) => !(keyOf(one) in saving.saved) && Object.values(draftOf(one).params).some((value) => value !== ''),
    ),
  );
  const count = Object.keys(saving.saved).length;
  const busy = saving.progress !== null;
  const paths = folders.data?.folders.map((one) => one.path).filter((path) => path !== '') ?? [];

  return (
    <Stack>
      {count > 0 && !busy && <Saved count={count} onDone={onDone} />}
      {report.suggestions.length === 0 && (
        <Alert title={t('start.nothing')}>{t(report.kind === 'network' ? 'start.nothingNetwork' : 'start.nothingHost')}</Alert>
      )}
      {report.suggestions.length > 0 && (
        <Group justify="space-between" align="flex-end">
          {paths.length > 0 && (
            <Select
              label={t('start.folder')}
              placeholder={t('start.root')}
              data={paths}
              value={folder === '' ? null : folder}
              onChange={(value) => setFolder(value ?? '')}
              clearable
              searchable
              disabled={busy}
            />
          )}
          {busy ? (
            <Group role="status" style={{ flex: 1 }}>
              <Progress value={(100 * saving.progress!.done) / saving.progress!.total} style={{ flex: 1 }} aria-label={t('start.saving')} />
              <Text size="sm">{t('start.savingOf', { ...saving.progress })}</Text>
              <Button variant="default" size="xs" onClick={saving.stop}>
                {t('start.stop')}
              </Button>
            </Group>
          ) : (
            <Button disabled={wanted.length === 0} onClick={() => void saving.save(wanted)}>
              {t('start.saveAll', { n: wanted.length })}
            </Button>
          )}
        </Group>
      )}
      <Stack component="ul" className={classes.rows} gap="sm" aria-label={t('start.suggestions')}>
        {report.suggestions.map((suggestion, index) => {
          const key = keyOf(suggestion);
          const draft = draftOf(suggestion);
          return (
            <SuggestionCard
              key={key}
              suggestion={suggestion}
              draft={draft}
              onDraft={(next) => {
                setDrafts((before) => ({ ...before, [key]: next }));
                if (suggestion.missing.length > 0 && stillMissing(suggestion, next).length === 0)
                  setPicked((before) => new Set(before).add(key));
              }}
              picked={picked.has(key)}
              onPick={(on) =>
                setPicked((before) => {
                  const next = new Set(before);
                  if (on) next.add(key);
                  else next.delete(key);
                  return next;
                })
              }
              auto={index < TRIED_AT_ONCE}
              saved={saving.saved[key]}
              error={saving.failed[key]}
              busy={busy}
              onSave={() => void saving.save([{ suggestion, draft }])}
            />
          );
        })}
      </Stack>
      {report.truncated && <Alert color="yellow">{t('start.truncated')}</Alert>}
      {report.skipped.length > 0 && (
        <details>
          <summary>{t('start.skipped', { n: report.skipped.length })}</summary>
          <List size="sm">
            {report.skipped.map((one, index) => (
              <List.Item key={index}>
                <Name wrap>{`${one.what}: ${one.reason}`}</Name>
              </List.Item>
            ))}
          </List>
        </details>
      )}
    </Stack>
  );
}

function Saved({ count, onDone }: { count: number; onDone: () => void }) {
  const t = useWords('overview');
  return (
    <Alert color="green" title={t('start.saved', { n: count })} role="status">
      <Group>
        <Button onClick={onDone}>{t('start.toOverview')}</Button>
        <Button variant="default" renderRoot={(props) => <Link to="/alerting/receivers/new" {...props} />}>
          {t('start.tell')}
        </Button>
      </Group>
    </Alert>
  );
}
