import { useState } from 'react';
import { Button, Card, Group, Menu, NumberInput, Stack, Textarea, TextInput, Title } from '@mantine/core';
import { IconCheck, IconChevronDown, IconClockPause, IconLink, IconMessage, IconUser } from '@tabler/icons-react';
import { useSession } from '@/api/session';
import { failed, said } from '@/app/notify';
import { useWords } from '@/i18n';
import { useConfirm } from '@/ui/Confirm';
import { act, useAct, type Action } from './actions';
import type { Incident } from './queries';
import { fromInput, inMs, tomorrowMorning } from './times';
import { isSnoozed } from './title';

const HOUR_MS = 3_600_000;

interface Props {
  incident: Incident;
  note: string;
  onNote: (note: string) => void;
  /** The note has gone with something. */
  onDone: () => void;
}

/** All that can be done about one incident. The note goes with whatever is done. */
export function IncidentActions({ incident, note, onNote, onDone }: Props) {
  const t = useWords('incidents');
  const { name: me } = useSession();
  const confirm = useConfirm();
  const action = useAct(incident.id);
  const text = note.trim();

  const run = async (wanted: Action) => {
    try {
      const done = await action.mutateAsync(wanted);
      // The server keeps no text with these: it becomes a comment of its own.
      if (text !== '' && ['snooze', 'link', 'assign'].includes(wanted.verb))
        await act(done.id, { verb: 'comment', text });
      onDone();
      said(t(`did.${wanted.verb}`));
    } catch (error) {
      failed(error);
    }
  };
  const withText = text === '' ? {} : { text };
  const resolve = async () => {
    const sure = await confirm({ title: t('resolve.title'), body: t('resolve.what'), yes: t('do.resolve'), danger: true });
    if (sure) await run({ verb: 'resolve', ...withText });
  };
  const busy = action.isPending;

  return (
    <Card component="section" aria-label={t('do.title')}>
      <Title order={2} size="h4" mb="xs">
        {t('do.title')}
      </Title>
      <Stack gap="sm">
        <Textarea
          label={t('do.note')}
          description={t('do.noteWhat')}
          value={note}
          onChange={(event) => onNote(event.currentTarget.value)}
          maxLength={4096}
          autosize
          minRows={2}
          maxRows={8}
        />
        <Group gap="xs">
          <Button
            size="xs"
            variant="default"
            disabled={busy || text === ''}
            leftSection={<IconMessage size={16} aria-hidden />}
            onClick={() => void run({ verb: 'comment', text })}
          >
            {t('do.comment')}
          </Button>
          {incident.open && (
            <>
              {incident.acknowledged === null ? (
                <Button
                  size="xs"
                  disabled={busy}
                  leftSection={<IconCheck size={16} aria-hidden />}
                  onClick={() => void run({ verb: 'acknowledge', ...withText })}
                >
                  {t('do.acknowledge')}
                </Button>
              ) : (
                <Button
                  size="xs"
                  variant="default"
                  disabled={busy}
                  onClick={() => void run({ verb: 'acknowledge', undo: true, ...withText })}
                >
                  {t('do.unacknowledge')}
                </Button>
              )}
              <SnoozeMenu incident={incident} busy={busy} onSnooze={(until) => void run({ verb: 'snooze', until })} />
              <Button size="xs" color="red" variant="light" disabled={busy} onClick={() => void resolve()}>
                {t('do.resolve')}
              </Button>
            </>
          )}
        </Group>
        {incident.open && (
          <Assign
            key={incident.assignee ?? ''}
            assignee={incident.assignee ?? ''}
            me={me}
            busy={busy}
            onAssign={(assignee) => void run({ verb: 'assign', assignee })}
          />
        )}
        <LinkTo incident={incident} busy={busy} onLink={(other) => void run({ verb: 'link', incident: other })} />
      </Stack>
    </Card>
  );
}

function SnoozeMenu({ incident, busy, onSnooze }: { incident: Incident; busy: boolean; onSnooze: (until: string | null) => void }) {
  const t = useWords('incidents');
  const [custom, setCustom] = useState('');
  const until = fromInput(custom);
  return (
    <Menu position="bottom-start" trapFocus>
      <Menu.Target>
        <Button
          size="xs"
          variant="default"
          disabled={busy}
          leftSection={<IconClockPause size={16} aria-hidden />}
          rightSection={<IconChevronDown size={14} aria-hidden />}
        >
          {t('do.snooze')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => onSnooze(inMs(HOUR_MS))}>{t('last.1h')}</Menu.Item>
        <Menu.Item onClick={() => onSnooze(inMs(4 * HOUR_MS))}>{t('last.4h')}</Menu.Item>
        <Menu.Item onClick={() => onSnooze(inMs(24 * HOUR_MS))}>{t('last.24h')}</Menu.Item>
        <Menu.Item onClick={() => onSnooze(tomorrowMorning())}>{t('snooze.morning')}</Menu.Item>
        {isSnoozed(incident) && <Menu.Item onClick={() => onSnooze(null)}>{t('snooze.end')}</Menu.Item>}
        <Menu.Divider />
        <Group gap={6} p={6} align="flex-end" wrap="nowrap">
          <TextInput
            size="xs"
            type="datetime-local"
            label={t('snooze.until')}
            value={custom}
            onChange={(event) => setCustom(event.currentTarget.value)}
          />
          <Button size="xs" disabled={until === null} onClick={() => until !== null && onSnooze(until)}>
            {t('do.snooze')}
          </Button>
        </Group>
      </Menu.Dropdown>
    </Menu>
  );
}

function Assign(props: { assignee: string; me: string; busy: boolean; onAssign: (assignee: string) => void }) {
  const t = useWords('incidents');
  const [to, setTo] = useState(props.assignee);
  const changed = to.trim() !== props.assignee;
  return (
    <Group gap="xs" align="flex-end">
      <TextInput
        size="xs"
        style={{ flex: '1 1 140px' }}
        label={t('assign.label')}
        placeholder={t('assign.nobody')}
        value={to}
        maxLength={200}
        autoComplete="off"
        onChange={(event) => setTo(event.currentTarget.value)}
      />
      <Button size="xs" variant="default" disabled={props.busy || !changed} onClick={() => props.onAssign(to.trim())}>
        {t('assign.do')}
      </Button>
      {props.assignee !== props.me && (
        <Button
          size="xs"
          variant="default"
          disabled={props.busy}
          leftSection={<IconUser size={16} aria-hidden />}
          onClick={() => props.onAssign(props.me)}
        >
          {t('assign.me')}
        </Button>
      )}
    </Group>
  );
}

function LinkTo({ incident, busy, onLink }: { incident: Incident; busy: boolean; onLink: (other: number | null) => void }) {
  const t = useWords('incidents');
  const [other, setOther] = useState<number | null>(null);
  if (incident.linked !== null)
    return (
      <Button size="xs" variant="subtle" disabled={busy} onClick={() => onLink(null)}>
        {t('link.end', { id: incident.linked })}
      </Button>
    );
  return (
    <Group gap="xs" align="flex-end">
      <NumberInput
        size="xs"
        style={{ flex: '1 1 140px' }}
        label={t('link.label')}
        placeholder="7"
        min={1}
        max={Number.MAX_SAFE_INTEGER}
        allowDecimal={false}
        hideControls
        value={other ?? ''}
        onChange={(value) => setOther(typeof value === 'number' ? value : null)}
      />
      <Button
        size="xs"
        variant="default"
        disabled={busy || other === null || other === incident.id}
        leftSection={<IconLink size={16} aria-hidden />}
        onClick={() => onLink(other)}
      >
        {t('link.do')}
      </Button>
    </Group>
  );
}
