import { useEffect, useState } from 'react';
import { Spotlight, type SpotlightActionData } from '@mantine/spotlight';
import { IconSearch } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { areas, type PaletteHit } from '@/app/areas';
import { useMaySee } from '@/app/useMaySee';
import { useWords } from '@/i18n';

const pauseMs = 150;
const limitMs = 5_000;

/** What all areas find; one that fails or is slow leaves the others alone. */
async function search(text: string, signal: AbortSignal): Promise<PaletteHit[]> {
  const asked = areas.flatMap((area) => (area.palette ? [area.palette(text, signal)] : []));
  const found = await Promise.allSettled(asked);
  return found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
}

/** Ctrl-K: pages at once, and what the areas find of what is typed. */
export function Palette() {
  const t = useWords('common');
  const navigate = useNavigate();
  const pages = useMaySee();
  const [text, setText] = useState('');
  const [hits, setHits] = useState<PaletteHit[]>([]);
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    const wanted = text.trim();
    setHits([]);
    setBusy(wanted !== '');
    if (wanted === '') return undefined;
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(limitMs)]);
    const timer = setTimeout(() => {
      void search(wanted, signal).then((found) => {
        if (stop.signal.aborted) return;
        setHits(found);
        setBusy(false);
      });
    }, pauseMs);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text]);

  const low = text.trim().toLowerCase();
  const actions: SpotlightActionData[] = [
    ...pages
      .filter((page) => page.label.toLowerCase().includes(low))
      .map((page) => ({
        id: `page ${page.to}`,
        label: page.label,
        leftSection: <page.Icon size={20} />,
        onClick: () => void navigate({ to: page.to }),
      })),
    ...hits.map((hit, i) => ({
      id: `hit ${i} ${hit.to}`,
      label: hit.label,
      description: hit.description,
      onClick: () => void navigate({ href: hit.to }),
    })),
  ];

  return (
    <Spotlight
      actions={actions}
      filter={(_, all) => all}
      query={text}
      onQueryChange={setText}
      shortcut={['mod + K']}
      clearQueryOnClose
      tagsToIgnore={[]}
      scrollable
      maxHeight={420}
      highlightQuery={false}
      nothingFound={t(busy ? 'shell.searching' : 'shell.nothing')}
      searchProps={{ leftSection: <IconSearch size={20} aria-hidden />, placeholder: t('shell.searchHint'), 'aria-label': t('shell.searchHint') }}
    />
  );
}
