import { useState } from 'react';
import { Anchor, Button, Group, Table, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { Schemas } from '@/api/client';
import { useLanguage, useWords } from '@/i18n';
import { Name } from '@/ui/Name';
import { Time } from '@/ui/Time';
import { duration, number } from '@/ui/format';
import { CodeBadge } from './CodeBadge';
import { Section } from './Section';
import { Wide } from './Wide';
import { rowName } from './labels';
import type { SetResult } from './queries';
import { writePick } from './series';
import type { Names } from './useNames';
import classes from './monitor.module.css';

type Cell = Schemas['Cell'];

interface Props {
  set: SetResult;
  names: Names;
  /** Whose values they are: a number leads to its chart. Without it nothing is kept of them, as of a test. */
  monitor?: string;
  /** Rows that are shown at first. */
  most: number;
}

export function SetTable({ set, names, monitor, most }: Props) {
  const t = useWords('monitor');
  const [language] = useLanguage();
  return (
    <Section
      title={names.set(set.set)}
      actions={
        <Group gap="xs">
          {set.code !== null && <CodeBadge code={set.code} />}
          {set.duration_ms !== null && <Text size="sm">{duration(set.duration_ms, language)}</Text>}
          <Text size="sm" c="dimmed" component="span">
            {set.time === null ? t('facts.never') : <Time at={set.time} />}
          </Text>
        </Group>
      }
    >
      {set.message !== '' && (
        <Text size="sm" component="div" mb="xs">
          <Name wrap>{set.message}</Name>
        </Text>
      )}
      <Rows set={set} names={names} monitor={monitor} most={most} />
    </Section>
  );
}

/** One row reads better downwards; several are compared side by side. */
export function Rows(props: Props) {
  const t = useWords('monitor');
  const { rows } = props.set;
  if (rows.length === 0)
    return (
      <Text size="sm" c="dimmed">
        {t('results.noRows')}
      </Text>
    );
  return rows.length === 1 ? <SingleRow {...props} row={rows[0]!} /> : <ManyRows {...props} />;
}

function pickOf({ monitor, set }: Props, labels: string, cell: Cell): string | undefined {
  return monitor && writePick({ monitor, set: set.set, field: cell.field, labels }, false);
}

function SingleRow({ row, ...props }: Props & { row: Schemas['ResultRow'] }) {
  const { set, names, monitor } = props;
  return (
    <Wide label={names.set(set.set)}>
      {row.labels !== '' && (
        <Text fw={600} component="div">
          <Name>{rowName(row.labels)}</Name>
        </Text>
      )}
      <Table>
        <Table.Tbody>
          {row.cells.map((cell) => (
            <Table.Tr key={cell.field}>
              <Table.Th scope="row" className={classes.cell}>
                <Name>{names.field(set.set, cell.field)}</Name>
              </Table.Th>
              <Value cell={cell} monitor={monitor} pick={pickOf(props, row.labels, cell)} />
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Wide>
  );
}

function ManyRows(props: Props) {
  const { set, names, monitor, most } = props;
  const t = useWords('monitor');
  const [all, setAll] = useState(false);
  const shown = all ? set.rows : set.rows.slice(0, most);
  // Rows of a dynamic set need not have the same fields.
  const columns = new Map(set.rows.flatMap((row) => row.cells.map((cell) => [cell.field, cell.type])));
  return (
    <>
      <Wide label={names.set(set.set)}>
        <Table striped>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('results.row')}</Table.Th>
              {[...columns].map(([field, type]) => (
                <Table.Th key={field} className={type === 'number' ? classes.number : undefined}>
                  <Name>{names.field(set.set, field)}</Name>
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map((row, index) => (
              <Table.Tr key={`${row.labels} ${index}`}>
                <Table.Th scope="row" className={classes.cell}>
                  <Name>{rowName(row.labels)}</Name>
                </Table.Th>
                {[...columns.keys()].map((field) => {
                  const cell = row.cells.find((one) => one.field === field);
                  return cell === undefined ? (
                    <Table.Td key={field} />
                  ) : (
                    <Value key={field} cell={cell} monitor={monitor} pick={pickOf(props, row.labels, cell)} />
                  );
                })}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Wide>
      {shown.length < set.rows.length && (
        <Button variant="subtle" onClick={() => setAll(true)}>
          {t('results.all', { n: set.rows.length })}
        </Button>
      )}
    </>
  );
}

function Value({ cell, monitor, pick }: { cell: Cell; monitor: string | undefined; pick: string | undefined }) {
  const t = useWords('monitor');
  if (cell.value === null)
    return (
      <Table.Td className={cell.type === 'number' ? classes.number : classes.cell} c="dimmed">
        {t('results.noValue')}
      </Table.Td>
    );
  if (cell.type !== 'number' || typeof cell.value !== 'number')
    return (
      <Table.Td className={classes.cell}>
        <Name wrap>{String(cell.value)}</Name>
      </Table.Td>
    );
  const text = number(cell.value, cell.unit);
  return (
    <Table.Td className={classes.number}>
      {pick === undefined || cell.series === '' ? (
        text
      ) : (
        <Anchor
          title={t('results.chart')}
          renderRoot={(props) => (
            <Link to="/monitors/$id" params={{ id: monitor! }} search={{ tab: 'charts', fields: [pick] } as never} {...props} />
          )}
        >
          {text}
        </Anchor>
      )}
    </Table.Td>
  );
}
