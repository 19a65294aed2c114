import { Checkbox, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useLanguage, useWords } from '@/i18n';
import { Name } from '@/ui/Name';
import { SeverityBadge } from '@/ui/SeverityBadge';
import { Time } from '@/ui/Time';
import { duration } from '@/ui/format';
import { Flags } from './Flags';
import type { Incident } from './queries';
import { titleOf } from './title';
import classes from './incidents.module.css';

interface Props {
  incident: Incident;
  /** undefined: it cannot be selected. */
  selected: boolean | undefined;
  onSelect: (selected: boolean) => void;
}

export function IncidentRow({ incident, selected, onSelect }: Props) {
  const t = useWords('incidents');
  const [language] = useLanguage();
  const title = titleOf(incident);
  const lasted =
    incident.started !== null && incident.ended !== null
      ? Date.parse(incident.ended) - Date.parse(incident.started)
      : null;
  return (
    <li className={classes.row} data-selectable={selected !== undefined || undefined}>
      {selected !== undefined && (
        <Checkbox
          checked={selected}
          onChange={(event) => onSelect(event.currentTarget.checked)}
          aria-label={t('list.select', { title })}
        />
      )}
      <SeverityBadge severity={incident.severity} />
      <div className={classes.main}>
        <Link to="/incidents/$name" params={{ name: String(incident.id) }} className={classes.title}>
          <Name>{title}</Name>
        </Link>
        <Text component="div" size="sm" c="dimmed" className={classes.under}>
          <span>#{incident.id}</span>
          <Name>{incident.rule}</Name>
          {incident.labels['monitor'] !== undefined && <Name>{incident.labels['monitor']}</Name>}
          <Flags incident={incident} />
        </Text>
      </div>
      <Text component="div" size="sm" c="dimmed" className={classes.when}>
        {incident.started !== null && <Time at={incident.started} />}
        {lasted !== null && <span>{t('list.lasted', { time: duration(lasted, language) })}</span>}
      </Text>
    </li>
  );
}
