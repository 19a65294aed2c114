import { Fieldset, SegmentedControl, Select, SimpleGrid, Stack, TextInput } from '@mantine/core';
import { useWords } from '@/i18n';
import type { Fields } from './fields';

const zones = Intl.supportedValuesOf('timeZone');
const firstCron = '*/5 * * * *';

interface Props {
  value: Fields;
  set: (change: Partial<Fields>) => void;
  errors: Record<string, string>;
}

/** Regularly, or at exact times. What was typed for the other way stays, and does not count. */
export function WhenFields({ value, set, errors }: Props) {
  const t = useWords('edit');
  return (
    <Fieldset legend={t('when')}>
      <Stack>
        <SegmentedControl
          aria-label={t('when')}
          w="fit-content"
          data={[
            { value: 'interval', label: t('byInterval') },
            { value: 'cron', label: t('byCron') },
          ]}
          value={value.by}
          onChange={(by) => set(by === 'cron' ? { by, cron: value.cron || firstCron } : { by: 'interval' })}
        />
        {value.by === 'cron' ? (
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <TextInput
              label={t('cron')}
              description={t('cronWhat')}
              required
              value={value.cron}
              error={errors['cron']}
              onChange={(event) => set({ cron: event.currentTarget.value })}
            />
            <Select
              label={t('timezone')}
              description={t('timezoneWhat')}
              searchable
              clearable
              limit={50}
              data={value.timezone === '' || zones.includes(value.timezone) ? zones : [value.timezone, ...zones]}
              value={value.timezone === '' ? null : value.timezone}
              error={errors['timezone']}
              onChange={(zone) => set({ timezone: zone ?? '' })}
            />
          </SimpleGrid>
        ) : (
          <TextInput
            label={t('interval')}
            description={t('intervalWhat')}
            required
            value={value.interval}
            error={errors['interval']}
            onChange={(event) => set({ interval: event.currentTarget.value })}
            maw={320}
          />
        )}
      </Stack>
    </Fieldset>
  );
}
