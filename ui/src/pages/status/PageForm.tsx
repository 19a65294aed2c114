import { useState } from 'react';
import { ActionIcon, Button, Fieldset, FileButton, Group, Image, NumberInput, Select, SimpleGrid, Stack, Switch, Text, Textarea, TextInput } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from '@tabler/icons-react';
import { useWords } from '@/i18n';
import { MonitorPicker } from '@/ui/MonitorPicker';
import { freshId, readLogo, slugOf, withGroup, type ComponentSpec, type Fields } from './form';
import type { Spec } from './queries';

interface Props {
  value: Fields;
  onChange: (value: Fields) => void;
  /** The slug is chosen once: it is in addresses that others have. */
  isNew: boolean;
  readOnly: boolean;
  /** By the server's name of the field. */
  errors: Record<string, string>;
}

const zones = Intl.supportedValuesOf('timeZone');

export function PageForm({ value, onChange, isNew, readOnly, errors }: Props) {
  const t = useWords('status');
  const [logoFault, setLogoFault] = useState<string>();
  const { spec } = value;
  const set = (next: Partial<Spec>) => onChange({ ...value, spec: { ...spec, ...next } });
  const groups = spec.groups ?? [];

  return (
    <Fieldset disabled={readOnly} variant="unstyled">
      <Stack>
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TextInput
            label={t('form.title')}
            required
            maxLength={120}
            value={spec.title}
            error={errors['spec.title']}
            onChange={(event) => {
              const title = event.currentTarget.value;
              const follows = isNew && value.slug === slugOf(spec.title);
              onChange({ ...value, slug: follows ? slugOf(title) : value.slug, spec: { ...spec, title } });
            }}
          />
          <TextInput
            label={t('form.slug')}
            description={t('form.slugWhat', { slug: value.slug || '…' })}
            required
            maxLength={60}
            readOnly={!isNew}
            value={value.slug}
            error={errors['slug']}
            onChange={(event) => onChange({ ...value, slug: event.currentTarget.value })}
          />
        </SimpleGrid>
        <Textarea
          label={t('form.description')}
          maxLength={1000}
          autosize
          value={spec.description ?? ''}
          error={errors['spec.description']}
          onChange={(event) => set({ description: event.currentTarget.value })}
        />
        <Switch
          label={t('form.public')}
          description={t('form.publicWhat')}
          checked={spec.public ?? false}
          onChange={(event) => set({ public: event.currentTarget.checked })}
        />
        <Switch
          label={t('form.response')}
          checked={spec.response_time ?? false}
          onChange={(event) => set({ response_time: event.currentTarget.checked })}
        />
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <Select
            label={t('form.zone')}
            description={t('form.zoneWhat')}
            searchable
            limit={50}
            data={zones.includes(spec.time_zone ?? 'UTC') ? zones : [spec.time_zone ?? 'UTC', ...zones]}
            value={spec.time_zone ?? 'UTC'}
            error={errors['spec.time_zone']}
            onChange={(zone) => set({ time_zone: zone ?? 'UTC' })}
          />
          <NumberInput
            label={t('form.days')}
            min={1}
            max={90}
            value={spec.history_days ?? 90}
            error={errors['spec.history_days']}
            onChange={(days) => set({ history_days: Number(days) })}
          />
        </SimpleGrid>
        <Group align="flex-end">
          {value.logo && <Image src={`data:image;base64,${value.logo}`} alt={t('form.logo')} h={48} w="auto" fit="contain" />}
          <FileButton
            accept="image/png,image/jpeg,image/webp"
            onChange={(file) => {
              if (file === null) return;
              void readLogo(file).then((read) => {
                setLogoFault('fault' in read ? t(`form.logo_${read.fault}`) : undefined);
                if ('logo' in read) onChange({ ...value, logo: read.logo });
              });
            }}
          >
            {(props) => (
              <Button variant="default" {...props}>
                {t('form.logoPick')}
              </Button>
            )}
          </FileButton>
          {value.logo && (
            <Button variant="subtle" onClick={() => onChange({ ...value, logo: null })}>
              {t('common:actions.remove')}
            </Button>
          )}
          {(logoFault ?? errors['logo']) !== undefined && (
            <Text c="red" role="alert">
              {logoFault ?? errors['logo']}
            </Text>
          )}
        </Group>
        {groups.map((group, at) => (
          <Fieldset key={at} legend={t('form.group', { n: at + 1 })}>
            <Stack>
              <Group align="flex-end" wrap="nowrap">
                <TextInput
                  flex={1}
                  label={t('form.groupName')}
                  maxLength={120}
                  value={group.name ?? ''}
                  onChange={(event) => {
                    const name = event.currentTarget.value;
                    onChange({ ...value, spec: withGroup(spec, at, (old) => ({ ...old, name })) });
                  }}
                />
                <ActionIcon variant="default" size="lg" aria-label={t('form.groupUp', { n: at + 1 })} disabled={at === 0} onClick={() => set({ groups: swapped(groups, at, at - 1) })}>
                  <IconArrowUp size={16} />
                </ActionIcon>
                <ActionIcon variant="default" size="lg" aria-label={t('form.groupRemove', { n: at + 1 })} onClick={() => set({ groups: groups.toSpliced(at, 1) })}>
                  <IconTrash size={16} />
                </ActionIcon>
              </Group>
              {(group.components ?? []).map((component, i) => (
                <ComponentFields
                  key={component.id}
                  component={component}
                  errors={errors}
                  path={`spec.groups[${at}].components[${i}]`}
                  onChange={(next) => onChange({ ...value, spec: withGroup(spec, at, (old) => ({ ...old, components: (old.components ?? []).with(i, next) })) })}
                  onRemove={() => onChange({ ...value, spec: withGroup(spec, at, (old) => ({ ...old, components: (old.components ?? []).toSpliced(i, 1) })) })}
                  onDown={
                    i + 1 < (group.components?.length ?? 0)
                      ? () => onChange({ ...value, spec: withGroup(spec, at, (old) => ({ ...old, components: swapped(old.components ?? [], i, i + 1) })) })
                      : undefined
                  }
                />
              ))}
              <Button
                variant="subtle"
                w="fit-content"
                leftSection={<IconPlus size={16} aria-hidden />}
                onClick={() =>
                  onChange({
                    ...value,
                    spec: withGroup(spec, at, (old) => ({ ...old, components: [...(old.components ?? []), { id: freshId(spec, 'component'), name: '' }] })),
                  })
                }
              >
                {t('form.addComponent')}
              </Button>
            </Stack>
          </Fieldset>
        ))}
        <Button variant="default" w="fit-content" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => set({ groups: [...groups, { name: '', components: [] }] })}>
          {t('form.addGroup')}
        </Button>
      </Stack>
    </Fieldset>
  );
}

function swapped<T>(list: T[], a: number, b: number): T[] {
  const [one, other] = [list[a], list[b]];
  return one === undefined || other === undefined ? list : list.with(a, other).with(b, one);
}

interface ComponentProps {
  component: ComponentSpec;
  path: string;
  errors: Record<string, string>;
  onChange: (component: ComponentSpec) => void;
  onRemove: () => void;
  onDown: (() => void) | undefined;
}

function ComponentFields({ component, path, errors, onChange, onRemove, onDown }: ComponentProps) {
  const t = useWords('status');
  const error = (field: string) => errors[`${path}.${field}`];
  return (
    <Fieldset legend={component.name || t('form.component')}>
      <Stack>
        <Group align="flex-end" wrap="nowrap">
          <TextInput
            flex={1}
            label={t('form.componentName')}
            required
            maxLength={120}
            value={component.name}
            error={error('name')}
            onChange={(event) => onChange({ ...component, name: event.currentTarget.value })}
          />
          {onDown !== undefined && (
            <ActionIcon variant="default" size="lg" aria-label={t('form.down', { name: component.name })} onClick={onDown}>
              <IconArrowDown size={16} />
            </ActionIcon>
          )}
          <ActionIcon variant="default" size="lg" aria-label={t('form.removeComponent', { name: component.name })} onClick={onRemove}>
            <IconTrash size={16} />
          </ActionIcon>
        </Group>
        <TextInput
          label={t('form.componentWhat')}
          maxLength={1000}
          value={component.description ?? ''}
          onChange={(event) => onChange({ ...component, description: event.currentTarget.value })}
        />
        <MonitorPicker
          multiple
          by="name"
          max={100}
          label={t('form.monitors')}
          description={t('form.monitorsWhat')}
          value={component.monitors ?? []}
          error={error('monitors')}
          onChange={(monitors) => onChange({ ...component, monitors })}
        />
        <TextInput
          label={t('form.matchers')}
          description={t('form.matchersWhat')}
          placeholder={'{folder="shop", criticality="critical"}'}
          value={component.matchers ?? ''}
          error={error('matchers')}
          spellCheck={false}
          onChange={(event) => {
            const matchers = event.currentTarget.value;
            const { matchers: _, ...rest } = component;
            onChange(matchers === '' ? rest : { ...rest, matchers });
          }}
        />
      </Stack>
    </Fieldset>
  );
}
