import { Fieldset, Select, Stack } from '@mantine/core';
import { pick, useWords } from '@/i18n';
import { Loading } from '@/ui/Loading';
import { ProblemNote } from '@/ui/ProblemNote';
import { fieldsOfChannel, SchemaForm, type FormValue } from '@/ui/SchemaForm';
import { useChannels } from './channels';
import { textOf, type ExtraProps } from './documents';

type Settings = Record<string, string | { set: boolean }>;

/** The channel, and what it asks for. A stored secret is {set: true}, and stays so until another one is typed. */
export function ReceiverSettings({ document: { spec }, onChange, errors, readOnly }: ExtraProps) {
  const t = useWords('alerting');
  const { data, error, refetch } = useChannels();
  if (data === undefined) return error === null ? <Loading /> : <ProblemNote error={error} retry={() => void refetch()} />;
  const name = textOf(spec['channel']);
  const channel = data.channels.find((one) => one.name === name);
  const settings = (spec['settings'] as Settings | undefined) ?? {};
  const value: FormValue = {};
  const kept: string[] = [];
  for (const [key, one] of Object.entries(settings)) {
    if (typeof one === 'string') value[key] = one;
    else kept.push(key);
  }
  const faults: Record<string, string> = {};
  for (const [key, detail] of Object.entries(errors)) if (key.startsWith('settings.')) faults[key.slice('settings.'.length)] = detail;

  return (
    <Fieldset legend={t('receivers.group.channel')} disabled={readOnly}>
      <Stack>
        <Select
          label={t('receivers.field.channel')}
          required
          searchable
          data={data.channels.map((one) => ({ value: one.name, label: pick(one.title) || one.name }))}
          value={name === '' ? null : name}
          error={errors['channel']}
          onChange={(channel_) => onChange({ ...spec, channel: channel_ ?? undefined, settings: undefined })}
        />
        {channel !== undefined && (
          <SchemaForm
            fields={fieldsOfChannel(channel)}
            value={value}
            errors={faults}
            disabled={readOnly}
            secretsKept={kept.length > 0}
            onChange={(next) => {
              const all: Settings = {};
              for (const key of kept) all[key] = { set: true };
              for (const [key, text] of Object.entries(next)) if (text !== '') all[key] = text;
              onChange({ ...spec, settings: all });
            }}
          />
        )}
      </Stack>
    </Fieldset>
  );
}
