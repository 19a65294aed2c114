import { Alert } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api, ok, type Schemas } from '@/api/client';
import { useLanguage, useWords } from '@/i18n';
import { bytes, duration } from '@/ui/format';
import type { Fields } from './fields';

const COLORS = { fits: 'teal', fits_at_interval: 'yellow', does_not_fit: 'red' } as const;
const isDuration = (text: string) => /^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text);

/** What the memory budget says to one more of these. `exact`: to this very one, once it is complete. */
export function Admission({ fields, exact }: { fields: Fields; exact: Schemas['Admission'] | null }) {
  const t = useWords('edit');
  const [language] = useLanguage();
  // Of exact times only the exact answer knows how often they come.
  const interval = fields.by === 'interval' ? fields.interval : '60s';
  const guess = useQuery({
    queryKey: ['edit', 'admission', fields.app, interval, fields.criticality],
    queryFn: ({ signal }) =>
      ok(api.GET('/api/v1/admission', { params: { query: { app: fields.app, interval, criticality: fields.criticality } }, signal })),
    enabled: fields.app !== '' && isDuration(interval),
    retry: false,
  });
  const answer = exact ?? guess.data;
  if (answer === undefined) return null;
  return (
    <Alert color={COLORS[answer.verdict]} role="status">
      {t(`admission.${answer.verdict}`, {
        bytes: bytes(answer.bytes_wanted),
        left: bytes(answer.bytes_left),
        interval: duration(answer.fits_at_ms ?? answer.interval_ms, language),
      })}
    </Alert>
  );
}
