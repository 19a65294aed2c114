import { useState } from 'react';
import { Button, Group, Popover, SegmentedControl, Stack, TextInput } from '@mantine/core';
import { IconCalendar } from '@tabler/icons-react';
import { useWords } from '@/i18n';
import { boundsOfRange, LASTS, type Range } from './range';

interface Props {
  value: Range;
  onChange: (range: Range) => void;
  lasts?: readonly string[];
}

/** As an input of the kind datetime-local has it, in the viewer's zone. */
function local(ms: number): string {
  const date = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 16);
}

/** The last so long by one click; from and to in a box. */
export function RangePicker({ value, onChange, lasts = LASTS }: Props) {
  const t = useWords('ui');
  const [open, setOpen] = useState(false);
  const bounds = boundsOfRange(value, Date.now());
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const begins = Date.parse(from);
  const ends = Date.parse(to);
  const good = Number.isFinite(begins) && Number.isFinite(ends) && ends > begins;
  const isFixed = !('last' in value);

  function toggle(): void {
    setFrom(local(bounds.from));
    setTo(local(bounds.to));
    setOpen(!open);
  }

  return (
    <Group gap="xs">
      <SegmentedControl
        size="xs"
        aria-label={t('range.title')}
        data={lasts.map((last) => ({ value: last, label: last }))}
        value={isFixed ? '' : value.last}
        onChange={(last) => onChange({ last })}
      />
      <Popover opened={open} onChange={setOpen} trapFocus withinPortal>
        <Popover.Target>
          <Button size="xs" variant={isFixed ? 'filled' : 'default'} leftSection={<IconCalendar size={14} aria-hidden />} onClick={toggle}>
            {t('range.fixed')}
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (!good) return;
              setOpen(false);
              onChange({ from: begins, to: ends });
            }}
          >
            <Stack gap="xs">
              <TextInput type="datetime-local" label={t('range.from')} value={from} onChange={(event) => setFrom(event.currentTarget.value)} />
              <TextInput
                type="datetime-local"
                label={t('range.to')}
                value={to}
                onChange={(event) => setTo(event.currentTarget.value)}
                error={good || to === '' ? undefined : t('range.wrong')}
              />
              <Button type="submit" size="xs" disabled={!good}>
                {t('common:actions.apply')}
              </Button>
            </Stack>
          </form>
        </Popover.Dropdown>
      </Popover>
    </Group>
  );
}
