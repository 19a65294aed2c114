import { pick, useWords } from '@/i18n';
import { useChannels } from './channels';
import { textOf, type Document } from './documents';

/** Its channel, and whether notifications can go there. */
export function ReceiverSummary({ document: { spec, status, enabled } }: { document: Document }) {
  const t = useWords('alerting');
  const channels = useChannels();
  const name = textOf(spec['channel']);
  const title = pick(channels.data?.channels.find((one) => one.name === name)?.title) || name;
  return <>{enabled && status['known'] === false ? `${title} · ${t('receivers.unknown')}` : title}</>;
}
