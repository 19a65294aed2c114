import { Fieldset, NumberInput, Select, Stack, Switch, TagsInput, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api, ok } from '@/api/client';
import { useWords } from '@/i18n';
import { LabelInput } from '@/ui/LabelInput';
import { MonitorPicker } from '@/ui/MonitorPicker';
import { listDocuments, textOf, valueOf, withValue, type Kind, type KindName, type Spec, type SpecField } from './documents';

interface Props {
  kind: Kind;
  spec: Spec;
  onChange: (spec: Spec) => void;
  errors: Record<string, string>;
  readOnly: boolean;
}

/** The fields of a kind, drawn from its table. */
export function SpecForm({ kind, spec, onChange, errors, readOnly }: Props) {
  const t = useWords('alerting');
  return (
    <>
      {kind.groups.map((group) => {
        const shown = group.fields.filter((field) => field.when === undefined || field.when(spec));
        if (shown.length === 0) return null;
        return (
          <Fieldset key={group.title} legend={t(`${kind.name}.group.${group.title}`)} disabled={readOnly}>
            <Stack>
              {shown.map((field) => (
                <FieldInput
                  key={field.key}
                  kind={kind.name}
                  field={field}
                  spec={spec}
                  error={errors[field.inside === undefined ? field.key : `${field.inside}.${field.key}`]}
                  onChange={(value) => onChange(withValue(spec, field, value))}
                />
              ))}
            </Stack>
          </Fieldset>
        );
      })}
    </>
  );
}

interface InputProps {
  kind: KindName;
  field: SpecField;
  spec: Spec;
  error: string | undefined;
  onChange: (value: unknown) => void;
}

const zones = Intl.supportedValuesOf('timeZone');
const minuteMs = 60_000;
function toLocal(at: string): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? '' : new Date(date.getTime() - date.getTimezoneOffset() * minuteMs).toISOString().slice(0, 16);
}

function FieldInput({ kind, field, spec, error, onChange }: InputProps) {
  const t = useWords('alerting');
  const value = valueOf(spec, field);
  const text = textOf(value);
  const help = t(`${kind}.help.${field.key}`, { defaultValue: '' });
  const common = {
    label: t(`${kind}.field.${field.key}`),
    description: help === '' ? undefined : help,
    error,
    required: field.required === true,
  };
  const placeholder = field.fallback === undefined ? undefined : t('edit.fallback', { value: field.fallback });
  const list = Array.isArray(value) ? value.map(String) : [];
  switch (field.type) {
    case 'switch':
      return <Switch label={common.label} description={common.description} error={error} checked={value === undefined ? field.fallback === 'true' : value === true} onChange={(event) => onChange(event.currentTarget.checked)} />;
    case 'number':
      return (
        <NumberInput
          {...common}
          placeholder={placeholder}
          value={typeof value === 'number' ? value : ''}
          onChange={(n) => onChange(n === '' ? undefined : Number(n))}
          {...(field.min === undefined ? {} : { min: field.min })}
          {...(field.max === undefined ? {} : { max: field.max })}
        />
      );
    case 'choice':
      return (
        <Select
          {...common}
          placeholder={placeholder}
          clearable={field.required !== true}
          data={(field.options ?? []).map((option) => ({ value: option, label: t(`${kind}.option.${field.key}.${option}`) }))}
          value={text === '' ? null : text}
          onChange={(one) => onChange(one ?? undefined)}
        />
      );
    case 'texts':
      return <TagsInput {...common} placeholder={placeholder} value={list} onChange={onChange} acceptValueOnBlur splitChars={['\n']} />;
    case 'labels':
      return (
        <LabelInput label={common.label} value={(value as Record<string, string> | undefined) ?? {}} onChange={(labels) => onChange(Object.keys(labels).length === 0 ? undefined : labels)} error={error} />
      );
    case 'monitors':
      return <MonitorPicker multiple label={common.label} description={help} error={error} value={list} onChange={(ids) => onChange(ids.length === 0 ? undefined : ids)} />;
    case 'zone':
      return <Select {...common} placeholder={placeholder} searchable clearable limit={50} data={zones} value={text === '' ? null : text} onChange={(zone) => onChange(zone ?? undefined)} />;
    case 'moment':
      return (
        <TextInput {...common} type="datetime-local" value={toLocal(text)} onChange={(event) => onChange(event.currentTarget.value === '' ? undefined : new Date(event.currentTarget.value).toISOString())} />
      );
    case 'date':
      return <TextInput {...common} type="date" value={text} onChange={(event) => onChange(event.currentTarget.value)} />;
    case 'textarea':
      return <Textarea {...common} placeholder={placeholder} autosize minRows={2} maxRows={16} spellCheck={false} value={text} onChange={(event) => onChange(event.currentTarget.value)} />;
    case 'receivers':
    case 'template':
    case 'app':
    case 'set':
    case 'folder':
      return <Known {...common} field={field} spec={spec} text={text} list={list} onChange={onChange} />;
    default:
      return <TextInput {...common} placeholder={placeholder ?? (field.type === 'duration' ? '5m' : undefined)} spellCheck={false} value={text} onChange={(event) => onChange(event.currentTarget.value)} />;
  }
}

interface KnownProps {
  label: string;
  description: string | undefined;
  error: string | undefined;
  required: boolean;
  field: SpecField;
  spec: Spec;
  text: string;
  list: string[];
  onChange: (value: unknown) => void;
}

/** Names of something that is there already. One that is not may still be typed where it is a list. */
function Known({ field, spec, text, list, onChange, ...common }: KnownProps) {
  const app = textOf((spec['selector'] as Spec | undefined)?.['app']);
  const names = useQuery({
    queryKey: ['alerts', 'known', field.type, field.type === 'set' ? app : ''],
    queryFn: ({ signal }) => knownNames(field.type, app, signal),
    enabled: field.type !== 'set' || app !== '',
  });
  const data = names.data ?? [];
  if (field.type === 'receivers')
    return <TagsInput {...common} data={data} value={list} onChange={onChange} acceptValueOnBlur />;
  return (
    <Select
      {...common}
      searchable
      clearable
      limit={100}
      data={text !== '' && !data.includes(text) ? [text, ...data] : data}
      value={text === '' ? null : text}
      onChange={(one) => onChange(one ?? undefined)}
    />
  );
}

async function knownNames(type: SpecField['type'], app: string, signal: AbortSignal): Promise<string[]> {
  if (type === 'receivers') {
    const found = await Promise.all((['receivers', 'rotations'] as const).map((kind) => listDocuments(kind, '', undefined, signal)));
    return found.flatMap((page) => page.documents.map((document) => document.name));
  }
  if (type === 'template') return (await listDocuments('templates', '', undefined, signal)).documents.map((document) => document.name);
  if (type === 'folder') return (await ok(api.GET('/api/v1/folders', { signal }))).folders.map((folder) => folder.path).filter((path) => path !== '');
  if (type === 'app') return (await ok(api.GET('/api/v1/definitions', { params: { query: { limit: 1000 } }, signal }))).definitions.map((row) => row.app);
  const definition = await ok(api.GET('/api/v1/definitions/{name}', { params: { path: { name: app } }, signal }));
  return typeof definition === 'string' ? [] : definition.results.map((set) => set.name);
}
