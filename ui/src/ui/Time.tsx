import { memo } from 'react';
import { useLanguage } from '@/i18n';
import { absolute, relative } from './format';
import { useNow } from './now';

interface Props {
  /** ISO 8601, or milliseconds since 1970. */
  at: string | number | null | undefined;
  mode?: 'relative' | 'absolute';
}

const minuteMs = 60_000;

/** Relative, with the absolute time in the viewer's zone on hover; or the other way round. */
export const Time = memo(function Time({ at, mode = 'relative' }: Props) {
  const ms = typeof at === 'number' ? at : Date.parse(at ?? '');
  if (Number.isNaN(ms)) return <>–</>;
  const exact = absolute(ms);
  const iso = new Date(ms).toISOString();
  return mode === 'absolute' ? (
    <time dateTime={iso} title={exact}>
      {exact}
    </time>
  ) : (
    <time dateTime={iso} title={exact}>
      <Ago ms={ms} />
    </time>
  );
});

function Ago({ ms }: { ms: number }) {
  const [language] = useLanguage();
  const isNear = Math.abs(Date.now() - ms) < minuteMs;
  const now = useNow(isNear ? 1000 : 10_000);
  return <>{relative(ms, now, language)}</>;
}
