import { Button, Fieldset, Grid, Group, Select, Stack, Switch, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useWords } from '@/i18n';
import { LabelInput } from '@/ui/LabelInput';
import { MonitorPicker } from '@/ui/MonitorPicker';
import { SchemaForm, type FormField } from '@/ui/SchemaForm';
import type { Faults } from './faults';
import type { Criticality, Fields } from './fields';
import { foldersQuery } from './queries';
import { WhenFields } from './WhenFields';

interface Props {
  value: Fields;
  onChange: (fields: Fields) => void;
  form: FormField[];
  errors: Faults;
  /** Secrets that stay where nothing is typed in their place. */
  kept: string[];
}

export function MonitorForm({ value, onChange, form, errors, kept }: Props) {
  const t = useWords('edit');
  const folders = useQuery(foldersQuery);
  const set = (change: Partial<Fields>) => onChange({ ...value, ...change });
  const paths = (folders.data?.folders ?? []).filter((folder) => folder.stored).map((folder) => folder.path);
  const asked = form.map((field) => (kept.includes(field.name) ? { ...field, required: false, placeholder: t('kept') } : field));
  const removable = form.filter((field) => kept.includes(field.name) && field.required !== true);
  return (
    <Stack>
      <TextInput
        label={t('name')}
        required
        maxLength={200}
        value={value.name}
        error={errors.fields['name']}
        onChange={(event) => set({ name: event.currentTarget.value })}
      />
      <Fieldset legend={t('params')}>
        <SchemaForm fields={asked} value={value.params} onChange={(params) => set({ params })} errors={errors.params} />
        <Group gap="xs" mt={removable.length > 0 ? 'sm' : 0}>
          {removable.map((field) => (
            <Button key={field.name} size="xs" variant="default" onClick={() => set({ keep: value.keep.filter((name) => name !== field.name) })}>
              {t('forget', { name: field.label })}
            </Button>
          ))}
        </Group>
      </Fieldset>
      <WhenFields value={value} set={set} errors={errors.fields} />
      <Grid>
        <Grid.Col span={{ base: 12, sm: 6 }}>
          <Select
            label={t('criticality')}
            description={t('criticalityWhat')}
            allowDeselect={false}
            data={(['critical', 'normal', 'low'] as const).map((one) => ({ value: one, label: t(`criticalities.${one}`) }))}
            value={value.criticality}
            error={errors.fields['criticality']}
            onChange={(one) => set({ criticality: (one ?? 'normal') as Criticality })}
          />
        </Grid.Col>
        <Grid.Col span={{ base: 12, sm: 6 }}>
          <Select
            label={t('folder')}
            description={t('folderWhat')}
            searchable
            clearable
            data={value.folder !== '' && !paths.includes(value.folder) ? [value.folder, ...paths] : paths}
            value={value.folder === '' ? null : value.folder}
            error={errors.fields['folder']}
            onChange={(folder) => set({ folder: folder ?? '' })}
          />
        </Grid.Col>
      </Grid>
      <MonitorPicker
        multiple
        by="name"
        max={64}
        label={t('dependsOn')}
        description={t('dependsOnWhat')}
        value={value.dependsOn}
        error={errors.fields['depends_on']}
        onChange={(dependsOn) => set({ dependsOn })}
      />
      <LabelInput value={value.labels} onChange={(labels) => set({ labels })} error={errors.fields['labels']} />
      <LabelInput label={t('annotations')} value={value.annotations} onChange={(annotations) => set({ annotations })} error={errors.fields['annotations']} />
      <Textarea
        label={t('description')}
        autosize
        minRows={2}
        maxRows={10}
                value={value.description}
        error={errors.fields['description']}
        onChange={(event) => set({ description: event.currentTarget.value })}
      />
      <Switch label={t('paused')} checked={value.paused} onChange={(event) => set({ paused: event.currentTarget.checked })} />
    </Stack>
  );
}
