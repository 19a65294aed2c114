import { Button, Collapse, Fieldset, Group, SimpleGrid, Stack, Switch, TagsInput, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import type { Schemas } from '@/api/client';
import { useWords } from '@/i18n';

type Route = Schemas['AlertRoute'];

interface Props {
  value: Route;
  onChange: (route: Route) => void;
  /** Receivers and rotations that there are. */
  names: string[];
  readOnly: boolean;
  /** "" at the root, "1", "1.2" below it. */
  path: string;
  onRemove?: () => void;
  onUp?: (() => void) | undefined;
}

const TIMES = ['group_wait', 'group_interval', 'repeat_interval'] as const;
const FALLBACKS = { group_wait: '30s', group_interval: '5m', repeat_interval: '4h' };

/** A route and those below it. What is left empty comes from the one above. */
export function RouteForm({ value, onChange, names, readOnly, path, onRemove, onUp }: Props) {
  const t = useWords('alerting');
  const isRoot = path === '';
  const hasMore = TIMES.some((key) => value[key] !== undefined) || (value.active_windows?.length ?? 0) > 0 || (value.mute_windows?.length ?? 0) > 0;
  const [more, { toggle }] = useDisclosure(hasMore);
  const set = (change: Partial<Route>) => onChange({ ...value, ...change });
  const below = value.routes ?? [];

  return (
    <Fieldset legend={isRoot ? t('routes.root') : t('routes.route', { path })} disabled={readOnly}>
      <Stack>
        {!isRoot && (
          <TextInput
            label={t('routes.matchers')}
            description={t('routes.matchersWhat')}
            placeholder={'{severity="critical"}'}
            spellCheck={false}
            value={value.matchers ?? ''}
            onChange={(event) => set({ matchers: event.currentTarget.value })}
          />
        )}
        <TagsInput
          label={t('routes.receivers')}
          description={t(isRoot ? 'routes.receiversRoot' : 'routes.receiversWhat')}
          data={names}
          value={value.receivers ?? []}
          onChange={(receivers) => set({ receivers })}
          acceptValueOnBlur
        />
        <TagsInput
          label={t('routes.groupBy')}
          description={t('routes.groupByWhat')}
          data={['alertname', 'monitor', 'app', 'folder', 'severity', '...']}
          value={value.group_by ?? []}
          onChange={(group_by) => onChange(group_by.length === 0 ? without(value, 'group_by') : { ...value, group_by })}
          acceptValueOnBlur
        />
        {!isRoot && <Switch label={t('routes.continue')} checked={value.continue ?? false} onChange={(event) => set({ continue: event.currentTarget.checked })} />}
        <Group gap="xs">
          <Button size="xs" variant="subtle" aria-expanded={more} onClick={toggle}>
            {t('routes.times')}
          </Button>
          {onUp !== undefined && (
            <Button size="xs" variant="subtle" onClick={onUp}>
              {t('routes.up')}
            </Button>
          )}
          {onRemove !== undefined && (
            <Button size="xs" variant="subtle" color="red" onClick={onRemove}>
              {t('routes.remove', { path })}
            </Button>
          )}
        </Group>
        <Collapse in={more}>
          {more && (
            <Stack>
              <SimpleGrid cols={{ base: 1, sm: 3 }}>
                {TIMES.map((key) => (
                  <TextInput
                    key={key}
                    label={t(`routes.${key}`)}
                    description={t(`routes.${key}What`)}
                    placeholder={isRoot ? FALLBACKS[key] : t('routes.above')}
                    value={value[key] ?? ''}
                    onChange={(event) => set({ [key]: event.currentTarget.value })}
                  />
                ))}
              </SimpleGrid>
              {(['active_windows', 'mute_windows'] as const).map((key) => (
                <TagsInput
                  key={key}
                  label={t(`routes.${key}`)}
                  description={t('routes.windowsWhat')}
                  placeholder="mon-fri 22:00-06:00 Europe/Berlin"
                  splitChars={['\n']}
                  value={value[key] ?? []}
                  onChange={(windows) => onChange(windows.length === 0 ? without(value, key) : { ...value, [key]: windows })}
                  acceptValueOnBlur
                />
              ))}
            </Stack>
          )}
        </Collapse>
        {below.map((route, i) => (
          <RouteForm
            key={i}
            value={route}
            names={names}
            readOnly={readOnly}
            path={isRoot ? String(i + 1) : `${path}.${i + 1}`}
            onChange={(next) => set({ routes: below.with(i, next) })}
            onRemove={() => set({ routes: below.toSpliced(i, 1) })}
            onUp={i === 0 ? undefined : () => set({ routes: below.with(i - 1, route).with(i, below[i - 1] ?? {}) })}
          />
        ))}
        <Button size="xs" variant="default" w="fit-content" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => set({ routes: [...below, {}] })}>
          {t(isRoot ? 'routes.add' : 'routes.addBelow', { path })}
        </Button>
      </Stack>
    </Fieldset>
  );
}

function without(route: Route, key: keyof Route): Route {
  const { [key]: _, ...rest } = route;
  return rest;
}
