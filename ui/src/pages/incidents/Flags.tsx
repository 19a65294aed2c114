import { Badge, Group } from '@mantine/core';
import {
  IconBellOff,
  IconCheck,
  IconClockPause,
  IconLink,
  IconShieldOff,
  IconUser,
  type Icon,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useWords } from '@/i18n';
import { Name } from '@/ui/Name';
import { Time } from '@/ui/Time';
import type { Incident } from './queries';
import { isSnoozed } from './title';

/** What people and rules have done about it so far. */
export function Flags({ incident }: { incident: Incident }) {
  const t = useWords('incidents');
  return (
    <Group gap={6} component="span">
      {incident.acknowledged !== null && (
        <Flag icon={IconCheck} color="green">
          {t('flags.acknowledged')}
          {incident.acknowledged_by !== null && <Name>{incident.acknowledged_by}</Name>}
        </Flag>
      )}
      {incident.assignee !== null && incident.assignee !== '' && (
        <Flag icon={IconUser} color="blue">
          {t('flags.assigned')}
          <Name>{incident.assignee}</Name>
        </Flag>
      )}
      {incident.open && isSnoozed(incident) && (
        <Flag icon={IconClockPause} color="grape">
          {t('flags.snoozed')} <Time at={incident.snoozed_until as string} />
        </Flag>
      )}
      {incident.open && incident.silenced_by.length > 0 && (
        <Flag icon={IconBellOff} color="grape">
          {t('flags.silenced')}
        </Flag>
      )}
      {incident.open && incident.inhibited_by !== null && (
        <Flag icon={IconShieldOff} color="grape">
          {t('flags.inhibited')}
        </Flag>
      )}
      {incident.linked !== null && (
        <Flag icon={IconLink} color="gray">
          {t('flags.linked', { id: incident.linked })}
        </Flag>
      )}
      {!incident.open && (
        <Flag color="gray">
          {t('flags.ended')}
          {incident.resolution !== null && <Resolution word={incident.resolution} />}
        </Flag>
      )}
    </Group>
  );
}

const RESOLUTIONS = ['recovered', 'vanished', 'deleted', 'paused', 'unreachable', 'rule gone', 'by hand', 'expired'];

/** Why it ended, in the reader's words where they are known. */
export function Resolution({ word }: { word: string }) {
  const t = useWords('incidents');
  return RESOLUTIONS.includes(word) ? t(`resolution.${word.replaceAll(' ', '_')}`) : <Name>{word}</Name>;
}

function Flag({ icon: Sign, color, children }: { icon?: Icon; color: string; children: ReactNode }) {
  return (
    <Badge
      component="span"
      variant="light"
      color={color}
      tt="none"
      maw="100%"
      leftSection={Sign && <Sign size={12} aria-hidden />}
    >
      <Group component="span" gap={4} wrap="nowrap">
        {children}
      </Group>
    </Badge>
  );
}
