import { useState } from 'react';
import { ActionIcon, Button, Group, Menu, TextInput } from '@mantine/core';
import { IconBookmark, IconTrash } from '@tabler/icons-react';
import { useWords } from '@/i18n';
import { Name } from '@/ui/Name';

type Search = Record<string, string | string[]>;
interface Props {
  search: Search;
  onPick: (search: Search) => void;
}

const kept = 'holter.filters';
const most = 50;

export function readSaved(): Record<string, Search> {
  try {
    const saved: unknown = JSON.parse(localStorage.getItem(kept) ?? '{}');
    return typeof saved === 'object' && saved !== null && !Array.isArray(saved) ? (saved as Record<string, Search>) : {};
  } catch {
    return {}; // of another version, or nothing is kept
  }
}

/** Filters by name, kept in this browser; the address of the page has the same and can be sent to others. */
export function SavedFilters({ search, onPick }: Props) {
  const t = useWords('monitors');
  const [saved, setSaved] = useState(readSaved);
  const [name, setName] = useState('');
  const names = Object.keys(saved);

  function store(next: Record<string, Search>): void {
    setSaved(next);
    try {
      localStorage.setItem(kept, JSON.stringify(next));
    } catch {
      // It is for this page only, then.
    }
  }

  return (
    <Menu closeOnItemClick withinPortal width={280}>
      <Menu.Target>
        <Button variant="default" leftSection={<IconBookmark size={16} aria-hidden />}>
          {t('saved.title')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {names.length === 0 && <Menu.Label>{t('saved.none')}</Menu.Label>}
        {names.map((one) => (
          <Group key={one} gap={4} wrap="nowrap">
            <Menu.Item onClick={() => onPick(saved[one] ?? {})}>
              <Name>{one}</Name>
            </Menu.Item>
            <ActionIcon
              variant="subtle"
              aria-label={t('saved.remove', { name: one })}
              onClick={() => store(Object.fromEntries(Object.entries(saved).filter(([other]) => other !== one)))}
            >
              <IconTrash size={16} />
            </ActionIcon>
          </Group>
        ))}
        <Menu.Divider />
        <form
          onSubmit={(event) => {
            event.preventDefault();
            const wanted = name.trim();
            if (wanted === '' || (names.length >= most && !(wanted in saved))) return;
            store({ ...saved, [wanted]: search });
            setName('');
          }}
        >
          <Group gap={4} p={4} wrap="nowrap">
            <TextInput
              size="xs"
              aria-label={t('saved.name')}
              placeholder={t('saved.name')}
              maxLength={100}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              onKeyDown={(event) => event.stopPropagation()}
            />
            <Button size="xs" type="submit" disabled={name.trim() === ''}>
              {t('common:actions.save')}
            </Button>
          </Group>
        </form>
      </Menu.Dropdown>
    </Menu>
  );
}
